"""Partitions are made ahead of time and dropped when nothing so old is kept."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from sanhuan.database import partitions, pool
from tests import databases

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
async def connection(database: databases.TestDatabase) -> AsyncIterator[pool.Connection]:
    """A connection of the application, with two partitioned tables to keep up."""
    with psycopg.connect(database.owner_dsn) as owner:
        owner.execute("delete from kernel.partitioned")
        for table in ("monthly", "daily"):
            owner.execute(
                f"create table kernel.{table} (at timestamptz not null)"
                " partition by range (at)".encode()
            )
        owner.execute(
            "insert into kernel.partitioned (parent, grain, ahead, keep)"
            " values ('kernel.monthly', 'month', 2, null), ('kernel.daily', 'day', 1, 1)"
        )
    connections = pool.create(database.app_dsn, pool.WORKER)
    async with connections, connections.connection() as opened:
        yield opened


async def test_time_ahead_is_made(connection: pool.Connection) -> None:
    done = await partitions.keep_up(connection, NOW)

    assert done.made == [
        "kernel.daily 2026-11-24",
        "kernel.daily 2026-11-25",
        "kernel.monthly 2026-11-01",
        "kernel.monthly 2026-12-01",
        "kernel.monthly 2027-01-01",
    ]


async def test_second_run_does_nothing(connection: pool.Connection) -> None:
    await partitions.keep_up(connection, NOW)

    assert await partitions.keep_up(connection, NOW) == partitions.Done([], [])


async def test_row_of_the_last_instant_of_a_month_in_utc_finds_its_partition(
    connection: pool.Connection,
) -> None:
    await partitions.keep_up(connection, NOW)

    last = datetime(2026, 11, 30, 23, 59, 59, 999999, tzinfo=UTC)
    await connection.execute("insert into kernel.monthly values (%s)", [last])

    cursor = await connection.execute("select tableoid::regclass::text from kernel.monthly")
    assert await cursor.fetchone() == ("monthly_202611",)


async def test_what_is_too_old_is_dropped_and_the_rest_kept(
    connection: pool.Connection,
) -> None:
    today = datetime.now(UTC).date()
    for age in (3, 2, 1, 0):
        await partitions.ask(connection, "make", "kernel.daily", today - timedelta(days=age))

    done = await partitions.keep_up(connection, datetime.now(UTC))

    assert done.dropped == [f"kernel.daily {today - timedelta(days=age)}" for age in (3, 2)]


async def test_tables_without_a_partition_for_an_instant_are_found(
    connection: pool.Connection,
) -> None:
    await partitions.keep_up(connection, NOW)

    found = await partitions.lagging(connection, NOW + timedelta(days=20))

    assert "kernel.daily" in found
    assert "kernel.monthly" not in found


async def test_table_that_is_not_registered_is_refused(connection: pool.Connection) -> None:
    with pytest.raises(psycopg.errors.RaiseException):
        await partitions.ask(connection, "make", "kernel.migration", NOW.date())


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("change_202611", date(2026, 11, 1)),
        ("change_20261124", date(2026, 11, 24)),
        ("change_default", None),
        ("other_202611", None),
        ("change_2026", None),
    ],
)
def test_first_day_is_read_from_a_partitions_name(name: str, day: date | None) -> None:
    assert partitions.first_day("kernel.change", name) == day


def test_months_go_over_the_end_of_the_year() -> None:
    assert list(partitions.days("month", date(2026, 12, 31), 2)) == [
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]
