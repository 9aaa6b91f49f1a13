"""References to many records of another object, each pair once (n:n)."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition, Problem
from sanhuan.catalog.fields.reference import identifier
from sanhuan.expressions import types

MOST = 1_000


class ReferencesField(FieldDefinition, kw_only=True, tag="references"):
    """Kept in a link table `l_<object>_<field>` (record, target); read in id order of targets."""

    object: str
    operators: ClassVar[frozenset[str]] = frozenset(
        {"contains", "doesNotContain", "null", "notNull"}
    )
    sortable: ClassVar[bool] = False

    @property
    def stored(self) -> bool:
        return False

    def columns(self) -> list[Column[Any]]:
        return []

    def parse(self, value: Any) -> list[UUID] | None:
        if value is None:
            return None
        if not isinstance(value, list):
            raise Problem("wrong_type", "要填记录 id 的列表", "Expected a list of record ids")
        if len(value) > MOST:
            raise Problem("too_long", f"最多 {MOST} 条", f"At most {MOST}")
        return sorted({identifier(item) for item in value}) or None

    def settle(self, value: Any) -> list[UUID] | None:
        return self.parse([str(item) for item in value or ()])

    def to_json(self, value: list[UUID] | None) -> list[str]:
        return [str(item) for item in value or ()]

    def from_json(self, value: list[str] | None) -> list[UUID] | None:
        return [UUID(item) for item in value] if value else None

    def expression_type(self) -> expressions.Type:
        return types.ListOf(types.Reference(self.object))
