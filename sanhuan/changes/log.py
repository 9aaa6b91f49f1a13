"""Fetches stretches of the log from the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from psycopg import rows

from sanhuan.changes import places
from sanhuan.changes.entries import Entry, Position
from sanhuan.changes.places import Place, Stretch
from sanhuan.database import queries
from sanhuan.database.pool import Connection


async def end(connection: Connection) -> Place:
    """The place of one who has read all that can be read now."""
    cursor = connection.cursor(row_factory=rows.class_row(Place))
    await cursor.execute(queries.load("sanhuan.changes")["end"])
    found = await cursor.fetchone()
    if found is None:
        raise AssertionError("the log has a generation from its first day")
    return found


async def stretch(
    connection: Connection, place: Place, at_most: int, objects: Sequence[str] | None = None
) -> Stretch:
    """What lies beyond a place and below the horizon, at most so many entries of any object."""
    cursor = connection.cursor(row_factory=rows.class_row(Stretch))
    await cursor.execute(
        queries.load("sanhuan.changes")["stretch"],
        {**asdict(place), "objects": objects, "batch": at_most},
    )
    found = await cursor.fetchone()
    if found is None:
        raise AssertionError("an aggregate has one row")
    return found


async def entries(
    connection: Connection,
    place: Place,
    to: Place | Position,
    objects: Sequence[str] | None = None,
    limit: int | None = None,
) -> list[Entry]:
    """The entries beyond a place up to another in the same generation, in the log's order.

    Both lie below the horizon. `objects` and `limit` None are all.
    """
    cursor = connection.cursor(row_factory=rows.class_row(Entry))
    await cursor.execute(
        queries.load("sanhuan.changes")["entries"],
        {
            **asdict(place),
            "objects": objects,
            "to_xid": to.xid,
            "to_id": to.id,
            "limit": limit,
        },
    )
    return await cursor.fetchall()


async def gap(connection: Connection, start: Position, to: Position, at_most: int) -> int:
    """How many entries lie between two places of one generation, counted up to `at_most`."""
    done = await connection.execute(
        queries.load("sanhuan.changes")["gap"],
        {
            "generation": start.generation,
            "xid": start.xid,
            "id": start.id,
            "to_xid": to.xid,
            "to_id": to.id,
            "limit": at_most,
        },
    )
    found = await done.fetchone()
    return 0 if found is None else int(str(found[0]))


async def after(
    connection: Connection, position: Position, at_most: int
) -> tuple[list[Entry], Position]:
    """The next entries after a position that can be read now, and the position after them.

    From Position(1, 0, 0) on each entry comes once and none late, in the log's order; one record's
    entries are to be put in order by `Entry.step`. [] when there is nothing more for now.
    """
    place = places.at(position, await end(connection))
    while True:
        found = await stretch(connection, place, at_most)
        to = places.after(place, found)
        if found.scanned or to == place:
            break
        place = to
    got = await entries(connection, place, to) if found.scanned else []
    return got, Position(to.generation, to.xid, to.id)
