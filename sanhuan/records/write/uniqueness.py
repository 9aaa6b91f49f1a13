"""Values that only one record may hold.

The unique index decides; the look before it, for batches, tells all rows at fault at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan.catalog.runtime import ObjectType
from sanhuan.records import errors
from sanhuan.records.read.statements import compiled
from sanhuan.records.requests import Write
from sanhuan.records.write.drafts import Draft
from sanhuan.records.write.work import Work


async def check(work: Work, drafts: Sequence[Draft]) -> None:
    """In batches: which rows repeat a value that is taken, or each other."""
    if len(drafts) < 2 and not work.batch.check_only:
        return
    for group in work.rules.unique:
        await _check_group(work, drafts, group)


async def _check_group(work: Work, drafts: Sequence[Draft], group: Sequence[Any]) -> None:
    keyed: dict[tuple[Any, ...], Draft] = {}
    for draft in drafts:
        key = tuple(draft.values.get(one.id) for one in group)
        if draft.refused or None in key:
            continue
        if key == tuple(draft.before.get(one.id) for one in group):
            continue
        if key in keyed:
            note_taken(draft, group)
        else:
            keyed[key] = draft
    if not keyed:
        return
    columns = [work.item.table.c[one.columns()[0].name] for one in group]
    first = columns[0]
    chosen = select(work.item.table.c.id, *columns).where(
        first == any_(bindparam("values", type_=ARRAY(first.type))),
        work.item.table.c.deleted_at.is_(None),
    )
    statement = compiled(chosen, ())
    values = list({key[0] for key in keyed})
    cursor = await work.tx.execute(statement.sql, {**statement.values, "values": values})
    for record, *found in await cursor.fetchall():
        taken = keyed.get(tuple(found))
        if taken is not None and taken.id != record:
            note_taken(taken, group)


def taken(work: Work, error: psycopg.errors.UniqueViolation) -> errors.Refused:
    """The field whose value another record holds, without that record."""
    name = error.diag.constraint_name or ""
    group = next(
        (g for g in work.rules.unique if name == _unique_name(work.item, g)),
        work.rules.unique[0] if work.rules.unique else (),
    )
    draft = Draft(0, Write("create"), "create", UUID(int=0))
    note_taken(draft, group)
    return errors.NotUnique(draft.faults)


def note_taken(draft: Draft, group: Sequence[Any]) -> None:
    one = group[0] if group else None
    shown = "、".join(item.label.zh for item in group) or "值"
    named = ", ".join(item.label.text("en") for item in group) or "The value"
    draft.fault("not_unique", f"{shown}已被用过", f"{named} is already used", one)


def _unique_name(item: ObjectType, group: Sequence[Any]) -> str:
    return (f"u_{item.id}_" + "_".join(one.id for one in group))[:63]
