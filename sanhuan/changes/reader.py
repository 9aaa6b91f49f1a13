"""A reader of the change log: gives its entries to a function, each exactly once.

One run is one transaction: lock the reader's place, fetch what lies between it and the horizon,
hand it over, move the place. Whatever ends it before the commit leaves everything as it was.

Within a batch no entry comes after a later version of its record. Where the earlier version lies
beyond the batch (its transaction has the higher id, or an open one is in between), it is taken
along, and its id kept with the place until the place has passed it. That it can be read is
certain: who wrote the later version waited for it to be committed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Literal, TypeAlias

import psycopg
import structlog
from psycopg import pq, rows

from sanhuan import errors
from sanhuan.changes import incidents, log, order, places
from sanhuan.changes.entries import Entry
from sanhuan.database import errors as database_errors
from sanhuan.database import queries
from sanhuan.database.pool import Connection

Handle: TypeAlias = Callable[[Connection, Sequence[Entry]], Awaitable[None]]
"""Does a reader's work, on the connection given and in the transaction that is open on it.

It takes entries in order. It must keep to the database: what it does elsewhere would be done again
after a crash. It may be given the same entries again after it raised.
"""

MOST_INCIDENTS = 100
"""A reader with so many unsettled incidents stops: then it is at fault, not the entries."""


class ReaderStopped(errors.SanhuanError):
    """A reader has set aside so many entries that it does not go on by itself."""

    code = "reader_stopped"


class Reader:
    """Follows the log under a name. Two with the same name share one place and take turns."""

    def __init__(
        self,
        name: str,
        handle: Handle,
        *,
        objects: Sequence[str] | None = None,
        batch: int = 1_000,
        start: Literal["beginning", "end"] = "beginning",
    ) -> None:
        """`objects` limits it to entries of those objects, by id; None is all.

        `batch` is the most entries in one transaction. `start` is where the log begins for a name
        that has no place yet: at its first entry, or at its end at that moment.
        """
        self.name = name
        self.handle = handle
        self.objects = None if objects is None else sorted(objects)
        self.batch = batch
        self.start = start
        self.statements = queries.load("sanhuan.changes")

    async def run_once(self, connection: Connection) -> int:
        """Handle one batch in a transaction of its own; returns how many entries were handled.

        0 means that nothing more can be read now, or that another runner has this reader.
        `connection` is in autocommit with no transaction open. Errors of the database that are no
        entry's fault are raised (psycopg.Error), as is `ReaderStopped`; nothing has moved then.
        Raises RuntimeError inside a transaction: it would hold back its own horizon.
        """
        if connection.info.transaction_status != pq.TransactionStatus.IDLE:
            raise RuntimeError("a reader of the change log runs in transactions of its own")
        while True:
            if not await self._is_waited_for(connection):
                return 0
            async with connection.transaction():
                handled = await self._advance(connection)
            if handled is None:
                return 0
            if handled > 0:
                return handled

    async def retry(self, connection: Connection, incident: int) -> bool:
        """Handle an entry that was set aside, now; whether there was such an open incident.

        Later versions of its record may have been handled meanwhile. Raises what the work raises;
        the incident stays open then.
        """
        async with connection.transaction():
            entry = await incidents.entry(connection, self.name, incident)
            if entry is None:
                return False
            await self.handle(connection, [entry])
            await incidents.resolve(connection, incident, "handled")
        return True

    async def _is_waited_for(self, connection: Connection) -> bool:
        """Whether a batch is worth a lock, and with it a transaction id. Registers a new name."""
        place = await self._place(connection)
        if place is None:
            await self._register(connection)
            place = await self._place(connection)
        if place is None:
            return False
        if place.incidents >= MOST_INCIDENTS:
            raise stopped(self.name)
        if place.objects != self.objects:
            await connection.execute(
                self.statements["tell_objects"], {"name": self.name, "objects": self.objects}
            )
        at_most = 1 if self.objects is None else self.batch
        stretch = await log.stretch(connection, place, at_most, self.objects)
        is_full = stretch.scanned == self.batch
        return stretch.wanted or is_full or place.generation < place.latest

    async def _advance(self, connection: Connection) -> int | None:
        """Handle a batch in the open transaction; None when another runner has the reader."""
        taken = await connection.execute(self.statements["take"], {"name": self.name})
        place = await self._place(connection) if await taken.fetchone() else None
        if place is None:
            return None
        stretch = await log.stretch(connection, place, self.batch, self.objects)
        end = places.after(place, stretch)
        found = await log.entries(connection, place, end, self.objects) if stretch.wanted else []
        fresh = [entry for entry in found if entry.id not in place.ahead]
        earlier = await self._earlier(connection, place, end, fresh)
        await self._give(connection, order.by_version(fresh, earlier))
        passed = {entry.id for entry in found}
        moved = places.without(end, passed)
        ahead = [*moved.ahead, *(entry.id for entry in earlier)]
        handled = len(fresh) + len(earlier)
        await connection.execute(
            self.statements["move"],
            {**asdict(moved), "name": self.name, "ahead": ahead, "handled": handled},
        )
        # Read up, with nothing for it in between: there is no reason to look again at once.
        return handled if handled or stretch.scanned or end != place else None

    async def _give(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Hand entries over; where that fails, find the ones at fault by halves and go past them.

        Raises when the fault is the database's, which has nothing to do with the entries.
        """
        if not entries:
            return
        try:
            async with connection.transaction():
                await self.handle(connection, entries)
        except Exception as error:
            if is_outage(error):
                raise
            await self._give_less(connection, entries, error)

    async def _give_less(
        self, connection: Connection, entries: Sequence[Entry], error: Exception
    ) -> None:
        if len(entries) == 1:
            await self._set_aside(connection, entries[0], error)
        else:
            middle = len(entries) // 2
            await self._give(connection, entries[:middle])
            await self._give(connection, entries[middle:])

    async def _set_aside(self, connection: Connection, entry: Entry, error: Exception) -> None:
        await incidents.set_aside(connection, self.name, entry, error)
        structlog.get_logger(__name__).error(
            "entry set aside", reader=self.name, change=entry.id, error=type(error).__name__
        )

    async def _register(self, connection: Connection) -> None:
        await connection.execute(
            self.statements["register"],
            {"name": self.name, "at_end": self.start == "end", "objects": self.objects},
        )

    async def _place(self, connection: Connection) -> places.Place | None:
        cursor = connection.cursor(row_factory=rows.class_row(places.Place))
        await cursor.execute(self.statements["place"], {"name": self.name})
        return await cursor.fetchone()

    async def _earlier(
        self,
        connection: Connection,
        place: places.Place,
        end: places.Place,
        entries: Sequence[Entry],
    ) -> list[Entry]:
        """Entries beyond `end` that come before one of `entries` in its record's history."""
        found: list[Entry] = []
        firsts = order.first_steps(entries)
        lasts = order.last_steps(entries)
        while pairs := [
            (first, last)
            for first, last in zip(firsts, lasts, strict=True)
            if first.kind != "create" or first.id != last.id
        ]:
            step = await self._beyond(connection, place, end, pairs, [each.id for each in found])
            found.extend(step)
            # One before the first may have one before it in turn.
            edges = {first.record: first.step for first, _ in pairs}
            firsts = lasts = order.first_steps(
                entry for entry in step if entry.step < edges[entry.record]
            )
        return found

    async def _beyond(
        self,
        connection: Connection,
        place: places.Place,
        end: places.Place,
        pairs: Sequence[tuple[Entry, Entry]],
        known: Sequence[int],
    ) -> list[Entry]:
        cursor = connection.cursor(row_factory=rows.class_row(Entry))
        await cursor.execute(
            self.statements["earlier"],
            {
                "objects": [first.object_id for first, _ in pairs],
                "records": [first.record_id for first, _ in pairs],
                "first_versions": [first.version for first, _ in pairs],
                "first_ids": [first.id for first, _ in pairs],
                "last_versions": [last.version for _, last in pairs],
                "last_ids": [last.id for _, last in pairs],
                "generation": end.generation,
                "xid": end.xid,
                "id": end.id,
                "floor": place.floor,
                "ahead": [*place.ahead, *known],
            },
        )
        return await cursor.fetchall()


def is_outage(error: Exception) -> bool:
    """Whether the same may succeed later with nothing mended: no entry is at fault."""
    if isinstance(error, psycopg.Error):
        fault = database_errors.classify(error)
    elif isinstance(error, database_errors.DatabaseError):
        fault = error.fault
    else:
        return False
    return fault.status == 503 or fault.retry is not database_errors.Retry.NEVER


def stopped(name: str) -> ReaderStopped:
    """The error about a reader that set too much aside."""
    return ReaderStopped(
        errors.Text(
            f"日志读取器 {name} 已搁置 {MOST_INCIDENTS} 条变更，停止读取。",
            f"The log reader {name} has set aside {MOST_INCIDENTS} changes and stopped.",
        ),
        hint=errors.Text(
            "请查看 sanhuan doctor 列出的原因，处理或忽略后它会继续。",
            "See the causes in sanhuan doctor: it goes on once they are settled.",
        ),
    )
