"""Publications asked for beside a served installation, carried out by its worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

from sanhuan.identity import access
from sanhuan.studio import publications
from tests.faults.served import POLL_S, Served
from tests.serving import WAIT_S


def publish(served: Served, body: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `body` over an object in the local layer; what became of it, once the worker is done."""
    return asyncio.run(_publish(served.access.app, body))


async def _publish(conninfo: str, body: Mapping[str, Any]) -> dict[str, Any]:
    change = publications.local_change("object", body, publications.short_id)
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        async with connection.transaction():
            request = await publications.ask(connection, access.system_caller(), [change])
        return await _end(connection, request)


async def _end(connection: psycopg.AsyncConnection[Any], request: UUID) -> dict[str, Any]:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        found = await publications.state(connection, request)
        assert found is not None
        if found["state"] != "waiting":
            return found
        await asyncio.sleep(POLL_S)
    raise AssertionError("the worker did not publish")
