"""Connections to a fresh database, as the worker has them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import psycopg
import pytest

from sanhuan.database.pool import Connection
from tests import databases

Connect = Callable[[], Awaitable[Connection]]


@pytest.fixture
async def connect(database: databases.TestDatabase) -> AsyncIterator[Connect]:
    """Opens connections of the application's role; all are closed when the test ends."""
    async with AsyncExitStack() as stack:

        async def open_one() -> Connection:
            return await stack.enter_async_context(
                await psycopg.AsyncConnection.connect(
                    database.app_dsn, autocommit=True, prepare_threshold=None
                )
            )

        yield open_one


@pytest.fixture
async def connection(connect: Connect) -> Connection:
    return await connect()
