"""The live feed of a web process: one poller, many listeners.

The poller starts at the end of the log, follows it while anyone listens, and gives each stretch to
all listeners as one `Tick`. What a listener may see of it is decided by a function given from
outside, in the listener's own task. Delivery is at least once: a listener names the cursor of the
last message that it has, and goes on from there. Who is too slow, or comes back too late, is told
to load again (`resync`).

The feed keeps the order of the log, so that a cursor means "everything up to here". A client
that has a later version of a record already ignores an earlier one.
"""

from __future__ import annotations

import asyncio
import random as randoms
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

import psycopg

from sanhuan.changes import dispatcher, log, places
from sanhuan.changes.cursors import Cursors
from sanhuan.changes.entries import Entry, Position
from sanhuan.database.pool import Pool

PAGE = 1_000
MOST_WAITING = 5_000
"""Entries that may wait for one listener before it is told to load again."""
WIDEST_GAP = 10_000
"""Entries that a returning listener is given one by one; beyond that it loads again."""

Caller = TypeVar("Caller")


@dataclass(frozen=True, eq=False)
class Tick:
    """A stretch of the log, the same object for all listeners.

    `memo` is for the function that decides what is visible: what it finds once for a tick and a
    kind of listener, it need not find again.
    """

    entries: Sequence[Entry]
    end: Position
    memo: dict[Hashable, object] = field(default_factory=dict)
    cursors: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a listener sees of an entry: `gone` when the record has left its sight.

    `data` is the JSON that it gets.
    """

    entry: Entry
    event: Literal["change", "gone"]
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One event of the stream. `resync` has no data: load again, then go on from `cursor`."""

    event: Literal["change", "gone", "resync"]
    cursor: str
    data: bytes = b"{}"


Visible: TypeAlias = Callable[[Tick, Caller], Awaitable[Sequence[Sight]]]


class Subscription(Generic[Caller]):
    """One listener: `async for messages in subscription`, each a list that is not empty.

    `caller` may be replaced when the listener's rights change. `cursor` is the place up to which
    everything was given, for a sign of life when nothing was visible for long. `waiting` counts
    the entries in its queue; what came before `joined_at` it takes from the log.
    """

    def __init__(self, hub: Hub[Caller], caller: Caller, after: Position | None) -> None:
        self.caller = caller
        self.position = after or hub.position
        self._hub = hub
        self.joined_at = hub.position
        self._ticks: deque[Tick] = deque()
        self.waiting = 0
        self._news = asyncio.Event()
        self._is_late = False
        self._is_checked = self.position >= self.joined_at

    @property
    def cursor(self) -> str:
        return self._hub.cursors.write(self.position)

    def give(self, tick: Tick) -> None:
        """Put a tick into the queue; when it is full, empty it and note that things were lost."""
        self.waiting += len(tick.entries)
        if self.waiting > self._hub.most_waiting:
            self._lose()
        else:
            self._ticks.append(tick)
        self._news.set()

    def __aiter__(self) -> AsyncIterator[list[Message]]:
        return self

    async def __anext__(self) -> list[Message]:
        """Waits for what this listener may see. Raises what deciding that raises."""
        while True:
            if self._is_late:
                self._is_late = False
                return [Message("resync", self.cursor)]
            messages = await self._messages(await self._next_tick())
            if messages:
                return messages

    async def _next_tick(self) -> Tick | None:
        if self.position < self.joined_at:
            return await self._missed()
        if not self._ticks:
            self._news.clear()
            await self._news.wait()
        if not self._ticks:
            return None
        tick = self._ticks.popleft()
        self.waiting -= len(tick.entries)
        return tick

    async def _missed(self) -> Tick | None:
        """The next page of what happened between the listener's cursor and its joining."""
        if not self._is_checked:
            self._is_checked = True
            if not await self._hub.can_catch_up(self.position, self.joined_at):
                self._lose()
                return None
        return await self._hub.page(self.position, self.joined_at)

    async def _messages(self, tick: Tick | None) -> list[Message]:
        if tick is None or self._is_late:
            return []
        since, self.position = self.position, max(self.position, tick.end)
        sights = await self._hub.visible(tick, self.caller)
        return [
            Message(sight.event, self._hub.cursor(tick, sight.entry), sight.data)
            for sight in sights
            if sight.entry.position > since
        ]

    def _lose(self) -> None:
        self._ticks.clear()
        self.waiting = 0
        self._is_late = True
        self.position = self.joined_at = max(self.joined_at, self._hub.position)


