"""Applying stored events: each has one effect, however often and in whatever order it came.

The events of a source are applied by one worker at a time, a batch in one transaction with what
becomes of them. Where the batch as a whole fails, its events are taken one by one, so that a bad
one stops itself alone. Changes of one record are ordered by the event's version, field by field:
an older event that comes late sets only what no newer one has set.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec
import structlog

from sanhuan.database import queries
from sanhuan.identity import system_caller, versions
from sanhuan.records import Fault, Records, Transaction, ids
from sanhuan.touchpoints import errors, faults, mapping, messages
from sanhuan.touchpoints.batches import Applying, Stored, Work
from sanhuan.touchpoints.behaving import Behaving
from sanhuan.touchpoints.changing import Changing
from sanhuan.touchpoints.mapping import Refusal
from sanhuan.touchpoints.sources import Source, Sources

log = structlog.get_logger(__name__)

BATCH: Final = 200


class Applier:
    """Applies what the inbox holds."""

    def __init__(self, records: Records, sources: Sources) -> None:
        self._records = records
        self._sources = sources
        self._changing = Changing(records)
        self._behaving = Behaving(records)
        self._statements = queries.load("sanhuan.touchpoints")

    async def run_once(self) -> int:
        """Apply one batch of each source that has events to apply; how many were looked at."""
        async with self._records.transaction() as tx:
            now_is = await versions.read(tx)
            await self._records.catalogs.refresh(tx, now_is.catalog)
            cursor = await tx.execute(self._statements["to_do"])
            waiting = {source for (source,) in await cursor.fetchall()}
        found = self._sources.of(self._records.catalog).values()
        handled = 0
        for source in found:
            if source.id in waiting:
                handled += await self.apply(source)
        return handled

    async def apply(self, source: Source, limit: int = BATCH) -> int:
        """Apply the first events of a source; how many were looked at.

        0 also when another worker has its turn. Raises database errors while it is away.
        """

        async def act(tx: Transaction) -> int:
            works = await self._take(tx, source, limit)
            if works:
                await self._apply(tx, source, works)
            return len(works)

        try:
            return await self._records.run(act)
        except Exception as error:
            if faults.is_outage(error):
                raise
            log.info("a batch of events is applied one by one", source=source.id, error=repr(error))
        return await self._one_by_one(source, limit)

    async def _take(self, tx: Transaction, source: Source, limit: int) -> list[Work]:
        cursor = await tx.execute(self._statements["take_turn"], {"source": source.id})
        if await cursor.fetchone() != (True,):
            return []
        cursor = await tx.execute(self._statements["take"], {"source": source.id, "limit": limit})
        return [Work(Stored(*row)) for row in await cursor.fetchall()]

    async def _one_by_one(self, source: Source, limit: int) -> int:
        async with self._records.transaction() as tx:
            works = await self._take(tx, source, limit)
        for work in works:
            try:
                await self._records.run(partial(self._apply_one, source=source, work=work))
            except Exception as error:
                if faults.is_outage(error):
                    raise
                await self._refuse(source, work, error)
        return len(works)

    async def _apply_one(self, tx: Transaction, source: Source, work: Work) -> None:
        if await self._take_one(tx, source, work.event.id):
            await self._apply(tx, source, [Work(work.event)])

    async def _take_one(self, tx: Transaction, source: Source, event: int) -> bool:
        cursor = await tx.execute(self._statements["take_turn"], {"source": source.id})
        if await cursor.fetchone() != (True,):
            return False
        cursor = await tx.execute(self._statements["take_one"], {"id": event})
        return await cursor.fetchone() is not None

    async def _refuse(self, source: Source, work: Work, error: Exception) -> None:
        """Put an event aside that ends its transaction."""
        refused = Work(work.event)
        refused.refuse(faults.of(error))
        async with self._records.transaction() as tx:
            if await self._take_one(tx, source, work.event.id):
                await self._settle(tx, source, [refused])

    # One batch

    async def _apply(self, tx: Transaction, source: Source, works: list[Work]) -> None:
        caller = system_caller("source", operation=ids.uuid7())
        batch = Applying(tx, source, caller, works)
        self._read(batch)
        await self._changing.load(batch)
        await self._changing.change(batch)
        await self._changing.note(batch)
        await self._behaving.keep(batch)
        await self._settle(tx, source, works)

    def _read(self, batch: Applying) -> None:
        """What each event asks for; pure."""
        context = self._records.context(batch.caller)
        for work in batch.works:
            compiled = batch.source.events.get(work.event.type)
            if compiled is None:
                work.state = "ignored"
                continue
            try:
                data = messages.strict(work.event.body)["data"]
                work.intent = mapping.read(
                    compiled, data, work.event.occurred_at, work.event.event_id, context
                )
            except Refusal as refusal:
                work.refuse(refusal.faults)
            except errors.BadMessage as error:
                work.refuse([Fault(error.code, error.message)])

    async def _settle(self, tx: Transaction, source: Source, works: Sequence[Work]) -> None:
        now = self._records.time.now()
        settled = [work for work in works if work.state != "new"]
        waiting = [work for work in works if work.waits_for is not None and work.state == "new"]
        if settled:
            await tx.execute(
                self._statements["settle"],
                {
                    "now": now,
                    "ids": [work.event.id for work in settled],
                    "states": [work.state for work in settled],
                    "reasons": [_reason(work.faults) for work in settled],
                    "operations": [work.operation for work in settled],
                },
            )
            await tx.execute(
                self._statements["tally"],
                {
                    "source": source.id,
                    "applied": sum(work.state == "applied" for work in settled),
                    "ignored": sum(work.state == "ignored" for work in settled),
                    "now": now,
                },
            )
        if waiting:
            await tx.execute(
                self._statements["wait"],
                {
                    "ids": [work.event.id for work in waiting],
                    "waits": [" ".join(work.waits_for or ()) for work in waiting],
                },
            )


def _reason(found: Sequence[Fault]) -> str | None:
    return msgspec.json.encode(faults.told(found)).decode() if found else None
