"""Background jobs on procrastinate: what can be run, and how a job is added.

A job is added in the transaction that gives rise to it and so appears if and only if that commits.
Bulk work adds one job per 500 ids, never one per record. A job runs at least once: a worker that is
killed in the middle leaves it to another (`rescue`), so what a task does must bear repeating.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
import procrastinate
import structlog
from procrastinate import worker
from psycopg import rows

from sanhuan.database import pool, queries

DEFAULT_QUEUE = "default"
POLL_S = 0.5
SILENT_FOR = timedelta(seconds=60)  # a worker says every 10 s that it lives
RESCUE_CRON = "* * * * *"
STOP_TIMEOUT_S = 20.0

log = structlog.get_logger(__name__)

Retry: TypeAlias = procrastinate.BaseRetryStrategy
# Tasks take keyword arguments of JSON values; a periodic one takes none.
Run: TypeAlias = Callable[..., Awaitable[object]]


def again(*, tries: int = 5, first_wait_s: int = 5) -> Retry:
    """Try a failing job up to `tries` times in all, waiting longer each time."""
    return procrastinate.RetryStrategy(max_attempts=tries, wait=first_wait_s, exponential_wait=5)


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something that a worker can do.

    `name` is stable: jobs that wait are found by it after an upgrade. `cron` (five fields, or six
    with seconds, in UTC) makes it periodic; None runs it only when a job is added. `retry` None
    means that a job that fails has failed.
    """

    name: str
    run: Run
    queue: str = DEFAULT_QUEUE
    retry: Retry | None = None
    cron: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job to add.

    `args` are the task's keyword arguments, JSON values only. Of two jobs with the same `lock` one
    runs after the other. While a job with the same `waiting_once` waits, another is not added.
    `run_at` None means at once. A higher `priority` goes first.
    """

    task: str
    args: Mapping[str, object] = field(default_factory=dict)
    queue: str = DEFAULT_QUEUE
    priority: int = 0
    lock: str | None = None
    waiting_once: str | None = None
    run_at: datetime | None = None


async def defer(connection: pool.Connection, jobs: Sequence[Job]) -> list[int]:
    """Add jobs within the transaction of `connection`; the ids of those that were added.

    A job that another one stands for already (`waiting_once`) is left out.
    """
    statements = queries.load("sanhuan.database", "jobs.sql")
    waiting = sorted({job.waiting_once for job in jobs if job.waiting_once is not None})
    if waiting:
        await connection.execute(statements["lock_waiting"], {"waiting": waiting})
    encoded = msgspec.json.encode([asdict(job) for job in first_of_each(jobs)]).decode()
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements["defer"], {"jobs": encoded})
        return await cursor.fetchall()


def first_of_each(jobs: Sequence[Job]) -> list[Job]:
    """The jobs without those that repeat the `waiting_once` of an earlier one."""
    seen: set[str] = set()
    kept = []
    for job in jobs:
        if job.waiting_once is not None and job.waiting_once in seen:
            continue
        if job.waiting_once is not None:
            seen.add(job.waiting_once)
        kept.append(job)
    return kept


@asynccontextmanager
async def opened(conninfo: str, tasks: Sequence[Task]) -> AsyncIterator[procrastinate.App]:
    """The application that a worker runs, on a pool of its own that is closed at the end.

    Raises ValueError when two tasks have one name.
    """
    app = create_app(tasks)
    # Not the driver's own pool: cancelled while that one opens, a worker would never end.
    async with pool.create(conninfo, pool.JOBS) as connections:
        await app.open_async(connections)
        yield app


def create_app(tasks: Sequence[Task]) -> procrastinate.App:
    """An application with exactly these tasks, not yet open.

    Raises ValueError when two tasks have one name.
    """
    names = [task.name for task in tasks]
    if len(set(names)) != len(names):
        raise ValueError(f"two tasks have one name: {sorted(names)}")
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    for task in tasks:
        register(app, task)
    return app


def register(app: procrastinate.App, task: Task) -> None:
    """Tell the application of one task."""
    decorate = app.task(name=task.name, queue=task.queue, retry=task.retry or False)
    run = telling(task)
    if task.cron is None:
        decorate(run)
        return

    async def at_its_time(timestamp: int) -> None:
        await run()

    # A run that is still waiting stands for the next one too.
    app.periodic(cron=task.cron, queueing_lock=task.name)(decorate(at_its_time))


def telling(task: Task) -> Run:
    """The task's function, whose failures are logged without the arguments of the job."""

    async def run(**args: object) -> None:
        try:
            await task.run(**args)
        except Exception:
            log.exception("job_failed", task=task.name)
            raise

    return run


async def work(
    app: procrastinate.App,
    *,
    stopping: asyncio.Event | None = None,
    concurrency: int = 4,
    wait: bool = True,
) -> None:
    """Run jobs until `stopping` is set (None: until cancelled), or with `wait` False until none is
    left.

    When it stops, jobs at work get 20 s to end; what does not is cancelled and rescued later.
    """
    stopping = stopping or asyncio.Event()
    if stopping.is_set():
        return
    runner = worker.Worker(
        app,
        concurrency=concurrency,
        wait=wait,
        fetch_job_polling_interval=POLL_S,
        abort_job_polling_interval=10 * POLL_S,
        shutdown_graceful_timeout=STOP_TIMEOUT_S,
        listen_notify=False,
        delete_jobs="successful",
        install_signal_handlers=False,
    )
    # Told to stop, not cancelled: a cancellation while it registers gets lost in its pool.
    running: asyncio.Future[None] = asyncio.ensure_future(
        runner.run()  # type: ignore[no-untyped-call]  # procrastinate types not all of itself
    )
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait((running, stop), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        runner.stop()  # type: ignore[no-untyped-call]  # as above
        await running


async def rescue(connection: pool.Connection, silent_for: timedelta = SILENT_FOR) -> list[int]:
    """Put jobs back whose worker has not been heard of for so long; the ids of these jobs."""
    statements = queries.load("sanhuan.database", "jobs.sql")
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements["rescue"], {"silent_for": silent_for})
        return await cursor.fetchall()


def rescue_task(connections: pool.Pool) -> Task:
    """The periodic task that runs `rescue` once a minute."""

    async def run() -> None:
        async with connections.connection() as connection:
            await rescue(connection)

    return Task(name="jobs.rescue", run=run, cron=RESCUE_CRON)
