"""Several of a list of choices."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column, Text, func, literal_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import ColumnElement

from sanhuan import expressions
from sanhuan.catalog.fields.base import Columns, FieldDefinition, Problem
from sanhuan.catalog.fields.select import Choice, by_label, choice_type, known
from sanhuan.expressions import types


class MultiSelectField(FieldDefinition, kw_only=True, tag="multi_select"):
    """Keys without repeats, in the order of the choices; none is an empty list, never null."""

    choices: list[Choice]
    operators: ClassVar[frozenset[str]] = frozenset(
        {"contains", "doesNotContain", "null", "notNull"}
    )
    sortable: ClassVar[bool] = False

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, ARRAY(Text))]

    def parse(self, value: Any) -> list[str] | None:
        if value is None or value == []:
            return None
        if not isinstance(value, list):
            raise Problem("wrong_type", "要填选项的列表", "Expected a list of choices")
        keys = {known(self.choices, item) for item in value}
        return [choice.key for choice in self.choices if choice.key in keys]

    def parse_text(self, text: str) -> list[str] | None:
        parts = [part.strip() for part in text.replace("、", ",").replace("，", ",").split(",")]
        return self.parse([by_label(self.choices, part) for part in parts if part])

    def to_json(self, value: list[str] | None) -> list[str]:
        return value or []

    def from_json(self, value: list[str] | None) -> list[str] | None:
        return value or None

    def to_columns(self, value: list[str] | None) -> dict[str, Any]:
        return {self.column_name: value}

    def select(self, columns: Columns) -> ColumnElement[Any]:
        return func.coalesce(func.to_jsonb(columns[0]), literal_column("'[]'::jsonb"))

    def expression_type(self) -> expressions.Type:
        return types.ListOf(choice_type(self.choices))
