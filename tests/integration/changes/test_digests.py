"""The chain of digests: whoever alters the log afterwards is found out."""

import random
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from sanhuan.changes import digests
from sanhuan.database.pool import Connection
from tests import databases
from tests.integration.changes import log

ACTOR = UUID(int=1)


async def chain_up(connection: Connection) -> None:
    reader = digests.reader()
    while await reader.run_once(connection):
        pass


async def write_some(connection: Connection, count: int = 6) -> list[int]:
    ids = [
        await log.write(connection, uuid4(), 1, after={"名称": "华为", "f": number, "a": None})
        for number in range(count)
    ]
    await chain_up(connection)
    return ids


def as_owner(database: databases.TestDatabase, statement: str, *values: object) -> None:
    """What only someone with the highest rights can do."""
    with psycopg.connect(database.owner_dsn) as owner:
        assert owner.execute(statement.encode(), values).rowcount > 0


async def test_untouched_log_holds(connection: Connection) -> None:
    await write_some(connection)
    report = await digests.verify_chain(connection, page=4)
    assert report == digests.Report(links=6, erased=0, dropped=0, unchained=0, bad=None)


async def test_entries_not_chained_yet_are_counted(connection: Connection) -> None:
    await write_some(connection)
    await log.write(connection, uuid4(), 1)
    assert (await digests.verify_chain(connection)).unchained == 1


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("update kernel.change set after = '{\"f\": 9}' where id = %s", "altered"),
        ("update kernel.change set before = '{}' where id = %s", "altered"),
        ("update kernel.change set after = null where id = %s", "emptied"),
        ("update kernel.change set actor = gen_random_uuid() where id = %s", "broken"),
        ("update kernel.change set version = 2 where id = %s", "broken"),
        ("update kernel.change set occurred_at = now() where id = %s", "broken"),
        ("update kernel.change set at = at + interval '1 us' where id = %s", "missing"),
        ("delete from kernel.change where id = %s", "missing"),
        ("update kernel.change_digest set digest = sha256('') where change_id = %s", "broken"),
        ("update kernel.change_digest set payload = sha256('') where change_id = %s", "altered"),
    ],
)
async def test_first_bad_place_is_reported(
    database: databases.TestDatabase, connection: Connection, statement: str, fault: str
) -> None:
    """F34: as superuser, the chain check reports the first bad row."""
    ids = await write_some(connection)
    as_owner(database, statement, ids[3])
    bad = (await digests.verify_chain(connection)).bad
    assert bad == digests.Bad(place=4, change_id=ids[3], fault=fault)  # type: ignore[arg-type]  # one of them


async def test_link_that_was_taken_out_is_missed(
    database: databases.TestDatabase, connection: Connection
) -> None:
    ids = await write_some(connection)
    as_owner(database, "delete from kernel.change_digest where change_id = %s", ids[2])
    bad = (await digests.verify_chain(connection)).bad
    assert bad == digests.Bad(place=4, change_id=ids[3], fault="gap")


async def test_erased_entries_leave_the_chain_whole(
    database: databases.TestDatabase, connection: Connection
) -> None:
    """Erasing a person blanks what entries say and keeps their digests."""
    ids = await write_some(connection)
    async with await psycopg.AsyncConnection.connect(database.owner_dsn) as owner:
        assert await digests.erase(owner, ids[1:3], actor=ACTOR, reason="PIPL 47") == 2
    done = await connection.execute(
        "select count(*) from kernel.change where before is null and after is null"
    )
    assert await done.fetchone() == (2,)
    report = await digests.verify_chain(connection)
    assert (report.bad, report.erased) == (None, 2)


async def test_erased_entry_that_says_something_again_is_bad(
    database: databases.TestDatabase, connection: Connection
) -> None:
    ids = await write_some(connection)
    async with await psycopg.AsyncConnection.connect(database.owner_dsn) as owner:
        await digests.erase(owner, ids[1:2], actor=ACTOR, reason="PIPL 47")
    as_owner(database, "update kernel.change set after = '{}' where id = %s", ids[1])
    bad = (await digests.verify_chain(connection)).bad
    assert bad == digests.Bad(place=2, change_id=ids[1], fault="altered")


async def test_chain_holds_after_an_old_partition_was_dropped(
    database: databases.TestDatabase, connection: Connection
) -> None:
    """F33: partition drop, the chain still verifies."""
    for _ in range(2):
        await log.write(connection, uuid4(), 1)
    as_owner(database, "update kernel.change set at = '2020-01-05'")
    await write_some(connection)
    assert (await digests.verify_chain(connection)).bad is None
    as_owner(database, "delete from kernel.change where at < '2021-01-01'")
    report = await digests.verify_chain(connection)
    assert (report.bad, report.dropped) == (None, 2)


async def test_application_may_not_alter_the_chain(connection: Connection) -> None:
    """F34, for the chain itself."""
    await write_some(connection)
    for statement in (
        "update kernel.change_digest set payload = digest",
        "delete from kernel.change_digest",
        "insert into kernel.change_erasure values (1, now(), now(), gen_random_uuid(), 'x')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement.encode())


async def test_random_tampers_are_all_found(
    database: databases.TestDatabase, connection: Connection
) -> None:
    """G24: each alteration of a random column of a random entry is found, at that entry."""
    ids = await write_some(connection, 30)
    randoms = random.Random(24)
    columns = [
        "operation = gen_random_uuid()", "on_behalf_of = gen_random_uuid()", "via = 'ui'",
        "cause = gen_random_uuid()", "root = gen_random_uuid()", "depth = 9",
        "object_id = 'other'", "record_id = gen_random_uuid()", "kind = 'purge'",
        "trace = '[1]'", "owner_after = gen_random_uuid()", "department_before = actor",
        "catalog_version = 99", "generation = 7", "xid = '1'",
    ]  # fmt: skip
    with psycopg.connect(database.owner_dsn) as owner:
        for column in columns:
            number = randoms.randrange(len(ids))
            async with await psycopg.AsyncConnection.connect(database.owner_dsn) as tampering:
                alter = sql.SQL("update kernel.change set {} where id = {}")
                await tampering.execute(alter.format(sql.SQL(column), ids[number]))
                bad = (await digests.verify_chain(tampering)).bad
                await tampering.rollback()
            assert bad is not None, column
            assert bad.place == number + 1, column
        assert owner.execute("select count(*) from kernel.change").fetchone() == (30,)
    assert (await digests.verify_chain(connection)).bad is None
