"""A sender: plays events through a source's webhook, signed, at a chosen speed.

For replaying a real history, and for trying a source. What the receiver could not take now is sent
again; what it has already is passed over by it, so that a replay that broke off can be repeated.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx
import msgspec

from sanhuan import clock as clocks
from sanhuan.errors import SanhuanError, Text
from sanhuan.touchpoints import messages

BATCH: Final = 200
TICK_S: Final = 0.25
TRIES: Final = 8
FIRST_WAIT_S: Final = 0.5
TIMEOUT_S: Final = 30.0
LATER: Final = frozenset({429, 502, 503, 504})


class NotTaken(SanhuanError):
    """The receiver refused a message, or could not be reached after all tries."""

    code = "not_taken"


@dataclass(frozen=True, slots=True)
class Sent:
    """An event to be sent. `at` None is now: the receiver takes the time of the signature."""

    id: str
    type: str
    at: datetime | None
    data: dict[str, Any]

    def body(self) -> dict[str, Any]:
        stamp = {} if self.at is None else {"timestamp": self.at.isoformat()}
        return {"id": self.id, "type": self.type, **stamp, "data": self.data}


@dataclass(slots=True)
class Progress:
    """How far a replay is."""

    total: int
    sent: int = 0
    stored: int = 0
    repeated: int = 0
    conflicts: int = 0


@dataclass
class Sender:
    """Sends to one source. `sleep` and `clock` are given, so that tests need not wait."""

    url: str
    secret: bytes
    client: httpx.AsyncClient
    clock: clocks.Clock = field(default_factory=clocks.SystemClock)
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def send(self, events: Sequence[Sent], progress: Progress) -> None:
        """Send events as one message. Raises `NotTaken`."""
        body = msgspec.json.encode([event.body() for event in events])
        message = hashlib.sha256("\0".join(event.id for event in events).encode()).hexdigest()[:32]
        answer = await self._post(message, body)
        progress.sent += len(events)
        told = answer.json()
        if answer.status_code == 409:
            progress.conflicts += 1
            return
        progress.stored += told["stored"]
        progress.repeated += told["repeated"]

    async def _post(self, message: str, body: bytes) -> httpx.Response:
        wait_s = FIRST_WAIT_S
        said = ""
        for _ in range(TRIES):
            # Signed anew each time: a signature holds for five minutes.
            headers = messages.sign(self.secret, message, self.clock.now(), body)
            try:
                answer = await self.client.post(
                    self.url, content=body, headers={**headers, "content-type": "application/json"}
                )
            except httpx.TransportError as error:
                said = type(error).__name__
            else:
                if answer.status_code in (200, 409):
                    return answer
                said = f"{answer.status_code}: {answer.text[:300]}"
                if answer.status_code not in LATER:
                    break
                wait_s = max(wait_s, float(answer.headers.get("retry-after", "0")))
            await self.sleep(wait_s)
            wait_s *= 2
        raise NotTaken(
            Text(f"{self.url} 没有收下（{said}）。", f"{self.url} did not take it ({said})."),
            hint=Text("三环在运行吗？地址对吗？", "Is Sanhuan running, at this address?"),
        )


async def at_once(
    sender: Sender, events: Sequence[Sent], report: Callable[[Progress], None]
) -> Progress:
    """Send all events as fast as they are taken. Raises `NotTaken`."""
    progress = Progress(len(events))
    for start in range(0, len(events), BATCH):
        await sender.send(events[start : start + BATCH], progress)
        report(progress)
    return progress


async def at_speed(
    sender: Sender,
    events: Sequence[tuple[datetime, Sent]],
    speed: float,
    report: Callable[[Progress], None],
) -> Progress:
    """Send events, given in order with when each happened, `speed` times as fast as they did.

    Raises `NotTaken`.
    """
    progress = Progress(len(events))
    if not events:
        return progress
    first, begun = events[0][0], sender.clock.now()
    waiting = 0
    while waiting < len(events):
        gone_s = (sender.clock.now() - begun).total_seconds() * speed
        due = waiting
        while due < len(events) and (events[due][0] - first).total_seconds() <= gone_s:
            due += 1
        for batch in batches([sent for _, sent in events[waiting:due]]):
            await sender.send(batch, progress)
            report(progress)
        waiting = due
        await sender.sleep(TICK_S)
    return progress


def batches(events: Sequence[Sent]) -> Iterator[Sequence[Sent]]:
    """Events in messages."""
    for start in range(0, len(events), BATCH):
        yield events[start : start + BATCH]
