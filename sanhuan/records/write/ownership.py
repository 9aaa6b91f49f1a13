"""Whose a record is: its owner and department, and who may give it to others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sanhuan.database import queries
from sanhuan.identity.access import SYSTEM_USER
from sanhuan.records.write.drafts import Draft
from sanhuan.records.write.work import Work


async def settle(work: Work, drafts: Sequence[Draft]) -> None:
    """A new record is its maker's; the department is the owner's unless it is written."""
    for draft in drafts:
        draft.values["_id"] = draft.id
        _note_assigning(work, draft)
        is_own = "_owner" not in draft.written and work.caller.user != SYSTEM_USER
        if draft.operation == "create" and work.item.owned and is_own:
            draft.values["_owner"] = work.caller.user
    if not work.item.owned:
        return
    moved = [
        draft
        for draft in drafts
        if draft.values.get("_owner") != draft.before.get("_owner")
        and "_department" not in draft.written
    ]
    owners = {draft.values["_owner"] for draft in moved if draft.values.get("_owner")}
    unknown = owners - {work.caller.user}
    known: dict[UUID, UUID | None] = {work.caller.user: work.caller.department}
    if unknown:
        statements = queries.load("sanhuan.records", "log.sql")
        cursor = await work.tx.execute(statements["departments_of_owners"], {"ids": list(unknown)})
        known.update(dict(await cursor.fetchall()))
    for draft in moved:
        department = known.get(draft.values.get("_owner") or UUID(int=0))
        if department is not None:
            draft.values["_department"] = department
        elif draft.values.get("_owner") is not None:
            draft.values.pop("_department", None)


def _note_assigning(work: Work, draft: Draft) -> None:
    """Giving a record to someone else, or another department, takes the right to assign."""
    found = given(work, draft)
    if found and not may_assign(work, draft):
        refuse(work, draft, found)


def given(work: Work, draft: Draft) -> set[str]:
    """Which of owner and department the caller writes otherwise than they are.

    Of a new record: otherwise than to keep it oneself.
    """
    mine = {"_owner": work.caller.user, "_department": work.caller.department}
    held = mine if draft.operation == "create" else draft.before
    written = draft.written & mine.keys()
    return {field_id for field_id in written if draft.values.get(field_id) != held.get(field_id)}


def refuse(work: Work, draft: Draft, found: Iterable[str]) -> None:
    """Note that the caller may not assign."""
    for field_id in found:
        one = work.item.by_id[field_id]
        draft.fault("read_only", "你没有分配的权限", "You may not assign", one)


def may_assign(work: Work, draft: Draft) -> bool:
    """Whether the caller may give a record away; a new one will be judged as it is to be."""
    if draft.operation == "create":
        return work.caller.may("assign", work.item.id)
    there = work.current.get(draft.id)
    grants = work.caller.grants.get(work.item.id, ())
    return there is not None and any(
        took and "assign" in grant.acts for took, grant in zip(there.changes, grants, strict=True)
    )


def was_assigned(work: Work, draft: Draft) -> bool:
    """A record may leave one's rows when its owner or department was changed by right."""
    return (
        draft.operation == "update"
        and any(draft.values.get(i) != draft.before.get(i) for i in ("_owner", "_department"))
        and may_assign(work, draft)
    )
