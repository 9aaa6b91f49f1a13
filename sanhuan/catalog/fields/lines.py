"""Lines (明细): the ordered children of one parent, written in its body, with its rights."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition
from sanhuan.expressions import types


class LinesField(FieldDefinition, kw_only=True, tag="lines"):
    """The rows are records of `object`, which names its parent by `line_of`.

    They have no rights, version or owner of their own: the parent's hold.
    """

    object: str
    min_rows: int = 0
    max_rows: int = 500
    operators: ClassVar[frozenset[str]] = frozenset({"null", "notNull"})
    sortable: ClassVar[bool] = False

    @property
    def stored(self) -> bool:
        return False

    def columns(self) -> list[Column[Any]]:
        return []

    def expression_type(self) -> expressions.Type:
        return types.Rows(self.object)
