"""Jobs: added with the transaction that wants them, run at least once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import procrastinate
import psycopg
import pytest

from sanhuan.database import jobs, pool
from tests import databases


class Recorder:
    """A task that notes what it was called with, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.calls: list[dict[str, object]] = []
        self.failures = failures

    async def __call__(self, **args: object) -> None:
        self.calls.append(args)
        if len(self.calls) <= self.failures:
            raise RuntimeError("not yet")


@pytest.fixture
async def connections(database: databases.TestDatabase) -> AsyncIterator[pool.Pool]:
    """An open pool of the application."""
    async with pool.create(database.app_dsn, pool.WORKER) as opened:
        yield opened


async def defer(connections: pool.Pool, *added: jobs.Job) -> list[int]:
    """Add jobs in a transaction of their own."""
    async with connections.connection() as connection, connection.transaction():
        return await jobs.defer(connection, added)


async def run_all(database: databases.TestDatabase, *tasks: jobs.Task) -> None:
    """Work until no job is left."""
    async with jobs.opened(database.app_dsn, tasks) as app:
        await jobs.work(app, wait=False)


def states(database: databases.TestDatabase) -> list[tuple[object, ...]]:
    """Task and state of every job that is kept."""
    with psycopg.connect(database.app_dsn) as connection:
        return connection.execute(
            "select task_name, status::text from jobs.procrastinate_jobs order by id"
        ).fetchall()


async def test_job_runs_with_its_arguments(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    record = Recorder()
    await defer(connections, jobs.Job(task="note", args={"客户": "华为", "ids": [1, 2]}))

    await run_all(database, jobs.Task(name="note", run=record))

    assert record.calls == [{"客户": "华为", "ids": [1, 2]}]
    assert states(database) == []


async def test_job_disappears_with_the_transaction_that_added_it(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    async with connections.connection() as connection, connection.transaction(force_rollback=True):
        await jobs.defer(connection, [jobs.Job(task="note")])

    assert states(database) == []


async def test_ids_come_in_the_order_of_the_jobs(connections: pool.Pool) -> None:
    ids = await defer(connections, *(jobs.Job(task="note") for _ in range(500)))

    assert ids == sorted(ids)
    assert len(ids) == 500


async def test_no_jobs_are_no_error(connections: pool.Pool) -> None:
    assert await defer(connections) == []


async def test_job_that_waits_already_is_not_added_again(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    once = jobs.Job(task="note", waiting_once="recompute account")

    first = await defer(connections, once, once, jobs.Job(task="note"))
    second = await defer(connections, once)

    assert (len(first), second) == (2, [])


async def test_job_may_be_added_again_once_it_ran(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    record = Recorder()
    for _ in range(2):
        await defer(connections, jobs.Job(task="note", waiting_once="x"))
        await run_all(database, jobs.Task(name="note", run=record))

    assert len(record.calls) == 2


async def test_job_for_later_waits(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    record = Recorder()
    later = datetime.now(UTC) + timedelta(days=1)
    await defer(connections, jobs.Job(task="note", run_at=later))

    await run_all(database, jobs.Task(name="note", run=record))

    assert record.calls == []
    assert states(database) == [("note", "todo")]


async def test_failed_job_is_kept(connections: pool.Pool, database: databases.TestDatabase) -> None:
    await defer(connections, jobs.Job(task="note"))

    await run_all(database, jobs.Task(name="note", run=Recorder(failures=9)))

    assert states(database) == [("note", "failed")]


async def test_failing_job_is_tried_again_when_its_task_says_so(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    record = Recorder(failures=2)
    at_once = procrastinate.RetryStrategy(max_attempts=5)
    await defer(connections, jobs.Job(task="note"))

    for _ in range(3):
        await run_all(database, jobs.Task(name="note", run=record, retry=at_once))
        let_time_pass(database)

    assert len(record.calls) == 3
    assert states(database) == []


def let_time_pass(database: databases.TestDatabase) -> None:
    """Make every waiting job due."""
    with psycopg.connect(database.app_dsn) as connection:
        connection.execute(
            "update jobs.procrastinate_jobs set scheduled_at = null where status = 'todo'"
        )


async def test_job_of_a_killed_worker_runs_again(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    await defer(connections, jobs.Job(task="note"))
    take_as_a_worker_that_dies(database)

    async with connections.connection() as connection:
        rescued = await jobs.rescue(connection)
        again = await jobs.rescue(connection)
    record = Recorder()
    await run_all(database, jobs.Task(name="note", run=record))

    assert (len(rescued), again, record.calls) == (1, [], [{}])


async def test_job_of_a_living_worker_is_left_to_it(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    await defer(connections, jobs.Job(task="note"))
    take_as_a_worker_that_dies(database, silent_s=5)

    async with connections.connection() as connection:
        assert await jobs.rescue(connection) == []


async def test_job_of_a_killed_worker_gives_way_to_one_that_waits_in_its_place(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    once = jobs.Job(task="note", waiting_once="x")
    await defer(connections, once)
    take_as_a_worker_that_dies(database)
    await defer(connections, once)

    async with connections.connection() as connection:
        await jobs.rescue(connection)

    assert states(database) == [("note", "cancelled"), ("note", "todo")]


def take_as_a_worker_that_dies(database: databases.TestDatabase, *, silent_s: int = 600) -> None:
    """Take all jobs as a worker that was last heard of so many seconds ago."""
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute(
            "with worker as ("
            " insert into jobs.procrastinate_workers (last_heartbeat)"
            " values (now() - %s * interval '1 s') returning id)"
            " update jobs.procrastinate_jobs set status = 'doing', worker_id = worker.id"
            " from worker where status = 'todo'",
            [silent_s],
        )


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55])
async def test_worker_stops_at_whatever_moment_it_is_told(
    database: databases.TestDatabase, turns: int
) -> None:
    stopping = asyncio.Event()
    async with jobs.opened(database.app_dsn, []) as app, asyncio.timeout(30):
        working = asyncio.ensure_future(jobs.work(app, stopping=stopping))
        for _ in range(turns):
            await asyncio.sleep(0)  # one turn of the event loop
        stopping.set()
        await working


def test_periodic_task_is_registered_under_its_name() -> None:
    app = jobs.create_app([jobs.Task(name="tick", run=Recorder(), cron="* * * * *")])

    assert [key[0] for key in app.periodic_registry.periodic_tasks] == ["tick"]


def test_two_tasks_of_one_name_are_refused() -> None:
    task = jobs.Task(name="note", run=Recorder())

    with pytest.raises(ValueError, match="note"):
        jobs.create_app([task, task])
