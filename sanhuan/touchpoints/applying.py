"""Applying stored events: each has one effect, however often and in whatever order it came.

The events of a source are applied by one worker at a time, a batch in one transaction with what
becomes of them. Where the batch as a whole fails, its events are taken one by one, so that a bad
one stops itself alone. Changes of one record are ordered by the event's version, field by field:
an older event that comes late sets only what no newer one has set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec
import psycopg
import structlog

from sanhuan.catalog.fields import Problem
from sanhuan.database import queries
from sanhuan.errors import SanhuanError, Text
from sanhuan.identity import Caller, system_caller, versions
from sanhuan.records import Batch, Fault, Records, Result, Transaction, Write, ids
from sanhuan.touchpoints import errors, faults, heat, mapping, matching, messages
from sanhuan.touchpoints.mapping import BehaviourIntent, Intent, RecordIntent, Refusal, Version
from sanhuan.touchpoints.sources import Source, Sources

log = structlog.get_logger(__name__)

BATCH: Final = 200
MOST_FAULTS: Final = 20

Name = tuple[str, str]
"""What a source knows a record by: the object's id, and the id outside."""


class Stored(NamedTuple):
    """An event as the inbox keeps it."""

    id: int
    event_id: str
    type: str
    body: str
    occurred_at: datetime


@dataclass
class Work:
    """One event on its way, and what became of it."""

    event: Stored
    intent: Intent | None = None
    state: Literal["new", "applied", "refused", "ignored"] = "new"
    faults: Sequence[Fault] = ()
    waits_for: Name | None = None
    operation: UUID | None = None

    def refuse(self, found: Sequence[Fault]) -> None:
        self.state, self.faults = "refused", found[:MOST_FAULTS]


@dataclass
class Known:
    """A record that a source knows, by one name or several.

    `versions` are those of the events that last set its fields, by field name; `changed`: they are
    to be written back.
    """

    record: UUID
    versions: dict[str, list[str]] = field(default_factory=dict)
    changed: bool = False


@dataclass
class Applying:
    """One batch of one source."""

    tx: Transaction
    source: Source
    caller: Caller
    works: list[Work]
    known: dict[Name, Known] = field(default_factory=dict)
    arrived: set[Name] = field(default_factory=set)


