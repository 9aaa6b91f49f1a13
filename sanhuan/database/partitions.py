"""Keeps the partitions of tables that are partitioned by time: made ahead, dropped when too old.

A migration that makes such a table adds a row to kernel.partitioned; nothing else is needed.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from psycopg import rows

from sanhuan import clock as clocks
from sanhuan.database import jobs, pool, queries

DAILY_CRON = "7 0 * * *"

Grain = Literal["day", "month"]


class Partitioned(NamedTuple):
    """A table that is partitioned by time. `keep` None keeps every partition."""

    parent: str
    grain: Grain
    ahead: int
    keep: int | None


class Done(NamedTuple):
    """What `keep_up` did: names like `kernel.idempotency 2026-11-24`."""

    made: list[str]
    dropped: list[str]


def days(grain: Grain, today: date, count: int) -> Iterator[date]:
    """The first days of this grain and of the `count` after it."""
    first = today if grain == "day" else today.replace(day=1)
    for _ in range(count + 1):
        yield first
        first = next_first(grain, first)


def next_first(grain: Grain, first: date) -> date:
    """The first day of the grain after the one that begins on `first`."""
    if grain == "day":
        return first + timedelta(days=1)
    return (first + timedelta(days=31)).replace(day=1)


def first_day(parent: str, partition: str) -> date | None:
    """The first day of a partition, from its name; None for one that is not named by time."""
    stem, _, digits = partition.rpartition("_")
    if stem != parent.partition(".")[2] or not digits.isdigit():
        return None
    for length, form in ((8, "%Y%m%d"), (6, "%Y%m")):
        if len(digits) == length:
            return datetime.strptime(digits, form).date()  # noqa: DTZ007 - only its date is used
    return None


async def keep_up(connection: pool.Connection, now: datetime) -> Done:
    """Make the partitions of the time ahead and drop what is too old. Safe to repeat."""
    done = Done(made=[], dropped=[])
    for table in await registered(connection):
        for day in days(table.grain, now.date(), table.ahead):
            if await ask(connection, "make", table.parent, day):
                done.made.append(f"{table.parent} {day}")
        for day in await first_days(connection, table.parent):
            if await ask(connection, "drop", table.parent, day):
                done.dropped.append(f"{table.parent} {day}")
    return done


async def registered(connection: pool.Connection) -> list[Partitioned]:
    """The tables to keep up."""
    statements = queries.load("sanhuan.database", "partitions.sql")
    async with connection.cursor(row_factory=rows.class_row(Partitioned)) as cursor:
        await cursor.execute(statements["registered"])
        return await cursor.fetchall()


async def first_days(connection: pool.Connection, parent: str) -> list[date]:
    """The first days of the partitions that a table has."""
    statements = queries.load("sanhuan.database", "partitions.sql")
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements["partitions"], {"parent": parent})
        found = [first_day(parent, name) for name in await cursor.fetchall()]
    return [day for day in found if day is not None]


async def ask(
    connection: pool.Connection, what: Literal["make", "drop"], parent: str, day: date
) -> bool:
    """Ask the database to make or drop one partition; whether it did."""
    statements = queries.load("sanhuan.database", "partitions.sql")
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements[what], {"parent": parent, "day": day})
        return bool(await cursor.fetchone())


async def lagging(connection: pool.Connection, at: datetime) -> list[str]:
    """The partitioned tables of the kernel that have no partition for an instant yet."""
    statements = queries.load("sanhuan.database", "partitions.sql")
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements["lagging"], {"at": at})
        return await cursor.fetchall()


def task(connections: pool.Pool, clock: clocks.Clock) -> jobs.Task:
    """The periodic task that keeps up once a day."""

    async def run() -> None:
        async with connections.connection() as connection:
            await keep_up(connection, clock.now())

    return jobs.Task(name="partitions.keep_up", run=run, cron=DAILY_CRON)
