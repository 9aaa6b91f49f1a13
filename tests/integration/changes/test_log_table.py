"""The table of the log: append-only for the application, a partition per month."""

import datetime
from uuid import uuid4

import psycopg
import pytest

from sanhuan.database import partitions
from sanhuan.database.pool import Connection
from tests import databases
from tests.integration.changes import log

MONTHS_AHEAD = 2


@pytest.mark.parametrize(
    "statement",
    [
        "update kernel.change set after = null",
        "delete from kernel.change",
        "truncate kernel.change",
        "update kernel.change_default set after = null",
        "delete from kernel.change_default",
        "update kernel.log_generation set generation = 9",
        "delete from kernel.refusal",
    ],
)
async def test_application_may_not_alter_the_log(connection: Connection, statement: str) -> None:
    """F34: no right to update or delete, by the table or by a part of it."""
    await log.write(connection, uuid4(), 1)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await connection.execute(statement.encode())


async def test_no_partition_of_the_log_is_open_to_the_application(
    connection: Connection,
) -> None:
    """F34: the parts that were made ahead, too."""
    done = await connection.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        " where i.inhparent = 'kernel.change'::regclass and ("
        "  has_table_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete')"
        "  or has_table_privilege(c.oid, 'truncate'))"
    )
    assert await done.fetchall() == []


async def test_months_ahead_are_there_from_the_first_day(connection: Connection) -> None:
    now = datetime.datetime.now(datetime.UTC)
    for days in (0, 31):
        assert "kernel.change" not in await partitions.lagging(
            connection, now + datetime.timedelta(days=days)
        )
    assert (await partitions.keep_up(connection, now)).made == []


async def test_month_that_was_not_made_in_time_is_made_with_its_entries(
    database: databases.TestDatabase, connection: Connection
) -> None:
    """Entries wait in the default partition; nothing refuses a write."""
    then = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
    change = await log.write(connection, uuid4(), 1)
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute("update kernel.change set at = %s where id = %s", [then, change])
        place = "select tableoid::regclass::text from kernel.change where id = %s"
        assert owner.execute(place, [change]).fetchone() == ("kernel.change_default",)
        assert await partitions.ask(connection, "make", "kernel.change", then.date())
        assert owner.execute(place, [change]).fetchone() == ("kernel.change_203105",)