class Applier:
    """Applies what the inbox holds."""

    def __init__(self, records: Records, sources: Sources) -> None:
        self._records = records
        self._sources = sources
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
        except (SanhuanError, psycopg.Error, ValueError, TypeError, LookupError) as error:
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
            except (SanhuanError, psycopg.Error, ValueError, TypeError, LookupError) as error:
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
        await self._load(batch)
        await self._change_records(batch)
        await self._note_records(batch)
        await self._behave(batch)
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

    async def _load(self, batch: Applying) -> None:
        names = {name for work in batch.works for name in self._names(work.intent)}
        cursor = await batch.tx.execute(
            self._statements["known_records"],
            {
                "source": batch.source.id,
                "objects": [object_id for object_id, _ in names],
                "ids": [outside for _, outside in names],
            },
        )
        by_record: dict[UUID, Known] = {}
        for object_id, outside, record, kept in await cursor.fetchall():
            known = by_record.setdefault(record, Known(record, kept or {}))
            batch.known[object_id, outside] = known

    def _names(self, intent: Intent | None) -> Iterator[Name]:
        """Everything in an event that the source may know a record by."""
        catalog = self._records.catalog
        if intent is None:
            return
        if intent.record is not None:
            item = catalog.object(intent.record.object)
            for outside in (intent.record.identity, *intent.record.aliases):
                yield item.id, outside
            for field_name, (find, value) in intent.record.finds.items():
                target = mapping.target_of(item, field_name)
                if find.by is None and target is not None:
                    for one in _listed(value):
                        yield catalog.object(target).id, one
        if intent.behaviour is not None:
            yield catalog.object(intent.behaviour.effect.object).id, intent.behaviour.about

    # Records

    async def _change_records(self, batch: Applying) -> None:
        """In waves: one change of a record at a time, and what refers after what it refers to."""
        waiting = sorted(
            (work for work in batch.works if work.state == "new" and _record(work) is not None),
            key=lambda work: (work.event.occurred_at, _intent(work).version),
        )
        for work in batch.works:
            if work.state == "new" and _record(work) is None:
                work.state = "applied"
        while waiting:
            wave, rest = self._wave(batch, waiting)
            if not wave:
                for work in rest:
                    work.waits_for = self._missing(batch, _intent(work))
                return
            await self._save(batch, wave)
            waiting = rest

    def _wave(self, batch: Applying, waiting: Sequence[Work]) -> tuple[list[Work], list[Work]]:
        wave: list[Work] = []
        rest: list[Work] = []
        touched: set[Name] = set()
        for work in waiting:
            intent = _intent(work)
            names = set(self._own_names(intent))
            if names & touched or self._missing(batch, intent) is not None:
                rest.append(work)
            else:
                wave.append(work)
                touched |= names
        return wave, rest

    def _own_names(self, intent: RecordIntent) -> Iterator[Name]:
        object_id = self._records.catalog.object(intent.object).id
        for outside in (intent.identity, *intent.aliases):
            yield object_id, outside

    def _missing(self, batch: Applying, intent: RecordIntent) -> Name | None:
        """What has to come before this event can be applied; None when nothing has to."""
        item = self._records.catalog.object(intent.object)
        if intent.effect.unknown == "wait" and self._known(batch, intent) is None:
            return item.id, intent.identity
        for name, (find, value) in intent.finds.items():
            target = mapping.target_of(item, name)
            if find.by is None and find.missing == "wait" and target is not None:
                object_id = self._records.catalog.object(target).id
                for one in _listed(value):
                    if (object_id, one) not in batch.known:
                        return object_id, one
        return None

    def _known(self, batch: Applying, intent: RecordIntent) -> Known | None:
        found = (batch.known.get(name) for name in self._own_names(intent))
        return next((one for one in found if one is not None), None)

    async def _save(self, batch: Applying, wave: Sequence[Work]) -> None:
        by_object: dict[str, list[Work]] = {}
        for work in wave:
            by_object.setdefault(_intent(work).object, []).append(work)
        for object_name, works in by_object.items():
            await self._resolve_keys(batch, object_name, works)
            await self._save_object(batch, object_name, works)

    async def _resolve_keys(self, batch: Applying, object_name: str, works: Sequence[Work]) -> None:
        """Records that did not come from this source, found by a field of theirs."""
        item = self._records.catalog.object(object_name)
        wanted: dict[str, dict[Any, list[Work]]] = {}
        for work in works:
            intent = _intent(work)
            key = intent.effect.key
            value = None if key is None else intent.values.get(key)
            if key is None or value is None or self._known(batch, intent) is not None:
                continue
            try:
                stored = item.fields[key].parse(value)
            except Problem:  # the save says what is wrong with the value
                continue
            wanted.setdefault(key, {}).setdefault(stored, []).append(work)
        for key, values in wanted.items():
            found = await self._records.find(batch.tx, batch.caller, object_name, key, list(values))
            for value, (record, *_) in found.items():
                for work in values[value]:
                    named = item.id, _intent(work).identity
                    batch.known[named] = Known(record)
                    batch.arrived.add(named)

    async def _save_object(self, batch: Applying, object_name: str, works: Sequence[Work]) -> None:
        found = await self._found(batch, object_name, works)
        writes: list[tuple[Work, Write]] = []
        for work in works:
            if work.state != "new":
                continue
            write = self._write(batch, work, found)
            if write is not None:
                writes.append((work, write))
        for operation in ("create", "update"):
            chosen = [(work, write) for work, write in writes if write.operation == operation]
            if chosen:
                saved = await self._records.save(
                    batch.tx,
                    batch.caller,
                    Batch(
                        object_name,
                        [write for _, write in chosen],
                        mode="each",
                        occurred_at=[work.event.occurred_at for work, _ in chosen],
                    ),
                )
                for (work, write), result in zip(chosen, saved.results, strict=True):
                    self._done(batch, work, write, result)
        made = [self._known(batch, _intent(work)) for work, _ in writes if work.state == "applied"]
        joining = [one.record for one in made if one is not None]
        if joining:
            await matching.join(batch.tx, self._records, batch.caller, object_name, joining)

    def _write(
        self, batch: Applying, work: Work, found: Mapping[tuple[str, str, str], UUID]
    ) -> Write | None:
        """What to save for an event; None when nothing is left to do (the state says why)."""
        intent = _intent(work)
        known = self._known(batch, intent)
        work.operation = batch.caller.operation
        if known is None and intent.effect.unknown == "ignore":
            work.state = "ignored"
            return None
        if known is not None and intent.effect.known == "keep":
            work.state = "applied"
            return None
        values = dict(intent.values)
        for name, (find, value) in intent.finds.items():
            referred = self._referred(batch, intent, name, found)
            if referred is None and find.missing == "refuse":
                work.refuse([_not_found(name, value)])
                return None
            values[name] = referred
        if known is None:
            whole = {**intent.defaults, **values}
            return Write("create", {name: v for name, v in whole.items() if v is not None})
        fresh = mapping.newer(values, intent.version, known.versions)
        if not fresh:
            work.state = "applied"
            return None
        return Write("update", fresh, id=known.record)

    def _referred(
        self,
        batch: Applying,
        intent: RecordIntent,
        name: str,
        found: Mapping[tuple[str, str, str], UUID],
    ) -> Any:
        """The id, or ids, that a reference is given; None where one that is needed is missing."""
        item = self._records.catalog.object(intent.object)
        find, value = intent.finds[name]
        target = self._records.catalog.object(mapping.target_of(item, name) or "")
        listed = list(_listed(value))
        ids_found: list[str] = []
        for one in listed:
            if find.by is None:
                known = batch.known.get((target.id, one))
                record = None if known is None else known.record
            else:
                record = found.get((target.name, find.by, one))
            if record is None and find.missing == "refuse":
                return None
            if record is not None:
                ids_found.append(str(record))
        if isinstance(value, list):
            return ids_found
        return ids_found[0] if ids_found else None

    async def _found(
        self, batch: Applying, object_name: str, works: Sequence[Work]
    ) -> dict[tuple[str, str, str], UUID]:
        """Records that references name by a field of theirs: by object, field and value as given.

        A value that names two records names none.
        """
        item = self._records.catalog.object(object_name)
        wanted: dict[tuple[str, str], set[str]] = {}
        for work in works:
            for name, (find, value) in _intent(work).finds.items():
                target = mapping.target_of(item, name)
                if find.by is not None and target is not None:
                    wanted.setdefault((target, find.by), set()).update(_listed(value))
        found: dict[tuple[str, str, str], UUID] = {}
        for (target, by), values in wanted.items():
            hits = await self._records.find(batch.tx, batch.caller, target, by, sorted(values))
            for value, records in hits.items():
                if len(records) == 1:
                    found[target, by, value] = records[0]
        return found

    def _done(self, batch: Applying, work: Work, write: Write, result: Result) -> None:
        """Note what saving made of an event."""
        if result.status == "refused" or result.id is None:
            work.refuse([*result.faults, *result.warnings])
            return
        intent = _intent(work)
        known = self._known(batch, intent) or Known(result.id)
        known.changed = True
        written = mapping.names_of(intent) if write.operation == "create" else write.values
        for name in written:
            known.versions[name] = _version(intent.version)
        for own in self._own_names(intent):
            if own not in batch.known:
                batch.known[own] = known
                batch.arrived.add(own)
        work.state = "applied"

    async def _note_records(self, batch: Applying) -> None:
        """Keep which records the source's ids stand for, and the versions of their fields."""
        arrived = sorted(batch.arrived)
        if arrived:
            await batch.tx.execute(
                self._statements["note_records"],
                {
                    "source": batch.source.id,
                    "objects": [object_id for object_id, _ in arrived],
                    "ids": [outside for _, outside in arrived],
                    "records": [batch.known[name].record for name in arrived],
                },
            )
        changed = {one.record: one for one in batch.known.values() if one.changed}
        if changed:
            await batch.tx.execute(
                self._statements["note_versions"],
                {
                    "source": batch.source.id,
                    "records": list(changed),
                    "versions": [
                        msgspec.json.encode(one.versions).decode() for one in changed.values()
                    ],
                },
            )

    # Behaviour

    async def _behave(self, batch: Applying) -> None:
        """Keep what people did, and give records behaviour that came before them."""
        warm: dict[tuple[str, str], set[UUID]] = {}
        acts = [
            (work.event, behaviour)
            for work in batch.works
            if work.state == "applied" and (behaviour := _behaviour(work)) is not None
        ]
        if acts:
            await self._add_behaviour(batch, acts)
        for _, act in acts:
            item = self._records.catalog.object(act.effect.object)
            known = batch.known.get((item.id, act.about))
            if known is not None and act.effect.heat is not None:
                warm.setdefault((item.name, act.effect.heat), set()).add(known.record)
        for object_id, record in await self._adopt(batch):
            for name, heat_field in self._heated(batch.source, object_id):
                warm.setdefault((name, heat_field), set()).add(record)
        for (name, heat_field), chosen in warm.items():
            item = self._records.catalog.object(name)
            await heat.renew(
                batch.tx, self._records, batch.caller, item, heat_field, sorted(chosen)
            )

    async def _add_behaviour(
        self, batch: Applying, acts: Sequence[tuple[Stored, BehaviourIntent]]
    ) -> None:
        names = [(self._records.catalog.object(act.effect.object).id, act.about) for _, act in acts]
        known = [batch.known.get(name) for name in names]
        await batch.tx.execute(
            self._statements["add_behaviour"],
            {
                "source": batch.source.id,
                "ats": [event.occurred_at for event, _ in acts],
                "events": [event.id for event, _ in acts],
                "kinds": [act.effect.kind for _, act in acts],
                "objects": [object_id for object_id, _ in names],
                "ids": [outside for _, outside in names],
                "records": [None if one is None else one.record for one in known],
                "points": [act.points for _, act in acts],
            },
        )

    async def _adopt(self, batch: Applying) -> list[tuple[str, UUID]]:
        """Behaviour and events that were here before the records they are about."""
        if not batch.arrived:
            return []
        arrived = sorted(batch.arrived)
        cursor = await batch.tx.execute(
            self._statements["adopt_behaviour"],
            {
                "source": batch.source.id,
                "objects": [object_id for object_id, _ in arrived],
                "ids": [outside for _, outside in arrived],
                "records": [batch.known[name].record for name in arrived],
            },
        )
        adopted = await cursor.fetchall()
        await batch.tx.execute(
            self._statements["wake"],
            {"source": batch.source.id, "waits": [" ".join(name) for name in arrived]},
        )
        return [(object_id, record) for object_id, record in adopted]

    def _heated(self, source: Source, object_id: str) -> Iterator[tuple[str, str]]:
        """The heat fields that a source's behaviour raises on an object."""
        catalog = self._records.catalog
        for event in source.events.values():
            effect = event.definition.behaviour
            if effect is None or effect.heat is None:
                continue
            if catalog.object(effect.object).id == object_id:
                yield effect.object, effect.heat

    # What became of them

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


def _record(work: Work) -> RecordIntent | None:
    return None if work.intent is None else work.intent.record


def _behaviour(work: Work) -> BehaviourIntent | None:
    return None if work.intent is None else work.intent.behaviour


def _intent(work: Work) -> RecordIntent:
    found = _record(work)
    if found is None:
        raise TypeError(work)
    return found


def _listed(value: Any) -> Iterator[str]:
    """The texts that a reference's value names records by."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one:
            yield one


def _version(version: Version) -> list[str]:
    number, event_id = version
    return [str(number), event_id]


def _not_found(name: str, value: Any) -> Fault:
    shown = "、".join(_listed(value))[:100]
    return Fault("not_found", Text(f"找不到 {shown}", f"There is no {shown}"), name)


def _reason(found: Sequence[Fault]) -> str | None:
    return msgspec.json.encode(faults.told(found)).decode() if found else None
