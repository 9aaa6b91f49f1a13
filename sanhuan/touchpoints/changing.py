"""Changing records as events ask for: what is referred to first, the newest values last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from sanhuan.catalog.fields import Problem
from sanhuan.database import queries
from sanhuan.errors import Text
from sanhuan.records import Batch, Fault, Records, Result, Write
from sanhuan.touchpoints import mapping, matching
from sanhuan.touchpoints.batches import Applying, Known, Name, Work, listed
from sanhuan.touchpoints.mapping import Intent, RecordIntent, Version


class Changing:
    """The part of applying events that makes and changes records."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._statements = queries.load("sanhuan.touchpoints")

    async def load(self, batch: Applying) -> None:
        """Look up which records the names in the batch stand for."""
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
                    for one in listed(value):
                        yield catalog.object(target).id, one
        if intent.behaviour is not None:
            yield catalog.object(intent.behaviour.effect.object).id, intent.behaviour.about

    async def change(self, batch: Applying) -> None:
        """In waves: one change of a record at a time, and what refers after what it refers to."""
        waiting = sorted(
            (work for work in batch.works if work.state == "new" and work.changes_record),
            key=lambda work: (work.event.occurred_at, work.record.version),
        )
        for work in batch.works:
            if work.state == "new" and not work.changes_record:
                work.state = "applied"
        while waiting:
            wave, rest = self._wave(batch, waiting)
            if not wave:
                for work in rest:
                    work.waits_for = self._missing(batch, work.record)
                return
            await self._save(batch, wave)
            waiting = rest

    def _wave(self, batch: Applying, waiting: Sequence[Work]) -> tuple[list[Work], list[Work]]:
        wave: list[Work] = []
        rest: list[Work] = []
        touched: set[Name] = set()
        for work in waiting:
            intent = work.record
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
                for one in listed(value):
                    if (object_id, one) not in batch.known:
                        return object_id, one
        return None

    def _known(self, batch: Applying, intent: RecordIntent) -> Known | None:
        found = (batch.known.get(name) for name in self._own_names(intent))
        return next((one for one in found if one is not None), None)

    async def _save(self, batch: Applying, wave: Sequence[Work]) -> None:
        by_object: dict[str, list[Work]] = {}
        for work in wave:
            by_object.setdefault(work.record.object, []).append(work)
        for object_name, works in by_object.items():
            await self._resolve_keys(batch, object_name, works)
            await self._save_object(batch, object_name, works)

    async def _resolve_keys(self, batch: Applying, object_name: str, works: Sequence[Work]) -> None:
        """Records that did not come from this source, found by a field of theirs."""
        item = self._records.catalog.object(object_name)
        wanted: dict[str, dict[Any, list[Work]]] = {}
        for work in works:
            intent = work.record
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
                    named = item.id, work.record.identity
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
        for chosen in runs(writes):
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
        made = [self._known(batch, work.record) for work, _ in writes if work.state == "applied"]
        joining = [one.record for one in made if one is not None]
        if joining:
            await matching.join(batch.tx, self._records, batch.caller, object_name, joining)

    def _write(
        self, batch: Applying, work: Work, found: Mapping[tuple[str, str, str], UUID]
    ) -> Write | None:
        """What to save for an event; None when nothing is left to do (the state says why)."""
        intent = work.record
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
        ids_found: list[str] = []
        for one in listed(value):
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
            for name, (find, value) in work.record.finds.items():
                target = mapping.target_of(item, name)
                if find.by is not None and target is not None:
                    wanted.setdefault((target, find.by), set()).update(listed(value))
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
        intent = work.record
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

    async def note(self, batch: Applying) -> None:
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


def runs(writes: Sequence[tuple[Work, Write]]) -> Iterator[Sequence[tuple[Work, Write]]]:
    """The writes in batches of one operation, in which no record comes twice."""
    for operation in ("create", "update"):
        waiting = [(work, write) for work, write in writes if write.operation == operation]
        while waiting:
            seen: set[UUID] = set()
            run: list[tuple[Work, Write]] = []
            later: list[tuple[Work, Write]] = []
            for work, write in waiting:
                (later if write.id in seen else run).append((work, write))
                if write.id is not None:
                    seen.add(write.id)
            yield run
            waiting = later


def _version(version: Version) -> list[str]:
    number, event_id = version
    return [str(number), event_id]


def _not_found(name: str, value: Any) -> Fault:
    shown = "、".join(listed(value))[:100]
    return Fault("not_found", Text(f"找不到 {shown}", f"There is no {shown}"), name)
