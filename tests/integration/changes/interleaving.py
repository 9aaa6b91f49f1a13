"""Random interleavings of writers and readers over real connections, one step at a time.

A scheduler with a seed picks who takes the next step. Writers open transactions, draw their
transaction id early or late, change records, commit or roll back. Readers stop before each of
their statements, and may be killed there. No step ever waits for a lock, because the scheduler
knows who holds which record; so a seed gives the same run each time.
"""

from __future__ import annotations

import asyncio
import itertools
import random as randoms
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from sanhuan.changes import reader
from sanhuan.changes.entries import Entry
from sanhuan.database.pool import Connection

WRITERS = 4
READERS = 2
RECORDS = 3
TRANSACTIONS = 10
KILL_SHARE = 0.04

SCHEMA = """
create table data.probe (id uuid primary key, version integer not null);
create table data.probe_seen (
    place bigint generated always as identity, run uuid, change_id bigint, record_id uuid,
    version integer
);
create index on data.probe_seen (run);
grant all on data.probe, data.probe_seen to sanhuan_app;
"""

TOUCH = """
with touched as (
    insert into data.probe as p (id, version) values (%(record)s, 1)
    on conflict (id) do update set version = p.version + 1
    returning version
)
insert into kernel.change
    (operation, actor, via, object_id, record_id, version, kind, catalog_version)
select %(run)s, %(record)s, 'api', 'probe', %(record)s, version,
       case version when 1 then 'create' else 'update' end, 1
from touched
"""

COMPUTE = """
with touched as (select version from data.probe where id = %(record)s for no key update)
insert into kernel.change
    (operation, actor, via, object_id, record_id, version, kind, catalog_version)
select %(run)s, %(record)s, 'api', 'probe', %(record)s, version, 'computed', 1 from touched
"""

SEE = """
insert into data.probe_seen (run, change_id, record_id, version)
select %(run)s, s.change_id, s.record_id, s.version
from unnest(%(changes)s::bigint[], %(records)s::uuid[], %(versions)s::int[])
    with ordinality as s (change_id, record_id, version, place)
order by s.place
"""


