"""Who listens to the stream of one web process, and whether they still may.

Once a second one statement asks for all of them whether their sessions are open, and whether
definitions or rights have changed since. Whoever's session ended is cut off; whoever may see other
things than before is judged by that from then on, and told to read definitions anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

import msgspec
import psycopg

from sanhuan.changes import hub
from sanhuan.changes.cursors import Cursors
from sanhuan.changes.entries import Entry, Position
from sanhuan.identity import sessions, versions
from sanhuan.identity.access import Caller
from sanhuan.parts import Kernel
from sanhuan.records.read.visible import Seen, Visibility
from sanhuan.web import assembly, problems

LOOK_S: Final = 1.0
COMMENT_S: Final = 15.0
RETRY_MS: Final = 2_000
ALIVE: Final = b": alive\n\n"

Call = Literal["catalog", "end"]


@dataclass(eq=False)
class Listener:
    """One open stream. `calls` are what it is told beside changes."""

    session: UUID
    subscription: hub.Subscription[Caller]
    calls: asyncio.Queue[Call] = field(default_factory=asyncio.Queue)


class Live:
    """The live side of a web process: `run()` beside the application, `listen()` per stream."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._visibility = Visibility(kernel.records, kernel.app.connection)
        secret = assembly.derive(kernel.access.secret, "stream").hex()
        self.cursors = Cursors(secret)
        self.hub: hub.Hub[Caller] = hub.Hub(
            kernel.app, self._sights, self.cursors, random=kernel.random
        )
        self._listeners: set[Listener] = set()
        self._known: versions.Versions | None = None

    async def run(self) -> None:
        """Follow the log and look after the listeners, until cancelled; then all streams end."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.hub.run())
                group.create_task(self._look_after())
        finally:
            for listener in self._listeners:
                listener.calls.put_nowait("end")

    async def listen(self, caller: Caller, after: Position | None) -> AsyncGenerator[bytes, None]:
        """The stream of one caller as SSE. It ends with the session, and after a `resync`."""
        assert caller.session is not None, "whoever asks came with a session"
        async with self.hub.subscribe(caller, after) as subscription:
            listener = Listener(caller.session, subscription)
            self._listeners.add(listener)
            try:
                yield f"retry: {RETRY_MS}\nid: {subscription.cursor}\n: welcome\n\n".encode()
                async for chunk in _stream(listener):
                    yield chunk
            finally:
                self._listeners.discard(listener)

    async def _sights(self, tick: hub.Tick, caller: Caller) -> list[hub.Sight]:
        found = await self._visibility.of(tick.entries, caller, tick.memo)
        return [self._sight(seen, tick) for seen in found]

    def _sight(self, seen: Seen[Entry], tick: hub.Tick) -> hub.Sight:
        """What a listener is told: the same bytes for all who see the same."""
        key = ("data", seen.entry.id, seen.gone, seen.fields)
        data = tick.memo.get(key)
        if not isinstance(data, bytes):
            data = tick.memo[key] = self._data(seen)
        return hub.Sight(seen.entry, "gone" if seen.gone else "change", data)

    def _data(self, seen: Seen[Entry]) -> bytes:
        entry = seen.entry
        told = {
            "object": self._kernel.catalog.objects_by_id[entry.object_id].name,
            "id": str(entry.record_id),
            "version": entry.version,
        }
        if not seen.gone:
            told |= {"kind": entry.kind, "fields": seen.fields, "at": entry.at}
        return msgspec.json.encode(told)

    # Whether they still may

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except (psycopg.Error, OSError) as error:
                problems.log.warning("listeners_not_looked_after", exc_info=error)

    async def look(self) -> None:
        """Cut off whose session ended; judge the others by what they may see now."""
        if not self._listeners:
            self._known = None
            return
        kernel = self._kernel
        async with kernel.app.connection() as connection:
            sessions_ = {each.session for each in self._listeners}
            open_ = await sessions.still_open(connection, sessions_, kernel.clock.now())
            found = await versions.read(connection)
            directory = await kernel.at(connection, found)
        is_changed = self._known is not None and self._known != found
        self._known = found
        for listener in tuple(self._listeners):
            if listener.session not in open_:
                listener.calls.put_nowait("end")
                continue
            was = listener.subscription.caller
            now_is = directory.caller(
                was.user, via=was.via, session=was.session, token_scopes=was.scopes
            )
            if now_is is None:
                listener.calls.put_nowait("end")
                continue
            listener.subscription.caller = now_is
            if is_changed:
                listener.calls.put_nowait("catalog")


async def _stream(listener: Listener) -> AsyncGenerator[bytes, None]:
    """Changes and calls as they come; a comment when nothing came for long."""
    messages = asyncio.ensure_future(anext(listener.subscription))
    calls = asyncio.ensure_future(listener.calls.get())
    try:
        while True:
            done, _ = await asyncio.wait(
                {messages, calls}, timeout=COMMENT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if calls in done:
                if calls.result() == "end":
                    return
                yield event("catalog", listener.subscription.cursor, b"{}")
                calls = asyncio.ensure_future(listener.calls.get())
            if messages in done:
                found = messages.result()
                yield b"".join(event(each.event, each.cursor, each.data) for each in found)
                if any(each.event == "resync" for each in found):
                    return
                messages = asyncio.ensure_future(anext(listener.subscription))
            if not done:
                yield ALIVE
    finally:
        messages.cancel()
        calls.cancel()


def event(name: str, cursor: str, data: bytes) -> bytes:
    """One event as SSE. `resync` is told as `catalog`: read all anew, then go on from `cursor`."""
    shown = "catalog" if name == "resync" else name
    return b"".join((b"id: ", cursor.encode(), b"\nevent: ", shown.encode(), b"\ndata: ", data)) + (
        b"\n\n"
    )
