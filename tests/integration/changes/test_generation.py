"""A log restored into another cluster: its transaction ids start again."""

from collections.abc import Sequence
from uuid import uuid4

import psycopg

from sanhuan.changes import generation, reader
from sanhuan.changes.entries import Entry
from sanhuan.database.pool import Connection
from tests import databases
from tests.integration.changes import log


def restore_elsewhere(database: databases.TestDatabase, xid: str) -> None:
    """Make the log look as if it came from another cluster that was at transaction `xid`."""
    with psycopg.connect(database.owner_dsn) as owner:
        owner.execute("update kernel.log_generation set system_identifier = 1")
        owner.execute("update kernel.change set xid = %s::text::xid8", [xid])


async def test_generation_stays_in_its_cluster(database: databases.TestDatabase) -> None:
    assert generation.ensure(database.owner_dsn) == 1
    assert generation.ensure(database.owner_dsn) == 1


async def test_old_entries_are_read_before_new_ones_though_their_ids_are_higher(
    database: databases.TestDatabase, connection: Connection
) -> None:
    seen: list[int] = []

    async def see(connection: Connection, entries: Sequence[Entry]) -> None:
        seen.extend(entry.id for entry in entries)

    one = reader.Reader("test", see, batch=2)
    written = [await log.write(connection, uuid4(), 1) for _ in range(5)]
    assert await one.run_once(connection) == 2
    restore_elsewhere(database, "900000000")
    with psycopg.connect(database.owner_dsn) as owner:
        owner.execute("update kernel.cursor set xid = '900000000'")
    assert generation.ensure(database.owner_dsn) == 2
    written += [await log.write(connection, uuid4(), 1) for _ in range(3)]
    while await one.run_once(connection):
        pass
    assert seen == written
