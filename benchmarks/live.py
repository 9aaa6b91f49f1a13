"""From one person's change to the others' browsers, under steady writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import msgspec

from benchmarks import creates, load
from benchmarks.figures import Figure
from benchmarks.ground import Ground, connected
from benchmarks.installation import PORT

TITLE = "Live changes"
NOTES = (
    "Listeners on /stream (SSE) who may see the records written; records are created over HTTP at a"
    " steady rate, and each listener's delay is from the answer to the writer until the event's"
    " arrival (the client, which parses all of it, shares the machine). The lag is that of the"
    " worker's readers: how long until the slowest has passed an entry."
)
LISTENERS = 200
WRITES_PER_S = 200
SECONDS = 15
WRITERS = 32


def measure(ground: Ground) -> Sequence[Figure]:
    return asyncio.run(_measure(ground))


async def _measure(ground: Ground) -> Sequence[Figure]:
    customers = await creates.made_customers(ground)
    heard: list[tuple[bytes, float]] = []
    listeners = [
        asyncio.create_task(_listen(ground.people["everything"].token, heard))
        for _ in range(LISTENERS)
    ]
    await asyncio.sleep(3)
    lags: list[float] = []
    lag = asyncio.create_task(_follow_lag(ground, lags))
    written, failed, rate = await _write(ground, customers)
    await asyncio.sleep(2)
    ended = sum(task.done() for task in listeners)
    lag.cancel()
    for task in listeners:
        task.cancel()
    await asyncio.gather(lag, *listeners, return_exceptions=True)
    delays = sorted(at - written[id_] for id_, at in heard if id_ in written)
    expected = len(written) * LISTENERS
    return [
        Figure("writes", rate, "/s", WRITES_PER_S * 0.95, at_least=True),
        Figure("p95 to the other browser", _share(delays, 0.95) * 1_000, "ms", 500),
        Figure("median", _share(delays, 0.5) * 1_000, "ms"),
        Figure("heard / to be heard", len(delays) / max(1, expected), "x", 1, at_least=True),
        Figure("listeners whose stream ended", ended, "", 0),
        Figure("failed writes", failed, "", 0),
        Figure("lag of the slowest reader, p99", _share(sorted(lags), 0.99) * 1_000, "ms", 300),
    ]


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


async def _listen(token: str, heard: list[tuple[bytes, float]]) -> None:
    """Note each change event's record and when it came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(load.http("GET", "/api/v1/stream", token))
    await reader.readuntil(b"\r\n\r\n")
    while line := await reader.readline():
        if line.startswith(b"data:") and (place := line.find(b'"id":"')) > 0:
            heard.append((line[place + 6 : place + 42], time.perf_counter()))
    raise ConnectionError("the stream ended")


async def _write(
    ground: Ground, customers: Sequence[UUID]
) -> tuple[dict[bytes, float], int, float]:
    """Create records at the rate: when each was answered by id, how many failed, the true rate."""
    token = ground.people["everything"].token
    first = int(time.time() * 1_000) % 90_000_000
    numbers = iter(range(WRITES_PER_S * SECONDS))
    written: dict[bytes, float] = {}
    failed = 0
    begun = time.perf_counter()

    async def one() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        for number in numbers:
            await asyncio.sleep(max(0.0, begun + number / WRITES_PER_S - time.perf_counter()))
            body = creates.deal(first + number, customers[number % len(customers)])
            writer.write(
                load.http("POST", "/api/v1/records/bench_deal", token, msgspec.json.encode(body))
            )
            answer = await load.answer(reader)
            if answer.ok:
                place = answer.body.find(b'"id":"')
                written[answer.body[place + 6 : place + 42]] = time.perf_counter()
            else:
                failed += 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(WRITERS)))
    return written, failed, len(written) / (time.perf_counter() - begun)


async def _follow_lag(ground: Ground, lags: list[float]) -> None:
    """Ten times a second: the age of the oldest entry that some reader has not passed."""
    async with connected(ground.access.owner) as connection:
        while True:
            found = await connection.execute(
                "select coalesce(max(extract(epoch from clock_timestamp() - c.at)), 0)"
                " from kernel.cursor r cross join lateral (select at from kernel.change"
                " where (xid, id) > (r.xid, r.id) and at > now() - interval '10 minutes'"
                " and (r.objects is null or object_id = any(r.objects))"
                " order by xid, id limit 1) c"
            )
            row = await found.fetchone()
            if row is not None:
                lags.append(float(row[0]))
            await asyncio.sleep(0.1)
