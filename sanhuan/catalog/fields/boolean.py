"""Yes or no."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Boolean, Column

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition, Problem
from sanhuan.expressions import types

WORDS = {"是": True, "否": False, "yes": True, "no": False, "true": True, "false": False}
WORDS |= {"1": True, "0": False, "√": True, "y": True, "n": False}


class BooleanField(FieldDefinition, kw_only=True, tag="boolean"):
    operators: ClassVar[frozenset[str]] = frozenset({"=", "!=", "null", "notNull"})

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Boolean)]

    def parse(self, value: Any) -> bool | None:
        if value is not None and not isinstance(value, bool):
            raise Problem("wrong_type", "要填是或否", "Expected true or false")
        return value

    def parse_text(self, text: str) -> bool | None:
        word = text.strip().lower()
        if word and word not in WORDS:
            raise Problem("wrong_type", "要填是或否", "Expected yes or no")
        return WORDS[word] if word else None

    def expression_type(self) -> expressions.Type:
        return types.Boolean()
