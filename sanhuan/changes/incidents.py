"""Entries that a reader could not handle and went past: kept until someone settles them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from psycopg import rows

from sanhuan.changes.entries import Entry
from sanhuan.database import queries
from sanhuan.database.pool import Connection

LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One entry that one reader could not handle, `tries` times; `error` is what it last raised."""

    id: int
    reader: str
    change_id: int
    change_at: datetime.datetime
    object_id: str
    record_id: UUID
    error: str
    at: datetime.datetime
    tries: int


async def set_aside(connection: Connection, reader: str, entry: Entry, error: Exception) -> None:
    """Note an entry as not handled, in the open transaction."""
    text = f"{type(error).__name__}: {error}".replace("\0", "")
    await connection.execute(
        queries.load("sanhuan.changes")["set_aside"],
        {
            "reader": reader,
            "change_id": entry.id,
            "change_at": entry.at,
            "object_id": entry.object_id,
            "record_id": entry.record_id,
            "error": text[:LONGEST_ERROR],
        },
    )


async def unsettled(
    connection: Connection, reader: str | None = None, *, limit: int = 100
) -> list[Incident]:
    """The incidents that nobody has settled, the oldest first; `reader` None is all readers."""
    cursor = connection.cursor(row_factory=rows.class_row(Incident))
    await cursor.execute(
        queries.load("sanhuan.changes")["incidents"], {"reader": reader, "limit": limit}
    )
    return await cursor.fetchall()


async def entry(connection: Connection, reader: str, incident: int) -> Entry | None:
    """The entry of an unsettled incident of a reader, which stays locked; None without one."""
    cursor = connection.cursor(row_factory=rows.class_row(Entry))
    await cursor.execute(
        queries.load("sanhuan.changes")["incident"], {"id": incident, "reader": reader}
    )
    return await cursor.fetchone()


async def resolve(
    connection: Connection, incident: int, resolution: Literal["handled", "dismissed"]
) -> bool:
    """Settle an incident; whether it was open."""
    done = await connection.execute(
        queries.load("sanhuan.changes")["resolve"], {"id": incident, "resolution": resolution}
    )
    return done.rowcount == 1
