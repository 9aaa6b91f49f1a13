"""Fields that show a field of a record referred to."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition


class LookupField(FieldDefinition, kw_only=True, tag="lookup"):
    """`path` over references, `account.industry`; read by a join, so that it is never old."""

    path: str
    computed: ClassVar[bool] = True

    @property
    def stored(self) -> bool:
        return False

    def columns(self) -> list[Column[Any]]:
        return []

    def expression_type(self) -> expressions.Type:
        raise TypeError("a lookup has the type of the field that its path ends at")
