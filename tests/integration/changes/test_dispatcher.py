"""One loop runs all readers of a worker."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest

from sanhuan.changes import dispatcher, lag, reader
from sanhuan.changes.entries import Entry
from sanhuan.database import pool
from sanhuan.database.pool import Connection
from tests import databases
from tests.integration.changes import log


class Waiter:
    """Counts entries, and says when there were as many as wished for."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.change = asyncio.Condition()

    async def __call__(self, connection: Connection, entries: Sequence[Entry]) -> None:
        async with self.change:
            self.ids += [entry.id for entry in entries]
            self.change.notify_all()

    async def reaches(self, count: int) -> None:
        async with asyncio.timeout(10), self.change:
            await self.change.wait_for(lambda: len(self.ids) >= count)


class Broken(reader.Reader):
    """Fails as a whole, whatever it reads."""

    async def run_once(self, connection: Connection) -> int:
        raise ConnectionAbortedError


@pytest.fixture
async def opened(database: databases.TestDatabase) -> AsyncIterator[pool.Pool]:
    async with pool.create(database.app_dsn, pool.WORKER, most=6) as made:
        yield made


def made(opened: pool.Pool, *readers: reader.Reader) -> dispatcher.Dispatcher:
    return dispatcher.Dispatcher(opened, readers, random=random.Random(1))


async def end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, timeout=5)


async def test_every_reader_reads_up(opened: pool.Pool, connection: Connection) -> None:
    first, second = Waiter(), Waiter()
    both = made(opened, reader.Reader("a", first, batch=2), reader.Reader("b", second))
    written = [await log.write(connection, uuid4(), 1) for _ in range(5)]
    assert await both.run_once() == 10
    assert await both.run_once() == 0
    assert first.ids == second.ids == written


async def test_failing_reader_rests_and_holds_up_no_other(
    opened: pool.Pool, connection: Connection
) -> None:
    works = Waiter()
    both = made(opened, Broken("broken", Waiter()), reader.Reader("works", works))
    await log.write(connection, uuid4(), 1)
    assert await both.run_once() == 1
    assert len(works.ids) == 1


async def test_reason_of_a_standstill_is_kept(opened: pool.Pool, connection: Connection) -> None:
    async def too_slow(connection: Connection, entries: Sequence[Entry]) -> None:
        await connection.execute("set local statement_timeout = 1")
        await connection.execute("select pg_sleep(1)")

    await log.write(connection, uuid4(), 1)
    assert await made(opened, reader.Reader("slow", too_slow)).run_once() == 0
    (figures,) = await lag.of_readers(connection)
    assert figures.failure is not None
    assert figures.failure.startswith("QueryCanceled")
    assert figures.failed_at is not None
    assert await made(opened, reader.Reader("slow", Waiter())).run_once() == 1
    (figures,) = await lag.of_readers(connection)
    assert (figures.failure, figures.failed_at) == (None, None)


async def test_loop_runs_until_it_is_stopped(opened: pool.Pool, connection: Connection) -> None:
    seen = Waiter()
    loop = made(opened, reader.Reader("a", seen))
    running = asyncio.create_task(loop.run())
    for count in (1, 2, 3):
        await log.write(connection, uuid4(), 1)
        loop.wake()
        await seen.reaches(count)
    await end(running)
    assert len(seen.ids) == 3


async def test_loop_survives_that_its_connections_are_cut(
    opened: pool.Pool, connection: Connection
) -> None:
    seen = Waiter()
    running = asyncio.create_task(made(opened, reader.Reader("a", seen)).run())
    await log.write(connection, uuid4(), 1)
    await seen.reaches(1)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    await log.write(connection, uuid4(), 1)
    await seen.reaches(2)
    await end(running)


def test_two_readers_of_one_name_are_refused(database: databases.TestDatabase) -> None:
    readers = [reader.Reader("a", Waiter()), reader.Reader("a", Waiter())]
    closed = pool.create(database.app_dsn, pool.WORKER)
    with pytest.raises(ValueError, match="same name"):
        made(closed, *readers)


def test_rests_grow_up_to_a_limit() -> None:
    rests = [dispatcher.rest_s(failures, random.Random(1)) for failures in (1, 3, 50)]
    assert rests == sorted(rests)
    assert rests[-1] <= dispatcher.LONGEST_REST_S
