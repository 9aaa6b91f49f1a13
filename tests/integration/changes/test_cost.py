"""What is asked several times a second must not read what is long done."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import psycopg
import pytest

from sanhuan.changes import lag, log, reader
from sanhuan.changes.entries import Entry, Position
from sanhuan.database import queries
from sanhuan.database.pool import Connection
from tests import databases

OLD_ENTRIES = 20_000
FEW_BLOCKS = 60

FILL = """
insert into kernel.change
    (operation, actor, via, object_id, record_id, version, kind, catalog_version)
select gen_random_uuid(), gen_random_uuid(), 'import', 'lead', uuidv7(), 1, 'create', 1
from generate_series(1, %s)
"""


async def nothing(connection: Connection, entries: Sequence[Entry]) -> None:
    """A reader's work that is none."""


async def blocks(connection: Connection, name: str, values: Mapping[str, object]) -> int:
    """How many blocks of 8 kB a statement of ours looks at."""
    statement = queries.load("sanhuan.changes")[name]
    done = await connection.execute(b"explain (analyze, format json) " + statement, values)
    found = await done.fetchone()
    assert found is not None
    plan = found[0] if isinstance(found[0], list) else json.loads(str(found[0]))
    return int(plan[0]["Plan"]["Shared Hit Blocks"]) + int(plan[0]["Plan"]["Shared Read Blocks"])


@pytest.fixture
async def at_the_end(database: databases.TestDatabase, connection: Connection) -> Connection:
    """A connection to a database with an old log, at whose end a reader stands."""
    await connection.execute(FILL, [OLD_ENTRIES])
    async with await psycopg.AsyncConnection.connect(database.owner_dsn, autocommit=True) as owner:
        await owner.execute("analyze kernel.change")
    await reader.Reader("test", nothing, start="end").run_once(connection)
    return connection


async def test_looking_for_news_reads_no_old_entries(at_the_end: Connection) -> None:
    assert await blocks(at_the_end, "waiting", {"names": ["test"]}) < FEW_BLOCKS


async def test_looking_for_the_next_stretch_reads_no_old_entries(at_the_end: Connection) -> None:
    place = asdict(await log.end(at_the_end))
    asked = {**place, "objects": None, "batch": 1_000}
    assert await blocks(at_the_end, "stretch", asked) < FEW_BLOCKS


async def test_lag_reads_no_old_entries(at_the_end: Connection) -> None:
    assert await blocks(at_the_end, "lag", {"limit": lag.MOST_COUNTED}) < FEW_BLOCKS


async def test_one_page_of_a_long_log_reads_a_page(at_the_end: Connection) -> None:
    end = await log.end(at_the_end)
    asked = {
        **asdict(end), "xid": 0, "to_xid": end.xid, "to_id": 0, "objects": None, "limit": 100,
    }  # fmt: skip
    assert await blocks(at_the_end, "entries", asked) < FEW_BLOCKS


async def test_page_after_a_position_goes_on_where_the_last_one_ended(
    at_the_end: Connection,
) -> None:
    """GET /changes: each entry once."""
    position, ids = Position(1, 0, 0), list[int]()
    while True:
        entries, position = await log.after(at_the_end, position, 9_000)
        if not entries:
            break
        ids += [entry.id for entry in entries]
    assert len(ids) == len(set(ids)) == OLD_ENTRIES
