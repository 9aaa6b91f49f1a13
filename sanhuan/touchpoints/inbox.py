"""Taking in what senders send: verified, stored as it came, then answered. Applied later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from psycopg import rows

from sanhuan import clock
from sanhuan.catalog.store import CatalogStore
from sanhuan.database import jobs, pool, queries
from sanhuan.identity import versions
from sanhuan.touchpoints import errors, messages, secrets, state
from sanhuan.touchpoints.definitions import SourceDefinition

APPLY: Final = "touchpoints.apply"
"""The job that applies what was stored."""


class Received(NamedTuple):
    """How many events were stored, and how many had come before."""

    stored: int
    repeated: int


class Inbox:
    """Receives messages. What is answered is stored and committed before."""

    def __init__(self, catalogs: CatalogStore, connections: pool.Pool, time: clock.Clock) -> None:
        self._catalogs = catalogs
        self._pool = connections
        self._time = time

    async def receive(self, source_name: str, body: bytes, headers: Mapping[str, str]) -> Received:
        """Store the events of a message; `headers` by lower-case name.

        Raises `errors.UnknownSource`, `BadSignature`, `Stale`, `BadMessage`, `TooLarge`, and
        `EventConflict` for ids that came before with another body: the other events are stored.
        """
        source = await self._source(source_name)
        if len(body) > messages.MOST_BYTES:
            raise errors.TooLarge(messages.MOST_BYTES)
        async with self._pool.connection() as connection:
            now = self._time.now()
            known = await secrets.current(connection, source.id, now)
            message, signed_at = messages.verify(body, headers, known, now)
            events = messages.read(body, message, signed_at, now)
            async with connection.transaction():
                received, clashing = await self._store(connection, source, events)
                if received.stored:
                    await jobs.defer(connection, [jobs.Job(task=APPLY, waiting_once=APPLY)])
        if clashing:
            raise errors.EventConflict(clashing)
        return received

    async def _source(self, name: str) -> SourceDefinition:
        """The source, also when it was published a moment ago. Raises `errors.UnknownSource`."""
        try:
            return state.definition_of(self._catalogs.current, name)
        except errors.UnknownSource:
            async with self._pool.connection() as connection:
                now_is = await versions.read(connection)
                await self._catalogs.refresh(connection, now_is.catalog)
            return state.definition_of(self._catalogs.current, name)

    async def _store(
        self,
        connection: pool.Connection,
        source: SourceDefinition,
        events: Sequence[messages.Event],
    ) -> tuple[Received, list[str]]:
        """How many were stored, and the ids that came before with another body."""
        first: dict[str, messages.Event] = {}
        for event in events:
            first.setdefault(event.id, event)
        clashing = {e.id for e in events if e.digest != first[e.id].digest}
        statements = queries.load("sanhuan.touchpoints")
        sent = list(first.values())
        async with connection.cursor(row_factory=rows.scalar_row) as cursor:
            await cursor.execute(
                statements["store"],
                {
                    "source": source.id,
                    "now": self._time.now(),
                    "ids": [event.id for event in sent],
                    "types": [event.type for event in sent],
                    "bodies": [event.body for event in sent],
                    "digests": [event.digest for event in sent],
                    "occurred": [event.occurred_at for event in sent],
                },
            )
            stored = set(await cursor.fetchall())
            repeated = [event for event in events if event.id not in stored]
            if repeated:
                # A statement of its own: it has to see what another sender committed meanwhile.
                await cursor.execute(
                    statements["conflicts"],
                    {
                        "source": source.id,
                        "ids": [event.id for event in repeated],
                        "digests": [event.digest for event in repeated],
                    },
                )
                clashing |= set(await cursor.fetchall())
        return Received(len(stored), len(events) - len(stored)), sorted(clashing)
