"""The reader that keeps how long records were in which state."""

import datetime
import random
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from sanhuan.catalog.definitions import ObjectDefinition
from sanhuan.catalog.fields import Label, SelectField, TextField
from sanhuan.catalog.runtime import Catalog, compile_catalog
from sanhuan.catalog.store import CatalogStore
from sanhuan.changes import reader, spans
from sanhuan.changes.entries import Entry
from sanhuan.database.pool import Connection
from sanhuan.records import Write
from tests import databases
from tests import kernel as kernels
from tests.integration.changes import log
from tests.integration.changes.conftest import Connect

NOON = datetime.datetime(2026, 3, 2, 4, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
ANNA, BERT = UUID(int=10), UUID(int=11)


def lead(*, tracked: bool = True) -> Catalog:
    """A catalog of one object with one choice field."""
    state = SelectField(
        id="s", name="state", label=Label("状态"), choices=[], tracked=tracked, indexed=True
    )
    title = TextField(id="t", name="title", label=Label("名称"))
    definition = ObjectDefinition(
        id="lead", name="lead", label=Label("线索"), title_field="title", fields=[title, state]
    )
    return compile_catalog(1, [("object", "app", definition)])


class Fixed(CatalogStore):
    """A store that holds a given catalog."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__()
        self._current = catalog

    async def refresh(self, *_: object, **__: object) -> Catalog:
        return self._current


async def read_up(one: reader.Reader, connection: Connection) -> None:
    while await one.run_once(connection):
        pass


async def rows_of(connection: Connection, record: UUID) -> list[tuple[object, ...]]:
    """Value, begin and end in minutes after noon, owner, what ended it."""
    done = await connection.execute(
        "select value, extract(epoch from since - %(noon)s)::int / 60,"
        " extract(epoch from until - %(noon)s)::int / 60, owner_id, ended_by"
        " from kernel.state_span where record_id = %(record)s order by version",
        {"noon": NOON, "record": record},
    )
    return await done.fetchall()


async def write(
    connection: Connection, record: UUID, version: int, minute: int, **more: object
) -> None:
    state = more.pop("state", None)
    await log.write(
        connection,
        record,
        version,
        occurred_at=NOON + minute * MINUTE,
        after={} if state is None else {"s": state},
        owner=more.pop("owner", (ANNA, ANNA)),
        **more,
    )


async def test_spans_follow_the_log(connection: Connection) -> None:
    record = uuid4()
    kept = spans.Spans(Fixed(lead())).reader()
    await write(connection, record, 1, 0, state="new")
    await read_up(kept, connection)
    assert await rows_of(connection, record) == [("new", 0, None, ANNA, None)]
    await write(connection, record, 2, 5, owner=(ANNA, BERT))
    await write(connection, record, 3, 9, state="won", owner=(BERT, BERT))
    await write(connection, record, 4, 12, kind="delete", owner=(BERT, None))
    await write(connection, record, 5, 20, kind="restore", owner=(None, BERT))
    await read_up(kept, connection)
    assert await rows_of(connection, record) == [
        ("new", 0, 5, ANNA, "holder"),
        ("new", 5, 9, BERT, "value"),
        ("won", 9, 12, BERT, "bin"),
        ("won", 20, None, BERT, None),
    ]


async def test_seconds_are_there_once_a_stay_has_ended(connection: Connection) -> None:
    record = uuid4()
    await write(connection, record, 1, 0, state="new")
    await write(connection, record, 2, 5, state="won")
    await read_up(spans.Spans(Fixed(lead())).reader(), connection)
    done = await connection.execute("select seconds from kernel.state_span order by version")
    assert await done.fetchall() == [(300,), (None,)]


async def test_what_is_not_tracked_has_no_spans(connection: Connection) -> None:
    record = uuid4()
    await write(connection, record, 1, 0, state="new")
    await write(connection, record, 1, 0, state="new", object_id="other")
    await read_up(spans.Spans(Fixed(lead(tracked=False))).reader(), connection)
    assert await rows_of(connection, record) == []


@pytest.mark.parametrize("seed", range(5))
async def test_late_repeated_and_shuffled_delivery_ends_in_the_same_spans(
    connect: Connect, seed: int
) -> None:
    """Whatever order entries come in, and however often, the rows are those of the history."""
    connection = await connect()
    randoms = random.Random(seed)
    records = [uuid4() for _ in range(4)]
    for record in records:
        for version in range(1, 8):
            state = randoms.choice(["a", "b", None]) if version > 1 else "a"
            owner = (randoms.choice([ANNA, BERT]), randoms.choice([ANNA, BERT]))
            await write(
                connection, record, version, randoms.randrange(60), state=state, owner=owner
            )
    given: list[Entry] = []

    async def collect(connection: Connection, entries: Sequence[Entry]) -> None:
        given.extend(entries)

    await read_up(reader.Reader("collect", collect), connection)
    await read_up(spans.Spans(Fixed(lead())).reader(), connection)
    in_order = [await rows_of(connection, record) for record in records]
    await connection.execute("delete from kernel.state_span")
    again = spans.Spans(Fixed(lead()))
    deliveries = given + randoms.sample(given, 10)
    randoms.shuffle(deliveries)
    while deliveries:
        size = randoms.randint(1, 5)
        await again.handle(connection, deliveries[:size])
        del deliveries[:size]
    assert [await rows_of(connection, record) for record in records] == in_order


async def test_field_that_becomes_tracked_is_filled_in(connection: Connection) -> None:
    record, binned = uuid4(), uuid4()
    await write(connection, record, 1, 0, state="new")
    await write(connection, record, 2, 5, state="won")
    await write(connection, binned, 1, 1, state="new")
    await write(connection, binned, 2, 2, kind="delete")
    await read_up(spans.Spans(Fixed(lead(tracked=False))).reader(), connection)
    kept = spans.Spans(Fixed(lead()))
    assert await kept.fill(connection) == [("lead", "s")]
    assert await kept.fill(connection) == []
    assert len(await rows_of(connection, record)) == 2
    assert await rows_of(connection, binned) == [("new", 1, 2, ANNA, "bin")]


async def test_field_that_was_tracked_before_is_filled_in_again(connection: Connection) -> None:
    record = uuid4()
    await write(connection, record, 1, 0, state="new")
    kept, dropped = spans.Spans(Fixed(lead())), spans.Spans(Fixed(lead(tracked=False)))
    await kept.fill(connection)
    await dropped.fill(connection)
    await write(connection, record, 2, 5, state="won")
    await read_up(dropped.reader(), connection)
    assert await kept.fill(connection) == [("lead", "s")]


async def test_spans_of_saved_records(database: databases.TestDatabase) -> None:
    """What the save pipeline writes is what the reader reads."""
    async with kernels.started(database) as kernel:
        deal = await kernel.create("deal", name="一号", amount="10")
        kernel.clock.advance(5 * MINUTE)
        await kernel.update("deal", deal, stage="lost")
        kernel.clock.advance(5 * MINUTE)
        await kernel.save("deal", Write("delete", id=deal))
        async with kernel.pool.connection() as connection:
            await read_up(spans.Spans(kernel.records.catalogs).reader(), connection)
            done = await connection.execute(
                "select value, seconds::int, ended_by from kernel.state_span order by version"
            )
            assert await done.fetchall() == [("open", 300, "value"), ("lost", 300, "bin")]
