"""Lines of a record: the rows it had, with those that the caller wrote laid over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from sanhuan.catalog.fields import LinesField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.records.read.statements import Statements
from sanhuan.records.requests import Write
from sanhuan.records.write import current
from sanhuan.records.write.drafts import Draft, Values


async def attach(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    item: ObjectType,
    drafts: Sequence[Draft],
    *,
    needed: frozenset[str],
) -> None:
    """Give each draft all of its rows where lines were written, or formulas read them."""
    for one in item.lines:
        concerned = [draft for draft in drafts if one.id in draft.lines or one.id in needed]
        if not concerned:
            continue
        target = catalog.objects[one.object]
        old = [draft.id for draft in concerned if draft.operation == "update"]
        there: Mapping[UUID, list[Values]] = (
            await current.load_lines(tx, statements, catalog, target, old) if old else {}
        )
        for draft in concerned:
            _lay_over(one, draft, there.get(draft.id, []))


def _lay_over(one: LinesField, draft: Draft, before: Sequence[Values]) -> None:
    """All rows as they are to be: old ones in place, then new ones; each with its position."""
    draft.lines_before[one.id] = [dict(values) for values in before]
    written = draft.lines.get(one.id, [])
    by_id = {line.id: line for line in written if line.operation != "create"}
    rows = [_kept(draft, values, by_id.pop(values["_id"], None)) for values in before]
    for missing in by_id.values():
        missing.fault("not_found", "没有这一行", "No such line")
    rows += [line for line in written if line.operation == "create"]
    _place(draft, rows)
    alive = [line for line in rows if line.operation != "delete"]
    if one.id in draft.written:
        _count(one, draft, len(alive))
    draft.lines[one.id] = rows


def _kept(parent: Draft, values: Values, written: Draft | None) -> Draft:
    line = written or Draft(parent.index, Write(operation="update"), "update", values["_id"])
    line.before = dict(values)
    line.values = {**values, **line.values}
    for field_id in line.written:
        if line.values.get(field_id) is None:
            line.values.pop(field_id, None)
    return line


def _place(parent: Draft, rows: Sequence[Draft]) -> None:
    last = max((int(r.values.get("_position") or 0) for r in rows), default=0)
    for line in rows:
        line.values["_id"] = line.id
        line.values["_parent"] = parent.id
        if line.values.get("_position") is None:
            last += 1
            line.values["_position"] = Decimal(last)


def _count(one: LinesField, draft: Draft, count: int) -> None:
    if count < one.min_rows:
        draft.fault("too_few", f"至少要 {one.min_rows} 行", f"At least {one.min_rows} lines", one)
    if count > one.max_rows:
        draft.fault("too_many", f"最多 {one.max_rows} 行", f"At most {one.max_rows} lines", one)