class Hub(Generic[Caller]):
    """`await run()` in each web process, `async with hub.subscribe(...)` per listener."""

    def __init__(
        self,
        pool: Pool,
        visible: Visible[Caller],
        cursors: Cursors,
        *,
        random: randoms.Random,
        most_waiting: int = MOST_WAITING,
        widest_gap: int = WIDEST_GAP,
    ) -> None:
        self.visible = visible
        self.cursors = cursors
        self.most_waiting = most_waiting
        self.widest_gap = widest_gap
        self._pool = pool
        self._random = random
        self._woken = asyncio.Event()
        self._place: places.Place | None = None
        self._listeners: set[Subscription[Caller]] = set()

    @property
    def position(self) -> Position:
        """Up to where listeners were given the log. Raises RuntimeError before the first poll."""
        if self._place is None:
            raise RuntimeError("the hub has not found the end of the log yet")
        return Position(self._place.generation, self._place.xid, self._place.id)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @asynccontextmanager
    async def subscribe(
        self, caller: Caller, after: Position | None = None
    ) -> AsyncIterator[Subscription[Caller]]:
        """A listener from a position on (`cursors.read`), None from now on.

        Raises psycopg.Error when the database is away.
        """
        await self._start()
        subscription = Subscription(self, caller, after)
        self._listeners.add(subscription)
        try:
            yield subscription
        finally:
            self._listeners.discard(subscription)

    def wake(self) -> None:
        """Look at once: something was written."""
        self._woken.set()

    async def run(self) -> None:
        """Follow the log until cancelled; while the database is away, try again and again."""
        away = 0
        while True:
            self._woken.clear()
            try:
                while await self.poll() == PAGE:
                    pass
                away = 0
            except (psycopg.Error, OSError) as error:
                away += 1
                dispatcher.log_failure("hub", error)
            random = self._random
            pause = dispatcher.rest_s(away, random) if away else dispatcher.tick_s(random)
            await dispatcher.wait_for(self._woken, pause)

    async def poll(self) -> int:
        """Give all listeners what can be read now, at most a page; returns how many entries."""
        if self._place is None or not self._listeners:
            return 0
        async with self._pool.connection() as connection:
            stretch = await log.stretch(connection, self._place, PAGE)
            end = places.after(self._place, stretch)
            if not stretch.scanned:
                return 0
            entries = await log.entries(connection, self._place, end)
        self._place = end
        tick = Tick(entries, self.position)
        for listener in self._listeners:
            listener.give(tick)
        return len(entries)

    async def can_catch_up(self, start: Position, to: Position) -> bool:
        """Whether what lies between is little enough to be given one by one."""
        if start.generation != to.generation:
            return False
        async with self._pool.connection() as connection:
            found = await log.gap(connection, start, to, self.widest_gap + 1)
        return found <= self.widest_gap

    async def page(self, start: Position, to: Position) -> Tick:
        """A page of the log after `start`, up to `to`, both below the horizon."""
        if self._place is None:
            raise RuntimeError("the hub has not found the end of the log yet")
        place = places.at(start, self._place)
        async with self._pool.connection() as connection:
            entries = await log.entries(connection, place, to, limit=PAGE)
        return Tick(entries, entries[-1].position if len(entries) == PAGE else to)

    async def _start(self) -> None:
        """Find the end of the log, unless listeners follow it already."""
        if self._listeners:
            return
        async with self._pool.connection() as connection:
            end = await log.end(connection)
        # Someone may have joined while we asked.
        if not self._listeners:
            self._place = end

    def cursor(self, tick: Tick, entry: Entry) -> str:
        """The cursor of an entry, signed once for all listeners of the tick."""
        found = tick.cursors.get(entry.id)
        if found is None:
            found = tick.cursors[entry.id] = self.cursors.write(entry.position)
        return found
