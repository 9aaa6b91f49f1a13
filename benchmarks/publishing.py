"""A field added to the large object while it is in use."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from benchmarks import load
from benchmarks.figures import Figure
from benchmarks.ground import Ground, publisher
from benchmarks.installation import PORT
from benchmarks.lists import path
from sanhuan.catalog.publish import Change

TITLE = "A new field under load"
NOTES = (
    "100 requests a second to the object (lists and reads of records in turn), each sent on time"
    " whether or not those before it were answered; after three seconds three fields are added one"
    " after another (text; number; text with an index), as a publication of the local layer."
)
PER_S = 100
SECONDS = 15
FIRST_S = 3


def measure(ground: Ground) -> Sequence[Figure]:
    return asyncio.run(_measure(ground))


async def _measure(ground: Ground) -> Sequence[Figure]:
    token = ground.people["own"].token
    requests = [
        load.http("GET", path(), token),
        load.http("GET", "/api/v1/records/opportunity?limit=20", token),
    ]
    for request in requests * 5:
        await _once(request)
    changing = asyncio.create_task(_publish(ground))
    done = await steadily(PER_S, SECONDS, lambda n: _once(requests[n % 2]))
    taken = await changing
    return [
        Figure("failed requests", done.failed, "", 0),
        Figure("p99", done.percentile_ms(0.99), "ms", 1_000),
        Figure("slowest", max(done.latencies_s) * 1_000, "ms"),
        Figure("answered", done.rate, "/s"),
        Figure("slowest of three publications", max(taken), "s"),
    ]


async def _once(request: bytes) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    try:
        writer.write(request)
        return (await load.answer(reader)).ok
    finally:
        writer.close()


async def steadily(per_s: int, seconds: int, send: Callable[[int], Awaitable[bool]]) -> load.Load:
    """Send at fixed moments: latency counts from when a request was due."""
    begun = time.perf_counter()
    latencies: list[float] = []
    failed = 0

    async def one(number: int) -> None:
        nonlocal failed
        due = begun + number / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        try:
            failed += not await send(number)
        except (OSError, asyncio.IncompleteReadError):
            failed += 1
        latencies.append(time.perf_counter() - due)

    await asyncio.gather(*(one(number) for number in range(per_s * seconds)))
    return load.Load(latencies, failed, time.perf_counter() - begun)


async def _publish(ground: Ground) -> list[float]:
    """Add three fields; the seconds that each publication took."""
    await asyncio.sleep(FIRST_S)
    published = publisher(ground.access)
    taken = []
    for kind, more in (("text", {}), ("integer", {}), ("text", {"indexed": True})):
        begun = time.perf_counter()
        await published.publish([_change(kind, more)])
        taken.append(time.perf_counter() - begun)
        await asyncio.sleep(1)
    return taken


def _change(kind: str, more: dict[str, Any]) -> Change:
    id_ = f"x{secrets.token_hex(4)}"
    field = {"id": id_, "name": id_, "type": kind, "label": {"zh": "新", "en": "New"}, **more}
    body: dict[str, Any] = {"id": "opportunity", "fields": [field]}
    return Change("object", "opportunity", "local", "sales", msgspec.to_builtins(body))
