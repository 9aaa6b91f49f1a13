"""The live feed: one poller, many listeners, catching up, and telling the slow to load again."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest

from sanhuan.changes import hub
from sanhuan.changes.cursors import Cursors
from sanhuan.database import pool
from sanhuan.database.pool import Connection
from tests import databases
from tests.integration.changes import log
from tests.integration.changes.conftest import Connect

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
DROPS = 1_000 if PROVE else 60
SEED = int(os.environ.get("SANHUAN_SEED", "2"))
CURSORS = Cursors("secret")
EVERYTHING = UUID(int=0)


async def owned(tick: hub.Tick, caller: UUID) -> Sequence[hub.Sight]:
    """Listeners see what they own, and EVERYTHING sees all."""
    return [
        hub.Sight(entry, "change", str(entry.id).encode())
        for entry in tick.entries
        if caller in (entry.owner_after, EVERYTHING)
    ]


@pytest.fixture
async def opened(database: databases.TestDatabase) -> AsyncIterator[pool.Pool]:
    async with pool.create(database.app_dsn, pool.WEB, most=4) as made:
        yield made


@pytest.fixture
def feed(opened: pool.Pool) -> hub.Hub[UUID]:
    return hub.Hub(opened, owned, CURSORS, random=random.Random(1), most_waiting=5, widest_gap=5)


def ids(messages: Sequence[hub.Message]) -> list[int]:
    return [int(message.data) for message in messages]


async def write(connection: Connection, count: int) -> list[int]:
    return [await log.write(connection, uuid4(), 1) for _ in range(count)]


async def next_of(listener: hub.Subscription[UUID]) -> list[hub.Message]:
    return await asyncio.wait_for(anext(listener), timeout=5)


async def end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, timeout=5)


async def test_listener_gets_what_is_written_from_now_on(
    feed: hub.Hub[UUID], connection: Connection
) -> None:
    await write(connection, 1)
    async with feed.subscribe(EVERYTHING) as listener:
        written = await write(connection, 2)
        await feed.poll()
        assert ids(await next_of(listener)) == written
    assert feed.listeners == 0


async def test_listener_gets_only_what_it_may_see(
    feed: hub.Hub[UUID], connection: Connection
) -> None:
    mine, other = uuid4(), uuid4()
    async with feed.subscribe(mine) as listener:
        await log.write(connection, uuid4(), 1, owner=(None, other))
        await feed.poll()
        wanted = await log.write(connection, uuid4(), 1, owner=(None, mine))
        await feed.poll()
        assert ids(await next_of(listener)) == [wanted]


async def test_nothing_is_polled_without_listeners(
    feed: hub.Hub[UUID], connection: Connection
) -> None:
    await write(connection, 1)
    assert await feed.poll() == 0


async def test_entry_of_an_open_transaction_is_waited_for(
    feed: hub.Hub[UUID], connect: Connect
) -> None:
    """F31, for the feed."""
    slow, fast = await connect(), await connect()
    async with feed.subscribe(EVERYTHING) as listener:
        async with slow.transaction():
            first = await log.write(slow, uuid4(), 1)
            second = await log.write(fast, uuid4(), 1)
            assert await feed.poll() == 0
        await feed.poll()
        assert ids(await next_of(listener)) == [first, second]


async def test_returning_listener_goes_on_after_its_cursor(
    feed: hub.Hub[UUID], connection: Connection
) -> None:
    """K02: what happened while the socket was down comes first, then the rest, each once."""
    async with feed.subscribe(EVERYTHING) as listener:
        written = await write(connection, 2)
        await feed.poll()
        cursor = (await next_of(listener))[0].cursor
    written += await write(connection, 2)
    async with feed.subscribe(EVERYTHING, CURSORS.read(cursor)) as listener:
        written += await write(connection, 1)
        await feed.poll()
        got = ids(await next_of(listener)) + ids(await next_of(listener))
    assert got == written[1:]


async def test_listener_whose_gap_is_too_wide_loads_again(
    feed: hub.Hub[UUID], connection: Connection
) -> None:
    """K02: gap too large, full reload."""
    async with feed.subscribe(EVERYTHING) as listener:
        cursor = listener.cursor
    await write(connection, 6)
    async with feed.subscribe(EVERYTHING, CURSORS.read(cursor)) as listener:
        (message,) = await next_of(listener)
        assert message.event == "resync"
        written = await write(connection, 1)
        await feed.poll()
        assert ids(await next_of(listener)) == written


async def test_slow_listener_loses_its_queue_and_loads_again(
    feed: hub.Hub[UUID], connection: Connection
) -> None:
    async with feed.subscribe(EVERYTHING) as slow, feed.subscribe(EVERYTHING) as quick:
        for _ in range(3):
            written = await write(connection, 2)
            await feed.poll()
            assert ids(await next_of(quick)) == written
        (message,) = await next_of(slow)
        assert message.event == "resync"
        written = await write(connection, 1)
        await feed.poll()
        assert ids(await next_of(slow)) == written


async def test_cursor_moves_on_though_nothing_is_visible(
    opened: pool.Pool, connection: Connection
) -> None:
    decided = asyncio.Event()

    async def nothing(tick: hub.Tick, caller: UUID) -> Sequence[hub.Sight]:
        decided.set()
        return []

    feed = hub.Hub(opened, nothing, CURSORS, random=random.Random(1))
    async with feed.subscribe(EVERYTHING) as listener:
        before = listener.cursor
        waiting = asyncio.ensure_future(anext(listener))
        await write(connection, 1)
        await feed.poll()
        await asyncio.wait_for(decided.wait(), timeout=5)
        assert listener.cursor != before
        waiting.cancel()


async def test_running_hub_serves_until_it_is_stopped(
    feed: hub.Hub[UUID], connection: Connection
) -> None:
    running = asyncio.create_task(feed.run())
    async with feed.subscribe(EVERYTHING) as listener:
        written = await write(connection, 1)
        feed.wake()
        assert ids(await next_of(listener)) == written
    await end(running)


async def test_hub_goes_on_after_its_connections_were_cut(
    feed: hub.Hub[UUID], connection: Connection
) -> None:
    async with feed.subscribe(EVERYTHING) as listener:
        running = asyncio.create_task(feed.run())
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        written = await write(connection, 1)
        assert ids(await next_of(listener)) == written
    await end(running)


@pytest.mark.slow
async def test_listener_that_is_dropped_again_and_again_misses_nothing(
    opened: pool.Pool, connect: Connect
) -> None:
    """K02: 0 missed, whatever is written while the socket is down and whenever it drops."""
    randoms = random.Random(SEED)
    writing, slow = await connect(), await connect()
    feed = hub.Hub(opened, owned, CURSORS, random=randoms)
    written, got = set[int](), set[int]()
    async with feed.subscribe(EVERYTHING) as listener:
        cursor = listener.cursor
    for _ in range(DROPS):
        written.update(await write(writing, randoms.randint(1, 3)))
        is_lost = randoms.random() < 0.3
        async with feed.subscribe(EVERYTHING, CURSORS.read(cursor)) as listener:
            async with slow.transaction(force_rollback=is_lost):
                late = await log.write(slow, uuid4(), 1)
                written.update(await write(writing, randoms.randrange(3)))
                await feed.poll()
            written.update(set() if is_lost else {late})
            await feed.poll()
            messages = await next_of(listener)
            taken = messages[: randoms.randint(0, len(messages))]  # there the socket drops
            got.update(ids(taken))
            cursor = taken[-1].cursor if taken else cursor
    async with feed.subscribe(EVERYTHING, CURSORS.read(cursor)) as listener:
        while written - got:
            got.update(ids(await next_of(listener)))
    assert got == written, f"seed {SEED}"
