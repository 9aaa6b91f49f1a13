"""Pools under load, restarts and changing definitions (TRUST F24, I06)."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from sanhuan.database import errors, pool, server
from tests import databases


@pytest.fixture
async def connections(database: databases.TestDatabase) -> AsyncIterator[pool.Pool]:
    """An open pool of the application."""
    async with pool.create(database.app_dsn, pool.WEB, most=2) as opened:
        yield opened


@pytest.fixture
def own_server() -> Iterator[server.Server]:
    """A server that the test may kill."""
    folder = Path(tempfile.mkdtemp(prefix="sanhuan-"))
    folder.chmod(0o711)
    started = server.Server(folder / "pg")
    started.start()
    yield started
    started.stop()
    shutil.rmtree(folder)


async def test_single_statement_is_committed_at_once(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    with psycopg.connect(database.ddl_dsn) as ddl:
        ddl.execute("create table data.o_1 (a integer)")
    async with connections.connection() as one, connections.connection() as other:
        await one.execute("insert into data.o_1 values (1)")
        cursor = await other.execute("select a from data.o_1")
        assert await cursor.fetchall() == [(1,)]


async def test_web_statements_are_cut_off_after_fifteen_seconds(connections: pool.Pool) -> None:
    async with connections.connection() as connection:
        cursor = await connection.execute("show statement_timeout")
        assert await cursor.fetchone() == ("15s",)


async def test_slow_statement_becomes_too_slow(database: databases.TestDatabase) -> None:
    hurried = replace(pool.WEB, statement_timeout=timedelta(milliseconds=20))
    async with pool.create(database.app_dsn, hurried) as connections:
        with pytest.raises(psycopg.Error) as caught:
            async with connections.connection() as connection:
                await connection.execute("select pg_sleep(60)")

    fault = errors.classify(caught.value)
    assert (fault.code, fault.status) == ("too_slow", 503)


async def test_exhausted_pool_becomes_pool_full(
    connections: pool.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connections.connection(), connections.connection():
        with pytest.raises(psycopg.Error) as caught:
            async with connections.connection(timeout=0.01):
                pass

    fault = errors.classify(caught.value)
    assert (fault.code, fault.status) == ("pool_full", 503)


async def test_waited_for_lock_becomes_locked(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    with psycopg.connect(database.ddl_dsn) as ddl:
        ddl.execute("create table data.o_1 (a integer)")
    with psycopg.connect(database.ddl_dsn) as ddl:
        ddl.execute("lock table data.o_1")
        async with connections.connection() as connection:
            await connection.execute("set lock_timeout = '10ms'")
            with pytest.raises(psycopg.Error) as caught:
                await connection.execute("table data.o_1")

    assert errors.classify(caught.value).code == "locked"


async def test_same_statement_goes_on_while_columns_come_and_go(
    connections: pool.Pool, database: databases.TestDatabase
) -> None:
    statement = b"select f_1, f_2 from data.o_1 where f_1 = %(f_1)s"
    with psycopg.connect(database.ddl_dsn, autocommit=True) as ddl:
        ddl.execute("create table data.o_1 (f_1 integer, f_2 integer)")
        ddl.execute("insert into data.o_1 values (1, 2)")
        for column in range(3, 9):
            ddl.execute(f"alter table data.o_1 add f_{column} integer".encode())
            ddl.execute(f"alter table data.o_1 alter f_2 type {type_of(column)}".encode())
            for _ in range(8):  # more often than the driver's own threshold for preparing
                async with connections.connection() as connection:
                    cursor = await connection.execute(statement, {"f_1": 1})
                    assert await cursor.fetchone() in [(1, 2), (1, "2")]


def type_of(column: int) -> str:
    """A type that alternates, so that the result's type changes."""
    return "text using f_2::text" if column % 2 else "integer using f_2::integer"


async def test_after_a_restart_no_request_gets_a_dead_connection(
    own_server: server.Server,
) -> None:
    async with pool.create(own_server.superuser_conninfo(), pool.WEB) as connections:
        await hold_all_connections(connections, 4)
        own_server.stop()
        own_server.start()
        for _ in range(20):
            async with connections.connection() as connection:
                await connection.execute("select 1")


async def test_while_the_database_is_down_requests_become_unavailable_and_then_go_on(
    own_server: server.Server,
) -> None:
    async with pool.create(own_server.superuser_conninfo(), pool.WEB) as connections:
        await hold_all_connections(connections, 4)
        os.kill(own_server.pid, signal.SIGKILL)
        assert own_server.process is not None
        own_server.process.wait()

        for _ in range(3):
            with pytest.raises(psycopg.Error) as caught:
                async with connections.connection(timeout=0.05) as connection:
                    await connection.execute("select 1")
            assert errors.classify(caught.value).status == 503

        own_server.start()
        async with connections.connection() as connection:
            await connection.execute("select 1")


async def hold_all_connections(connections: pool.Pool, count: int) -> None:
    """Make the pool open so many connections, and give them back."""
    barrier = asyncio.Barrier(count)

    async def hold() -> None:
        async with connections.connection() as connection:
            await connection.execute("select 1")
            await barrier.wait()

    await asyncio.gather(*(hold() for _ in range(count)))
