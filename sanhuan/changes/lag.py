"""How far readers are behind, and who holds them back."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from psycopg import rows

from sanhuan.database import queries
from sanhuan.database.pool import Connection

MOST_COUNTED = 10_001


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far one reader is behind.

    `waiting` counts entries up to MOST_COUNTED; `seconds` is the age of the oldest of them, 0
    without any. `handled` counts since the reader was made. `failed_at` is since when it stands
    still and `failure` why, both None while it runs.
    """

    name: str
    handled: int
    waiting: int
    seconds: float
    incidents: int
    failed_at: datetime.datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A transaction that holds every reader back: process id in the database, and its age."""

    pid: int
    application: str
    state: str
    seconds: float


async def of_readers(connection: Connection) -> list[Lag]:
    """The lag of every reader that has a place, by name."""
    cursor = connection.cursor(row_factory=rows.class_row(Lag))
    await cursor.execute(queries.load("sanhuan.changes")["lag"], {"limit": MOST_COUNTED})
    return await cursor.fetchall()


async def holder(connection: Connection, *, longer_than_s: float = 1.0) -> Holder | None:
    """The oldest writing transaction that has run for longer; None when there is none.

    The application's role sees only its own sessions, a superuser sees all.
    """
    cursor = connection.cursor(row_factory=rows.class_row(Holder))
    await cursor.execute(queries.load("sanhuan.changes")["horizon"], {"seconds": longer_than_s})
    return await cursor.fetchone()
