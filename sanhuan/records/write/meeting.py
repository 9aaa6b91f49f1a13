"""What a batch meets: the records it changes, their versions, and the right to change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan.errors import Text
from sanhuan.records import errors
from sanhuan.records.read.statements import compiled
from sanhuan.records.write import current
from sanhuan.records.write.drafts import Draft
from sanhuan.records.write.work import ACTS, Work


async def resolve(work: Work, drafts: Sequence[Draft]) -> None:
    """Turn upserts whose key is known into updates."""
    if not any(draft.write.operation == "upsert" for draft in drafts):
        return
    one = work.item.fields.get(work.batch.key or "")
    if one is None or not one.unique or not one.stored:
        raise errors.BadRequest(
            "bad_key",
            Text("匹配字段要是唯一的", "The key has to be a unique field"),
            field="key",
        )
    column = work.item.table.c[one.columns()[0].name]
    chosen = select(column, work.item.table.c.id).where(
        column == any_(bindparam("values", type_=ARRAY(column.type))),
        work.item.table.c.deleted_at.is_(None),
    )
    statement = compiled(chosen, ())
    wanted = [draft.values[one.id] for draft in drafts if draft.values.get(one.id) is not None]
    cursor = await work.tx.execute(statement.sql, {**statement.values, "values": wanted})
    known: dict[Any, UUID] = dict(await cursor.fetchall())
    for draft in drafts:
        if draft.write.operation == "upsert" and draft.values.get(one.id) in known:
            draft.operation = "update"
            draft.id = known[draft.values[one.id]]


async def load(work: Work, drafts: Sequence[Draft]) -> None:
    """Lock what is changed, and compare versions and rights with it."""
    old = [d for d in drafts if d.operation != "create" and not d.refused]
    if not old:
        return
    work.current = await current.load(
        work.tx,
        work.tools.statements,
        work.catalog,
        work.caller,
        work.context,
        work.item,
        [draft.id for draft in old],
    )
    for draft in old:
        _meet(work, draft, work.current.get(draft.id))


def _meet(work: Work, draft: Draft, there: current.Current | None) -> None:
    wants_bin = draft.operation == "restore"
    if there is None or there.deleted != wants_bin or not _sees(work, there):
        draft.fault("not_found", "没有这条记录，或你看不到它", "No such record, or not for you")
        return
    act = ACTS[draft.operation]
    grants = work.caller.grants[work.item.id]
    allowing = [
        grant
        for took, grant in zip(there.changes, grants, strict=True)
        if took and act in grant.acts
    ]
    if not allowing:
        draft.fault("forbidden", "你没有权限改这条记录", f"You may not {act} this record")
        return
    # Before anything is compared with what the record holds: a refusal must not tell of it.
    work.rights.check_fields(draft, work.item, allowing)
    wanted = draft.write.version
    if wanted is not None and wanted != int(there.values["_version"]):
        draft.fault("version_conflict", "别人先改过了", "Someone changed it first")
        return
    written = {i: draft.values.get(i) for i in draft.written if i not in draft.lines}
    draft.before = dict(there.values)
    draft.values = {**there.values, **written}
    for field_id, value in written.items():
        if value is None:
            draft.values.pop(field_id, None)
    draft.errors, draft.errors_before = dict(there.errors), dict(there.errors)


def _sees(work: Work, there: current.Current) -> bool:
    grants = work.caller.grants[work.item.id]
    return any(took and "see" in grant.acts for took, grant in zip(there.sees, grants, strict=True))
