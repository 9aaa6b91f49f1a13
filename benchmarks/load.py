"""A client that costs little: keep-alive connections that ask one after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Request = Callable[[int], bytes]
"""The bytes of the n-th request."""


@dataclass(frozen=True)
class Load:
    """What came of it: seconds per request, answers that were not 2xx, seconds in all."""

    latencies_s: Sequence[float]
    failed: int
    elapsed_s: float

    @property
    def rate(self) -> float:
        return len(self.latencies_s) / self.elapsed_s

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1_000


def http(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def run(port: int, request: Request, *, connections: int, count: int) -> Load:
    """Send `count` requests over as many connections, each waiting for its answers."""
    numbers = iter(range(count))
    latencies: list[float] = []
    failed = 0

    async def one() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            begun = time.perf_counter()
            writer.write(request(number))
            if not (await answer(reader)).ok:
                failed += 1
            latencies.append(time.perf_counter() - begun)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return Load(latencies, failed, time.perf_counter() - begun)


@dataclass(frozen=True)
class Answer:
    """An answer: whether its status was 2xx, and its body."""

    ok: bool
    body: bytes


async def answer(reader: asyncio.StreamReader) -> Answer:
    """Read the next answer of a connection, whose length is told."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            length = int(line[15:])
    return Answer(head[9:10] == b"2", await reader.readexactly(length))
