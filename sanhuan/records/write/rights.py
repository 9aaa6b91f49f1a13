"""Whether a person may write this: by act, by row, by field.

The rows a grant takes are decided by PostgreSQL for what is stored (the columns `may_<n>` of
`current`) and here for what is to be, from the same `Rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from sanhuan import expressions
from sanhuan.catalog.fields import FieldDefinition
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.identity.access import Caller, Grant, Rows
from sanhuan.records.write.drafts import Draft, View

Takes = Callable[[Draft, View], bool]


class Rights:
    """The grants of one caller on one object, ready to judge drafts."""

    def __init__(
        self, catalog: Catalog, caller: Caller, item: ObjectType, context: expressions.Context
    ) -> None:
        self.grants: tuple[Grant, ...] = caller.grants.get(item.id, ())
        self._context = context
        self._takes = [_takes(catalog, item, grant.rows, context) for grant in self.grants]
        self._writable: dict[tuple[int, ...], frozenset[str]] = {}

    def writable(self, grants: Sequence[Grant], item: ObjectType) -> frozenset[str]:
        """Ids of the fields that any of these grants lets write."""
        key = tuple(map(id, grants))
        if key not in self._writable:
            self._writable[key] = frozenset(
                one.id for one in item.fields.values() if writable(grants, one) == "write"
            )
        return self._writable[key]

    def on_result(self, act: str, draft: Draft, view: View, shared: Sequence[bool]) -> list[Grant]:
        """The grants that allow `act` on the draft as it is to be.

        `shared` tells per grant whether it took the row before: sharing goes by id, which does
        not change.
        """
        found: list[Grant] = []
        for place, grant in enumerate(self.grants):
            if act not in grant.acts:
                continue
            takes = self._takes[place]
            if shared[place] if takes is None else takes(draft, view):
                found.append(grant)
        return found


def _takes(
    catalog: Catalog, item: ObjectType, rows: Rows, context: expressions.Context
) -> Takes | None:
    """A test on what a draft is to be; None for shares."""
    if rows.kind == "all":
        return lambda draft, view: True
    if rows.kind == "owners":
        return _among("_owner", frozenset(rows.users))
    if rows.kind == "departments":
        return _among("_department", frozenset(rows.departments))
    if rows.kind == "shared":
        return None
    try:
        expression = expressions.from_filter(rows.condition or {}, scope_of(catalog, item))
    except expressions.ExpressionError:
        return lambda draft, view: False
    run = expressions.compile_python(expression)
    return lambda draft, view: run(view, context) is True


def _among(field_id: str, ids: frozenset[UUID]) -> Takes:
    return lambda draft, view: draft.values.get(field_id) in ids


def writable(grants: Sequence[Grant], one: FieldDefinition) -> str:
    """The best right on a field among grants that take the row: hidden, masked, read or write."""
    order = ("hidden", "masked", "read", "write")
    return max((grant.field_right(one.id) for grant in grants), key=order.index, default="hidden")
