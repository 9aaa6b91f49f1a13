"""A reader gives each entry once, in order, below the horizon."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import psycopg
import pytest

from sanhuan.changes import incidents, lag, reader
from sanhuan.changes.entries import Entry
from sanhuan.database.pool import Connection
from tests.integration.changes import log
from tests.integration.changes.conftest import Connect


class Collector:
    """Remembers what it was given, and fails for the records in `poison`."""

    def __init__(self) -> None:
        self.batches: list[list[Entry]] = []
        self.poison: set[UUID] = set()

    async def __call__(self, connection: Connection, entries: Sequence[Entry]) -> None:
        if self.poison & {entry.record_id for entry in entries}:
            raise ValueError("can't digest this")
        self.batches.append(list(entries))

    @property
    def entries(self) -> list[Entry]:
        return [entry for batch in self.batches for entry in batch]

    @property
    def ids(self) -> list[int]:
        return [entry.id for entry in self.entries]

    def versions(self, record: UUID) -> list[int]:
        return [entry.version for entry in self.entries if entry.record_id == record]


@pytest.fixture
def seen() -> Collector:
    return Collector()


async def read_up(one: reader.Reader, connection: Connection) -> int:
    total = 0
    while handled := await one.run_once(connection):
        total += handled
    return total


async def test_entries_come_once_in_batches(connection: Connection, seen: Collector) -> None:
    ids = [await log.write(connection, uuid4(), 1, after={"a": 1}) for _ in range(5)]
    one = reader.Reader("test", seen, batch=2)
    assert await read_up(one, connection) == 5
    assert await read_up(one, connection) == 0
    assert seen.ids == ids
    assert [len(batch) for batch in seen.batches] == [2, 2, 1]
    assert seen.entries[0].after == {"a": 1}


async def test_slow_transaction_is_seen_once_when_it_commits_last(
    connect: Connect, seen: Collector
) -> None:
    """F31: T1 has the lower id and commits after T2, while the reader polls between."""
    slow, fast, reading = await connect(), await connect(), await connect()
    one = reader.Reader("test", seen)
    async with slow.transaction():
        first = await log.write(slow, uuid4(), 1)
        second = await log.write(fast, uuid4(), 1)
        assert await one.run_once(reading) == 0
    assert await read_up(one, reading) == 2
    assert seen.ids == [first, second]


async def test_later_version_with_lower_transaction_id_comes_later(
    connect: Connect, seen: Collector
) -> None:
    """F31: one record's entries by version, though the log's order says otherwise."""
    early, late, reading = await connect(), await connect(), await connect()
    record = uuid4()
    async with early.transaction():
        await early.execute("select pg_current_xact_id()")
        await log.write(late, record, 1)
        await log.write(early, record, 2)
    await read_up(reader.Reader("test", seen), reading)
    assert seen.versions(record) == [1, 2]


async def test_earlier_version_beyond_the_horizon_is_taken_along(
    connect: Connect, seen: Collector
) -> None:
    early, late, open_one, reading = [await connect() for _ in range(4)]
    record, other = uuid4(), uuid4()
    one = reader.Reader("test", seen)
    async with open_one.transaction():
        async with early.transaction():
            await early.execute("select pg_current_xact_id()")
            await log.write(open_one, other, 1)
            for version in (1, 2, 3):
                await log.write(late, record, version)
            await log.write(early, record, 4)
        assert await read_up(one, reading) == 4
        assert seen.versions(record) == [1, 2, 3, 4]
    assert await read_up(one, reading) == 1
    assert seen.entries[-1].record_id == other


async def test_earlier_version_beyond_the_batch_is_taken_along(
    connect: Connect, seen: Collector
) -> None:
    early, late, reading = [await connect() for _ in range(3)]
    record = uuid4()
    async with early.transaction():
        await early.execute("select pg_current_xact_id()")
        for version in (1, 2, 3):
            await log.write(late, record, version)
        await log.write(early, record, 4)
    assert await read_up(reader.Reader("test", seen, batch=1), reading) == 4
    assert seen.versions(record) == [1, 2, 3, 4]


async def test_rolled_back_changes_are_never_seen(connect: Connect, seen: Collector) -> None:
    writing, reading = await connect(), await connect()
    async with writing.transaction(force_rollback=True):
        await log.write(writing, uuid4(), 1)
    await log.write(writing, uuid4(), 1)
    assert await read_up(reader.Reader("test", seen), reading) == 1


async def test_second_runner_of_a_name_has_nothing_to_do(connect: Connect, seen: Collector) -> None:
    first, second = await connect(), await connect()
    await log.write(first, uuid4(), 1)
    one = reader.Reader("test", seen)
    other_saw: list[int] = []

    async def meanwhile(connection: Connection, entries: Sequence[Entry]) -> None:
        other_saw.append(await one.run_once(second))

    assert await reader.Reader("test", meanwhile).run_once(first) == 1
    assert other_saw == [0]
    assert seen.entries == []


async def test_crash_of_the_work_moves_nothing(connect: Connect, seen: Collector) -> None:
    connection, spare = await connect(), await connect()
    await log.write(connection, uuid4(), 1)

    async def crash(connection: Connection, entries: Sequence[Entry]) -> None:
        await connection.close()

    with pytest.raises(psycopg.OperationalError):
        await reader.Reader("test", crash).run_once(connection)
    assert await read_up(reader.Reader("test", seen), spare) == 1


async def test_new_reader_may_start_at_the_end(connection: Connection, seen: Collector) -> None:
    await log.write(connection, uuid4(), 1)
    one = reader.Reader("test", seen, start="end")
    assert await one.run_once(connection) == 0
    wanted = await log.write(connection, uuid4(), 1)
    await read_up(one, connection)
    assert seen.ids == [wanted]


async def test_reader_of_some_objects_passes_over_the_others(
    connection: Connection, seen: Collector
) -> None:
    for _ in range(5):
        await log.write(connection, uuid4(), 1, object_id="account")
    wanted = await log.write(connection, uuid4(), 1, object_id="lead")
    one = reader.Reader("test", seen, objects=["lead"], batch=2)
    assert await read_up(one, connection) == 1
    assert seen.ids == [wanted]


async def test_entry_that_fails_is_set_aside_and_the_rest_goes_on(
    connection: Connection, seen: Collector
) -> None:
    records = [uuid4() for _ in range(9)]
    ids = [await log.write(connection, record, 1) for record in records]
    seen.poison = {records[4]}
    one = reader.Reader("test", seen)
    assert await read_up(one, connection) == 9
    assert seen.ids == ids[:4] + ids[5:]
    (incident,) = await incidents.unsettled(connection)
    assert (incident.change_id, incident.error) == (ids[4], "ValueError: can't digest this")


async def test_entry_set_aside_can_be_tried_again(connection: Connection, seen: Collector) -> None:
    record = uuid4()
    seen.poison = {record}
    await log.write(connection, record, 1)
    one = reader.Reader("test", seen)
    await read_up(one, connection)
    (incident,) = await incidents.unsettled(connection, "test")
    with pytest.raises(ValueError, match="digest"):
        await one.retry(connection, incident.id)
    seen.poison = set()
    assert await one.retry(connection, incident.id)
    assert not await one.retry(connection, incident.id)
    assert await incidents.unsettled(connection) == []
    assert seen.versions(record) == [1]


async def test_reader_that_fails_at_everything_stops(
    connection: Connection, seen: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_INCIDENTS", 3)
    records = [uuid4() for _ in range(5)]
    for record in records:
        await log.write(connection, record, 1)
    seen.poison = set(records)
    one = reader.Reader("test", seen, batch=3)
    assert await one.run_once(connection) == 3
    with pytest.raises(reader.ReaderStopped):
        await one.run_once(connection)


async def test_fault_of_the_database_sets_nothing_aside(
    connection: Connection, seen: Collector
) -> None:
    await log.write(connection, uuid4(), 1)

    async def too_slow(connection: Connection, entries: Sequence[Entry]) -> None:
        await connection.execute("set local statement_timeout = 1")
        await connection.execute("select pg_sleep(1)")

    with pytest.raises(psycopg.errors.QueryCanceled):
        await reader.Reader("test", too_slow).run_once(connection)
    assert await incidents.unsettled(connection) == []
    assert await read_up(reader.Reader("test", seen), connection) == 1


async def test_lag_counts_what_waits_for_a_reader(connect: Connect, seen: Collector) -> None:
    connection, slow = await connect(), await connect()
    await read_up(reader.Reader("test", seen, objects=["lead"]), connection)
    await log.write(connection, uuid4(), 1, object_id="account")
    async with slow.transaction():
        await log.write(slow, uuid4(), 1)
        await log.write(connection, uuid4(), 1)
        (figures,) = await lag.of_readers(connection)
        held_by = await lag.holder(connection, longer_than_s=0)
    assert (figures.name, figures.waiting, figures.incidents) == ("test", 1, 0)
    assert figures.seconds > 0
    assert held_by is not None
    assert held_by.pid == slow.info.backend_pid


async def test_reader_does_not_run_inside_a_transaction(
    connection: Connection, seen: Collector
) -> None:
    async with connection.transaction():
        with pytest.raises(RuntimeError, match="transactions of its own"):
            await reader.Reader("test", seen).run_once(connection)
