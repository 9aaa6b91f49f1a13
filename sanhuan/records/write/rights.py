"""Whether a person may write this: by act, by row, by field.

The rows a grant takes are decided by PostgreSQL for what is stored (the columns `may_<n>` of
`current`) and here for what is to be, from the same `Rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from uuid import UUID

from sanhuan import expressions
from sanhuan.catalog.fields import FieldDefinition
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller, Grant, Rows
from sanhuan.records.read import conditions
from sanhuan.records.write.drafts import Draft, View

OWNERSHIP = frozenset({"_owner", "_department"})

Takes = Callable[[Draft, View], bool]


class Rights:
    """The grants of one caller on one object, ready to judge drafts."""

    def __init__(
        self, catalog: Catalog, caller: Caller, item: ObjectType, context: expressions.Context
    ) -> None:
        self.grants: tuple[Grant, ...] = caller.grants.get(item.id, ())
        self._context = context
        self.uses: set[tuple[str, ...]] = set()
        """The paths of field ids that conditions of these grants read."""
        self._takes = [self._test(catalog, item, grant.rows) for grant in self.grants]
        self._writable: dict[tuple[int, ...], frozenset[str]] = {}

    def _test(self, catalog: Catalog, item: ObjectType, rows: Rows) -> Takes | None:
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
            expression = conditions.understood(catalog, item, rows.condition or {})
        except (expressions.ExpressionError, KeyError):
            return lambda draft, view: False
        self.uses |= expression.uses
        run = expressions.compile_python(expression)
        return lambda draft, view: run(view, self._context) is True

    @cached_property
    def far(self) -> Mapping[str, frozenset[tuple[str, ...]]]:
        """By id of a reference field: what conditions read beyond it."""
        found: dict[str, set[tuple[str, ...]]] = {}
        for path in self.uses:
            if len(path) > 1:
                found.setdefault(path[0], set()).add(path[1:])
        return {field_id: frozenset(paths) for field_id, paths in found.items()}

    def check_fields(self, draft: Draft, item: ObjectType, allowing: Sequence[Grant]) -> None:
        """Note a fault for each field written that none of these grants lets write.

        Owner and department need to be seen only: who may change them is asked apart.
        """
        for field_id in draft.written - self.writable(allowing, item):
            one = item.by_id[field_id]
            if one.name not in draft.write.values:
                continue  # a default
            right = writable(allowing, one)
            if right != "read" or field_id not in OWNERSHIP:
                refuse(draft, one, right)

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


def _among(field_id: str, ids: frozenset[UUID]) -> Takes:
    return lambda draft, view: draft.values.get(field_id) in ids


def writable(grants: Sequence[Grant], one: FieldDefinition) -> str:
    """The best right on a field among grants that take the row: hidden, masked, read or write."""
    order = ("hidden", "masked", "read", "write")
    return max((grant.field_right(one.id) for grant in grants), key=order.index, default="hidden")


def refuse(draft: Draft, one: FieldDefinition, right: str) -> None:
    """Note that a field with this right, less than write, can't be written."""
    if right == "hidden":
        draft.fault("unknown_field", f"没有字段 {one.name}", f"There is no field {one.name}")
    elif right == "masked":
        message = (f"{one.label.zh}对你打码，不能改", "Masked for you, can't be changed")
        draft.fault("masked", *message, one)
    else:
        draft.fault("read_only", f"{one.label.zh}对你只读", "Read-only for you", one)
