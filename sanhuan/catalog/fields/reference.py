"""References to one record of another object."""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import Column, Uuid

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition, Problem
from sanhuan.expressions import types


def identifier(value: Any) -> UUID:
    """The id that `value` (text, or what a reference reads as) names. Raises `Problem`."""
    if isinstance(value, dict) and "id" in value:
        value = value["id"]
    if not isinstance(value, str):
        raise Problem("wrong_type", "要填记录的 id", "Expected the id of a record")
    try:
        return UUID(value)
    except ValueError:
        raise Problem("not_found", "找不到这条记录", "No such record") from None


class ReferenceField(FieldDefinition, kw_only=True, tag="reference"):
    """Points at one record of `object`.

    `on_delete`: what binning the target does to records that point at it: `restrict` refuses,
    `clear` empties the field, `cascade` bins them with it.
    """

    object: str
    on_delete: Literal["restrict", "clear", "cascade"] = "restrict"
    operators: ClassVar[frozenset[str]] = frozenset({"=", "!=", "in", "notIn", "null", "notNull"})

    @property
    def target(self) -> str:
        """Name of the object that it points at."""
        return self.object

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Uuid)]

    def parse(self, value: Any) -> UUID | None:
        return None if value is None else identifier(value)

    def settle(self, value: Any) -> UUID | None:
        return None if value is None else identifier(str(value))

    def to_json(self, value: UUID | None) -> str | None:
        return None if value is None else str(value)

    def from_json(self, value: str | None) -> UUID | None:
        return None if value is None else UUID(value)

    def expression_type(self) -> expressions.Type:
        return types.Reference(self.target)
