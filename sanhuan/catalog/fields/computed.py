"""What formula and rollup share: a value of a declared type that nobody writes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar, Literal

from sqlalchemy import Column
from sqlalchemy.sql import ColumnElement

from sanhuan import expressions
from sanhuan.catalog.fields.base import Columns, FieldDefinition, Label, Value
from sanhuan.catalog.fields.boolean import BooleanField
from sanhuan.catalog.fields.date import DateField
from sanhuan.catalog.fields.datetime import DateTimeField
from sanhuan.catalog.fields.decimal import DecimalField
from sanhuan.catalog.fields.integer import IntegerField
from sanhuan.catalog.fields.money import MoneyField
from sanhuan.catalog.fields.percent import PercentField
from sanhuan.catalog.fields.text import TextField

Result = Literal["text", "integer", "decimal", "money", "percent", "boolean", "date", "datetime"]

RESULTS: dict[str, type[FieldDefinition]] = {
    "text": TextField,
    "integer": IntegerField,
    "decimal": DecimalField,
    "money": MoneyField,
    "percent": PercentField,
    "boolean": BooleanField,
    "date": DateField,
    "datetime": DateTimeField,
}


@lru_cache(maxsize=8_192)
def _plain(result: Result, scale: int, id_: str, name: str, label: Label) -> FieldDefinition:
    kind = RESULTS[result]
    options: dict[str, Any] = {"id": id_, "name": name, "label": label}
    if issubclass(kind, DecimalField):
        options["scale"] = scale
    if kind is TextField:
        options["max_length"] = 100_000
    return kind(**options)


class ComputedField(FieldDefinition, kw_only=True):
    """`result` names the field type that the value is kept and shown as."""

    result: Result = "decimal"
    scale: int = 2
    computed: ClassVar[bool] = True

    @property
    def shown_as(self) -> FieldDefinition:
        """A plain field of the result's type with this field's id, so that it has its columns."""
        return _plain(self.result, self.scale, self.id, self.name, self.label)

    @property
    def comparisons(self) -> frozenset[str]:
        return self.shown_as.operators

    def columns(self) -> list[Column[Any]]:
        return self.shown_as.columns()

    def to_json(self, value: Value) -> Any:
        return self.shown_as.to_json(value)

    def from_json(self, value: Any) -> Value:
        return self.shown_as.from_json(value)

    def settle(self, value: Value) -> Value:
        return self.shown_as.settle(value)

    def select(self, columns: Columns) -> ColumnElement[Any]:
        return self.shown_as.select(columns)

    def expression_type(self) -> expressions.Type:
        return self.shown_as.expression_type()
