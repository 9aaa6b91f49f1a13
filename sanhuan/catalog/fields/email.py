"""E-mail addresses."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sqlalchemy import Column, Text

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition, Problem
from sanhuan.catalog.fields.text import TEXT_OPERATORS, clean
from sanhuan.expressions import types

SHAPE = re.compile(
    r"[^\s@<>\"',;:()\[\]\\]+@[^\s@<>\"',;:()\[\]\\.]+(?:\.[^\s@<>\"',;:()\[\]\\.]+)+"
)


class EmailField(FieldDefinition, kw_only=True, tag="email"):
    """Kept in lower case, so that one mailbox is one value."""

    operators: ClassVar[frozenset[str]] = TEXT_OPERATORS

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Text)]

    def parse(self, value: Any) -> str | None:
        text = None if value is None else clean(value, longest=254)
        if text is None or not text.strip():
            return None
        address = text.strip().lower()
        if not SHAPE.fullmatch(address):
            raise Problem("bad_email", "不是邮箱地址", "Not an e-mail address")
        return address

    def expression_type(self) -> expressions.Type:
        return types.Text()
