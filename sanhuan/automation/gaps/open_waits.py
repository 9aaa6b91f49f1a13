"""The gaps that are open now, as one asker may see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from psycopg import rows as factories

from sanhuan.automation.definitions import gaps
from sanhuan.catalog.runtime import ObjectType
from sanhuan.database import queries
from sanhuan.identity.access import Caller
from sanhuan.records import Records, Transaction

PAGE = 500
MOST_PAGES = 200
"""How far is looked for gaps that the asker sees: 100,000 open ones."""
FIRST = (datetime(1900, 1, 1, tzinfo=UTC), UUID(int=0))
State = Literal["open", "reminded", "breached"]


class Wait(NamedTuple):
    """A row of kernel.gap that is not closed."""

    id: UUID
    gap: str
    object_id: str
    record_id: UUID
    owner_id: UUID | None
    state: str
    since: datetime
    due_at: datetime


async def listed(
    tx: Transaction,
    caller: Caller,
    records: Records,
    *,
    state: State = "open",
    limit: int = 100,
) -> list[dict[str, Any]]:
    """The gaps about records that the caller sees, the most pressing first.

    State `open` is all that are not closed. `left_seconds` is by the clock, below 0 once the time
    is over.
    """
    catalog, now = records.catalog, records.time.now()
    labels = {gap.id: gap for gap in gaps(catalog)}
    found: list[dict[str, Any]] = []
    async for wait, values in _seen(tx, caller, records, None if state == "open" else state):
        gap = labels.get(wait.gap)
        if gap is None:
            continue
        item = catalog.objects_by_id[wait.object_id]
        found.append(
            {
                "id": wait.id,
                "gap": gap.name,
                "label": gap.label.by_language,
                "object": item.name,
                "record": {"id": wait.record_id, "title": values.get(item.title.name)},
                "owner": values.get("owner"),
                "state": wait.state,
                "since": wait.since,
                "due": wait.due_at,
                "left_seconds": int((wait.due_at - now).total_seconds()),
            }
        )
        if len(found) >= limit:
            break
    return found


async def records_of(
    tx: Transaction, caller: Caller, records: Records, object_name: str, name: str | None
) -> list[UUID]:
    """The records of an object with an open gap that the caller sees, the most pressing first.

    `name` is that of the gap's definition; None is any.
    """
    wanted = {gap.id for gap in gaps(records.catalog) if name in (None, gap.name)}
    found: dict[UUID, None] = {}
    async for wait, _ in _seen(tx, caller, records, None):
        item = records.catalog.objects_by_id[wait.object_id]
        if wait.gap in wanted and item.name == object_name:
            found.setdefault(wait.record_id)
    return list(found)


async def _seen(
    tx: Transaction, caller: Caller, records: Records, state: str | None
) -> AsyncIterator[tuple[Wait, Mapping[str, Any]]]:
    """Open waits with what the caller sees of their records, page by page."""
    place = FIRST
    for _ in range(MOST_PAGES):
        waits = await _page(tx, place, state)
        shown = await _shown(tx, caller, records, waits)
        for wait in waits:
            if wait.record_id in shown:
                yield wait, shown[wait.record_id]
        if len(waits) < PAGE:
            return
        place = (waits[-1].due_at, waits[-1].id)


async def _page(tx: Transaction, place: tuple[datetime, UUID], state: str | None) -> list[Wait]:
    cursor = tx.cursor(row_factory=factories.args_row(Wait))
    await cursor.execute(
        queries.load("sanhuan.automation.gaps", "gaps.sql")["open_waits"],
        {"due_at": place[0], "id": place[1], "state": state, "limit": PAGE},
    )
    return await cursor.fetchall()


async def _shown(
    tx: Transaction, caller: Caller, records: Records, waits: Sequence[Wait]
) -> dict[UUID, Mapping[str, Any]]:
    """What the caller sees of the records: title and owner."""
    found: dict[UUID, Mapping[str, Any]] = {}
    for object_id in sorted({wait.object_id for wait in waits}):
        item = records.catalog.objects_by_id.get(object_id)
        if item is None or not caller.may("see", object_id):
            continue
        wanted = [wait.record_id for wait in waits if wait.object_id == object_id]
        fields = _readable(caller, item)
        bodies = await records.get_many(tx, caller, item.name, wanted, fields)
        found.update((record, msgspec.json.decode(body)) for record, body in bodies.items())
    return found


def _readable(caller: Caller, item: ObjectType) -> list[str]:
    """Of title and owner, those that the caller knows of."""
    grants = caller.grants_for(item.id, "see")
    return [
        one.name
        for one in (item.title, item.fields["owner"])
        if any(grant.field_right(one.id) != "hidden" for grant in grants)
    ]