class Gate:
    """Holds an actor before each of its statements until it may take the step."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.allowed = asyncio.Event()

    async def pass_through(self) -> None:
        self.reached.set()
        await self.allowed.wait()
        self.allowed.clear()


class GatedCursor(psycopg.AsyncCursor[Any]):
    """Stops before each statement."""

    gate: Gate

    async def execute(self, *args: Any, **more: Any) -> Any:
        await self.gate.pass_through()
        return await super().execute(*args, **more)


@dataclass
class Writer:
    """One writing connection; `held` are the records that its open transaction has locked."""

    connection: psycopg.AsyncConnection[Any]
    is_open: bool = False
    held: set[UUID] = field(default_factory=set)


@dataclass
class Reading:
    """One reading process: stepping it lets it run to its next statement."""

    dsn: str
    one: reader.Reader | None = None
    gate: Gate = field(default_factory=Gate)
    connection: psycopg.AsyncConnection[Any] | None = None
    task: asyncio.Task[int] | None = None

    async def connect(self) -> psycopg.AsyncConnection[Any]:
        if self.connection is None:
            cursor = type("Cursor", (GatedCursor,), {"gate": self.gate})
            self.connection = await psycopg.AsyncConnection.connect(
                self.dsn, autocommit=True, cursor_factory=cursor
            )
        return self.connection

    async def step(self) -> None:
        """Run to the next statement, or to the end of the run."""
        if self.task is None:
            assert self.one is not None
            self.task = asyncio.create_task(self.one.run_once(await self.connect()))
        else:
            self.gate.allowed.set()
        await self._settle()

    async def _settle(self) -> None:
        assert self.task is not None
        reached = asyncio.create_task(self.gate.reached.wait())
        await asyncio.wait({self.task, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        self.gate.reached.clear()
        if self.task.done():
            task, self.task = self.task, None
            task.result()

    async def kill(self, admin: psycopg.AsyncConnection[Any]) -> None:
        """End the process where it stands, as far as the database can tell."""
        if self.connection is None:
            return
        pid = self.connection.info.backend_pid
        await admin.execute("select pg_terminate_backend(%s)", [pid])
        while await has_row(admin, "select from pg_stat_activity where pid = %s", pid):
            pass  # the statement itself is the wait; the server's own waits 100 ms at a time
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError, psycopg.Error):
                await self.task
        with suppress(psycopg.Error):
            await self.connection.close()
        self.connection = self.task = None
        self.gate = Gate()

    async def finish(self) -> None:
        """Let what was begun come to its end."""
        while self.task is not None:
            await self.step()

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()


@dataclass
class Outcome:
    """What came of runs. `missed` and the rest count entries; `kills` and `runs` count those."""

    runs: int = 0
    entries: int = 0
    missed: int = 0
    repeated: int = 0
    disordered: int = 0
    kills: int = 0
    inversions: int = 0
    """How often the log's own order put a record's later version first."""
    missed_by_id: int = 0
    """What a reader by `id > last` missed in the same runs."""

    def add(self, other: Outcome) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Interleaver:
    """Plays runs over the same writing connections."""

    def __init__(
        self, dsn: str, seed: int, make: Callable[..., reader.Reader] = reader.Reader
    ) -> None:
        """`make` makes the readers: another one than the real shows what the harness can see."""
        self.dsn = dsn
        self.seed = seed
        self.make = make
        self.writers: list[Writer] = []
        self.readings = [Reading(dsn) for _ in range(READERS)]

    async def __aenter__(self) -> Interleaver:
        self.admin = await psycopg.AsyncConnection.connect(self.dsn, autocommit=True)
        for _ in range(WRITERS):
            connection = await psycopg.AsyncConnection.connect(self.dsn, autocommit=True)
            self.writers.append(Writer(connection))
        return self

    async def __aexit__(self, *_: object) -> None:
        for reading in self.readings:
            await reading.close()
        for connection in (self.admin, *(writer.connection for writer in self.writers)):
            await connection.close()

    async def play(self, number: int) -> Outcome:
        """Play the run of that number and compare what was read with what was written."""
        run = Run(self, randoms.Random(f"{self.seed}/{number}"))
        return await run.play()


class Run:
    """One run: its own records, its own reader."""

    def __init__(self, interleaver: Interleaver, random: randoms.Random) -> None:
        self.random = random
        self.admin = interleaver.admin
        self.writers = interleaver.writers
        self.id = UUID(int=random.getrandbits(128))
        self.records = [UUID(int=random.getrandbits(128)) for _ in range(RECORDS)]
        self.left = TRANSACTIONS
        self.kills = 0
        self.last_id = 0
        self.seen_by_id: set[int] = set()
        self.readings = interleaver.readings
        self.make = interleaver.make
        for reading in self.readings:
            reading.one = self._reader(random.randint(1, 4))

    def _reader(self, batch: int) -> reader.Reader:
        return self.make(str(self.id), self._see, batch=batch, start="end")

    async def _see(self, connection: Connection, entries: Sequence[Entry]) -> None:
        await connection.execute(
            SEE,
            {
                "run": self.id,
                "changes": [entry.id for entry in entries],
                "records": [entry.record_id for entry in entries],
                "versions": [entry.version for entry in entries],
            },
        )

    async def play(self) -> Outcome:
        await self._begin()
        while self.left or any(writer.is_open for writer in self.writers):
            await self._step()
        await self._end()
        return await self._outcome()

    async def _begin(self) -> None:
        await self._reader(1).run_once(self.admin)
        done = await self.admin.execute("select coalesce(max(id), 0) from kernel.change")
        found = await done.fetchone()
        assert found is not None
        self.last_id = int(found[0])

    async def _step(self) -> None:
        actor = self.random.choice([*self.writers, *self.readings, None])
        if isinstance(actor, Writer):
            await self._write(actor)
        elif actor is None:
            await self._read_by_id()
        elif self.random.random() < KILL_SHARE:
            self.kills += 1
            await actor.kill(self.admin)
        else:
            await actor.step()

    async def _write(self, writer: Writer) -> None:
        if not writer.is_open:
            if self.left:
                self.left -= 1
                writer.is_open = True
                await writer.connection.execute("begin")
                if self.random.random() < 0.5:
                    await writer.connection.execute("select pg_current_xact_id()")
            return
        if self.random.random() < 0.4:
            await self._close(writer)
        elif free := self._free_for(writer):
            record = self.random.choice(free)
            writer.held.add(record)
            statement = COMPUTE if self.random.random() < 0.2 else TOUCH
            await writer.connection.execute(statement, {"run": self.id, "record": record})

    def _free_for(self, writer: Writer) -> list[UUID]:
        others = set[UUID]().union(*(each.held for each in self.writers if each is not writer))
        return [record for record in self.records if record not in others]

    async def _close(self, writer: Writer) -> None:
        await writer.connection.execute("rollback" if self.random.random() < 0.2 else "commit")
        writer.is_open = False
        writer.held.clear()

    async def _read_by_id(self) -> None:
        """What the wrong reader does: everything beyond the highest id that it has seen."""
        done = await self.admin.execute(
            "select id from kernel.change where id > %s order by id", [self.last_id]
        )
        ids = [int(row[0]) for row in await done.fetchall()]
        self.seen_by_id.update(ids)
        self.last_id = max([self.last_id, *ids])

    async def _end(self) -> None:
        for reading in self.readings:
            await reading.finish()
        while await self._reader(100).run_once(self.admin):
            pass
        await self._read_by_id()

    async def _outcome(self) -> Outcome:
        done = await self.admin.execute(
            "select id, record_id, version from kernel.change where operation = %s"
            " order by generation, xid, id",
            [self.id],
        )
        written = await done.fetchall()
        done = await self.admin.execute(
            "select change_id, record_id, version from data.probe_seen where run = %s"
            " order by place",
            [self.id],
        )
        seen = await done.fetchall()
        times = Counter(row[0] for row in seen)
        ids = {row[0] for row in written}
        return Outcome(
            runs=1,
            entries=len(ids),
            missed=len(ids - times.keys()),
            repeated=sum(times.values()) - len(times) + len(times.keys() - ids),
            disordered=inversions(seen),
            kills=self.kills,
            inversions=inversions(written),
            missed_by_id=len(ids - self.seen_by_id),
        )


async def has_row(connection: psycopg.AsyncConnection[Any], statement: str, value: int) -> bool:
    done = await connection.execute(statement.encode(), [value])
    return done.rowcount > 0


def inversions(rows: Sequence[tuple[int, UUID, int]]) -> int:
    """How often an entry comes after a later one (by version, then id) of the same record."""
    by_record: dict[UUID, list[tuple[int, int]]] = {}
    for change, record, version in rows:
        by_record.setdefault(record, []).append((version, change))
    return sum(
        earlier > later
        for steps in by_record.values()
        for earlier, later in itertools.pairwise(steps)
    )
