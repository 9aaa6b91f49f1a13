"""Text of several lines."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column, Text

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition
from sanhuan.catalog.fields.text import clean
from sanhuan.expressions import types


class LongTextField(FieldDefinition, kw_only=True, tag="long_text"):
    max_length: int = 20_000
    operators: ClassVar[frozenset[str]] = frozenset(
        {"contains", "doesNotContain", "null", "notNull", "=", "!="}
    )
    sortable: ClassVar[bool] = False

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Text)]

    def parse(self, value: Any) -> str | None:
        return None if value is None else clean(value, longest=self.max_length, lines=True)

    def expression_type(self) -> expressions.Type:
        return types.Text()
