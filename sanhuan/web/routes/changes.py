"""The change log: read in its order, and heard live."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from sanhuan.catalog.runtime import ObjectType
from sanhuan.changes import log, places
from sanhuan.changes.entries import Entry, Position
from sanhuan.identity import refusals
from sanhuan.records.read.timeline import Timeline
from sanhuan.records.read.visible import BINNED, Visibility
from sanhuan.records.requests import MOST_ROWS
from sanhuan.web import answers, definitions
from sanhuan.web.answers import Answer
from sanhuan.web.listening import Live
from sanhuan.web.routing import Ask, Nothing, Route

BEGINNING: Final = Position(1, 0, 0)


class ChangesParameters(msgspec.Struct, frozen=True):
    """Where to go on from (None is the first entry), and how much to read at most."""

    after: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


def routes(live: Live) -> Sequence[Route]:
    """The routes over one process's live side."""

    async def stream(ask: Ask[Nothing, None]) -> Answer:
        """What happens, as it happens, as far as the caller may see it (SSE)."""
        place = ask.headers.get("last-event-id")
        after = None if not place else live.cursors.read(place)
        chunks = live.listen(ask.caller, after)
        first = await anext(chunks)  # what keeps it from starting is an answer, not a broken one
        return Answer(
            200,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            chunks=_from(first, chunks),
        )

    async def changes(ask: Ask[ChangesParameters, None]) -> Answer:
        """Entries of the log in its order, each once: those of which the caller sees something.

        A page may hold fewer than its limit; the log is read up when `next` stays the same.
        """
        if not ask.caller.has("read_log"):
            raise refusals.Forbidden
        after = BEGINNING if ask.query.after is None else live.cursors.read(ask.query.after)
        start = places.at(after, await log.end(ask.tx))
        stretch = await log.stretch(ask.tx, start, min(ask.query.limit, MOST_ROWS))
        end = places.after(start, stretch)
        entries = await log.entries(ask.tx, start, end) if stretch.scanned else []
        data = await _shown(ask, entries)
        following = live.cursors.write(Position(end.generation, end.xid, end.id))
        return answers.json({"data": data, "page": {"next": following, "count": None}})

    return (
        Route(
            method="GET", path="/stream", run=stream, mode="alone",
            summary="Changes as they happen", tag="changes", shape="stream", refuses=(400,),
        ),
        Route(
            method="GET", path="/changes", run=changes, query=ChangesParameters,
            summary="The change log in its order", tag="changes", shape="changes",
            refuses=(400, 403),
        ),
    )  # fmt: skip


async def _from(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        yield first
        async for chunk in rest:
            yield chunk
    finally:
        await rest.aclose()


async def _shown(ask: Ask[Any, Any], entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The entries by today's rights, in their order.

    Of a record that is gone by now, only that it went is told, to those who saw it go.
    """
    now = await _now(ask, entries)
    connect = ask.kernel.app.connection
    went = await Visibility(ask.kernel.records, connect).of(
        [entry for entry in entries if entry.kind in BINNED], ask.caller, {}
    )
    seen_going = {seen.entry.id for seen in went}
    shown: list[dict[str, Any]] = []
    for entry in entries:
        item = ask.kernel.catalog.objects_by_id.get(entry.object_id)
        there = now.get((entry.object_id, entry.record_id))
        if item is None or (there is None and entry.id not in seen_going):
            continue
        told = _told(ask, item, entry, there or {"_masked": []})
        if told is not None:
            shown.append(told)
    return shown


def _told(
    ask: Ask[Any, Any], item: ObjectType, entry: Entry, now: Mapping[str, Any]
) -> dict[str, Any] | None:
    timeline = Timeline(ask.kernel.records, ask.tx, ask.caller, item)
    found = timeline.entry(asdict(entry), now)
    if found is None:
        return None
    return {
        **found,
        "actor": entry.actor,
        "on_behalf_of": entry.on_behalf_of,
        "object": item.name,
        "record": entry.record_id,
    }


async def _now(
    ask: Ask[Any, Any], entries: Sequence[Entry]
) -> dict[tuple[str, UUID], Mapping[str, Any]]:
    """The records that entries are about as the caller sees them now, by object id and id."""
    found: dict[tuple[str, UUID], Mapping[str, Any]] = {}
    for object_id in {entry.object_id for entry in entries}:
        item = ask.kernel.catalog.objects_by_id.get(object_id)
        if item is None or item.is_line or not ask.caller.may("see", object_id):
            continue
        about = [entry for entry in entries if entry.object_id == object_id]
        names = _names(ask, item, about)
        ids = sorted({entry.record_id for entry in about})
        bodies = await ask.kernel.records.get_many(ask.tx, ask.caller, item.name, ids, names)
        found |= {(object_id, record): msgspec.json.decode(bodies[record]) for record in bodies}
    return found


def _names(ask: Ask[Any, Any], item: ObjectType, entries: Sequence[Entry]) -> list[str]:
    """The API names of the fields that entries changed and the caller knows of."""
    grants = ask.caller.grants_for(item.id, "see")
    changed = {
        field_id
        for entry in entries
        for side in (entry.before, entry.after)
        for field_id in side or ()
    }
    return [
        one.name
        for one in item.fields.values()
        if one.id in changed and definitions.field_right(grants, one) != "hidden"
    ] or ["id"]
