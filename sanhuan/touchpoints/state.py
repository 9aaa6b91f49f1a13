"""How sources stand: what came last, how far behind they are, and what waits in the tray."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from psycopg import rows

from sanhuan.catalog.runtime import Catalog
from sanhuan.database import pool, queries
from sanhuan.touchpoints import errors, sources
from sanhuan.touchpoints.definitions import SourceDefinition

State = Literal["new", "waiting", "applied", "refused", "ignored"]
MOST_EVENTS: Final = 200
MOST_BODY: Final = 20_000
"""Characters of an event's body that are shown."""


class _State(NamedTuple):
    source: str
    last_event_at: datetime | None
    oldest_new_at: datetime | None
    new: int
    refused: int
    applied: int
    ignored: int
    waiting: int
    has_secret: bool


class StoredEvent(NamedTuple):
    """An event in the tray. `reason` is JSON, None unless it was refused."""

    id: int
    event_id: str
    type: str
    occurred_at: datetime
    received_at: datetime
    state: str
    waits_for: str | None
    reason: Sequence[Mapping[str, Any]] | None
    attempts: int
    operation: UUID | None
    settled_at: datetime | None
    conflicts: int
    body: str


async def states(
    connection: pool.Connection, catalog: Catalog, now: datetime
) -> list[dict[str, Any]]:
    """Each source's state, JSON-ready, by name. `lag_seconds` is the age of what is not applied."""
    known = {one.id: one for one in sources.definitions(catalog).values()}
    statements = queries.load("sanhuan.touchpoints")
    async with connection.cursor(row_factory=rows.class_row(_State)) as cursor:
        await cursor.execute(statements["states"], {"sources": sorted(known), "now": now})
        found = await cursor.fetchall()
    return sorted((_shown(known[one.source], one, now) for one in found), key=lambda s: s["name"])


def _shown(definition: SourceDefinition, one: _State, now: datetime) -> dict[str, Any]:
    lag_s = 0.0 if one.oldest_new_at is None else (now - one.oldest_new_at).total_seconds()
    return {
        "name": definition.name,
        "label": definition.label.by_language,
        "kind": definition.kind,
        "path": f"/api/v1/hooks/{definition.name}",
        "last_event_at": one.last_event_at,
        "lag_seconds": max(0, round(lag_s)),
        "silent": is_silent(definition.silent_after_s, one.last_event_at, now),
        "has_secret": one.has_secret,
        "counts": {
            "new": one.new,
            "waiting": one.waiting,
            "applied": one.applied,
            "refused": one.refused,
            "ignored": one.ignored,
        },
    }


def is_silent(after_s: int | None, last_event_at: datetime | None, now: datetime) -> bool:
    """Whether a source that once spoke has said nothing for too long."""
    if after_s is None or last_event_at is None:
        return False
    return (now - last_event_at).total_seconds() > after_s


async def events(
    connection: pool.Connection,
    catalog: Catalog,
    source_name: str,
    state: State,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[StoredEvent]:
    """Events of a source in one state, the latest first. Raises `errors.UnknownSource`."""
    source = definition_of(catalog, source_name)
    statements = queries.load("sanhuan.touchpoints")
    async with connection.cursor(row_factory=rows.class_row(StoredEvent)) as cursor:
        await cursor.execute(
            statements["events"],
            {
                "source": source.id,
                "state": state,
                "before": before,
                "limit": max(1, min(limit, MOST_EVENTS)),
            },
        )
        return await cursor.fetchall()


def event_json(one: StoredEvent, language: str) -> dict[str, Any]:
    """An event of the tray as the API answers it."""
    return {
        "id": str(one.id),
        "event_id": one.event_id,
        "type": one.type,
        "occurred_at": one.occurred_at,
        "received_at": one.received_at,
        "state": "waiting" if one.waits_for is not None else one.state,
        "waits_for": None if one.waits_for is None else one.waits_for.partition(" ")[2],
        "errors": [
            {
                "field": fault["field"],
                "code": fault["code"],
                "message": fault["message"]["en" if language == "en" else "zh"],
            }
            for fault in one.reason or ()
        ],
        "attempts": one.attempts,
        "operation": one.operation,
        "settled_at": one.settled_at,
        "conflicts": one.conflicts,
        "body": one.body[:MOST_BODY],
    }


async def replay(
    connection: pool.Connection, catalog: Catalog, source_name: str, event: int
) -> None:
    """Let an event that was refused, ignored or waits be applied again.

    Raises `errors.UnknownSource`, `errors.NoSuchEvent`.
    """
    source = definition_of(catalog, source_name)
    statements = queries.load("sanhuan.touchpoints")
    cursor = await connection.execute(statements["replay"], {"id": event, "source": source.id})
    was = await cursor.fetchone()
    if was is None:
        raise errors.NoSuchEvent
    if was == ("ignored",):
        await connection.execute(statements["uncount_ignored"], {"source": source.id})


async def replay_refused(connection: pool.Connection, catalog: Catalog, source_name: str) -> int:
    """Let all refused events of a source be applied again; how many."""
    source = definition_of(catalog, source_name)
    statements = queries.load("sanhuan.touchpoints")
    done = await connection.execute(statements["replay_refused"], {"source": source.id})
    return done.rowcount


async def behaviour(
    connection: pool.Connection, object_id: str, record: UUID, limit: int = 50
) -> list[dict[str, Any]]:
    """What was done about a record, the latest first: `at`, `source`, `kind`, `points`."""
    statements = queries.load("sanhuan.touchpoints")
    async with connection.cursor(row_factory=rows.dict_row) as cursor:
        await cursor.execute(
            statements["behaviour_of"], {"object": object_id, "record": record, "limit": limit}
        )
        return await cursor.fetchall()


def definition_of(catalog: Catalog, name: str) -> SourceDefinition:
    """The definition of a source. Raises `errors.UnknownSource`."""
    found = sources.definitions(catalog).get(name)
    if found is None:
        raise errors.UnknownSource(name)
    return found
