"""Starts what follows from changes: a reader of the change log.

The effects of a batch of entries are in the transaction that moves the reader's place, so each
entry has them exactly once. Conditions are judged on records as they are then, which are locked
first: what a person did meanwhile counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
import structlog

from sanhuan import expressions
from sanhuan.automation.definitions import ActionDo, SetDo, TriggerDefinition, triggers
from sanhuan.automation.tools import DEEPEST, Tools, following
from sanhuan.catalog.fields import ReferenceField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.changes.entries import Entry
from sanhuan.changes.reader import Reader
from sanhuan.database.pool import Connection
from sanhuan.identity.access import system_caller
from sanhuan.records import Batch, Write, evaluating
from sanhuan.records.evaluating import Evaluated, Formulas

NAME: Final = "automation.triggers"
AT_ONCE: Final = 50
"""Entries in one transaction: it dispatches, and others wait for their turn meanwhile."""
HISTORY: Final = timedelta(hours=1)
"""What is imported and happened longer ago than this is history."""
PLATFORM = system_caller("flow")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class Compiled:
    """A trigger ready to run. `target` is the object that a `set` writes to."""

    definition: TriggerDefinition
    item: ObjectType
    fields: frozenset[str]
    """Ids of the fields whose change counts; none is any."""
    formulas: Formulas
    target: ObjectType
    condition: Formulas | None

    def is_started_by(self, entry: Entry) -> bool:
        """Whether an entry is of the kind that starts it."""
        if entry.object_id != self.item.id or entry.kind not in self.definition.moments:
            return False
        if entry.kind != "update" or not self.fields:
            return True
        moved = entry.owner_before != entry.owner_after
        changed = (
            set(entry.after or ()) | set(entry.before or ()) | ({"_owner"} if moved else set())
        )
        return bool(self.fields & changed)


class Triggers:
    """The triggers of one process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._kept: WeakKeyDictionary[Catalog, tuple[Compiled, ...]] = WeakKeyDictionary()

    def reader(self) -> Reader:
        """The reader that follows the log, from the day on which it is first set up."""
        return Reader(NAME, self.handle, batch=AT_ONCE, start="end")

    def of(self, catalog: Catalog) -> tuple[Compiled, ...]:
        """The triggers of a catalog, compiled once."""
        if catalog not in self._kept:
            self._kept[catalog] = tuple(compiled(catalog, one) for one in triggers(catalog))
        return self._kept[catalog]

    async def handle(self, tx: Connection, entries: Sequence[Entry]) -> None:
        """Do what follows from the entries, in their order."""
        await self._tools.around(tx)
        found = self.of(self._tools.records.catalog)
        starts = [
            start for entry in entries if not is_history(entry) for start in _starts(found, entry)
        ]
        await self._lock(tx, starts)
        for (trigger, _), group in groupby(starts, key=lambda one: (one[0], one[1].operation)):
            await self._run(tx, trigger, [entry for _, entry in group])

    async def _lock(self, tx: Connection, starts: Sequence[tuple[Compiled, Entry]]) -> None:
        wanted: dict[str, set[UUID]] = {}
        for trigger, entry in starts:
            wanted.setdefault(trigger.item.name, set()).add(entry.record_id)
        for name, ids in sorted(wanted.items()):
            await self._tools.records.lock(tx, name, sorted(ids))

    async def _run(self, tx: Connection, trigger: Compiled, entries: Sequence[Entry]) -> None:
        """Do it for the records that still meet the condition."""
        ids = list(dict.fromkeys(entry.record_id for entry in entries))
        do = trigger.definition.do
        names = {do.record} if isinstance(do, SetDo) and do.record is not None else set()
        now = await trigger.formulas.over(tx, self._tools.records, PLATFORM, ids, names)
        met = [
            record
            for record in ids
            if record in now and (trigger.definition.when is None or now[record].holds("when"))
        ]
        if not met:
            return
        caller = following(entries[0])
        if isinstance(do, ActionDo):
            action = self._tools.actions.find(trigger.item.name, do.action)
            parameters = msgspec.convert(do.parameters, action.parameters)
            await action.run(tx, caller, self._tools.records, met, parameters)
        else:
            await self._set(tx, trigger, do, entries[0], {each: now[each] for each in met})

    async def _set(
        self,
        tx: Connection,
        trigger: Compiled,
        do: SetDo,
        entry: Entry,
        now: Mapping[UUID, Evaluated],
    ) -> None:
        values: dict[UUID, Mapping[str, Any]] = {}
        for record, one in now.items():
            target = _target(do, record, one)
            if target is not None:
                values.setdefault(target, _values(one))
        targets = await self._tools.records.lock(tx, trigger.target.name, sorted(values))
        empty = await self._kept_values(tx, trigger, do, targets)
        rows = [
            Write(
                "update",
                {
                    name: value
                    for name, value in values[target].items()
                    if name not in do.keep or empty[target].values[name] is None
                },
                id=target,
            )
            for target in targets
            if target in empty and (do.when is None or empty[target].holds("when"))
        ]
        if rows:
            batch = Batch(trigger.target.name, rows)
            await self._tools.records.save(tx, following(entry), batch)

    async def _kept_values(
        self, tx: Connection, trigger: Compiled, do: SetDo, targets: Sequence[UUID]
    ) -> Mapping[UUID, Evaluated]:
        formulas = trigger.condition
        if formulas is None:
            formulas = Formulas(trigger.target.name, {}, {})
        return await formulas.over(tx, self._tools.records, PLATFORM, targets, do.keep)


def compiled(catalog: Catalog, definition: TriggerDefinition) -> Compiled:
    """A trigger ready to run in a catalog."""
    item = target = catalog.object(definition.object)
    do, condition = definition.do, None
    if isinstance(do, SetDo):
        one = item.fields[do.record] if do.record is not None else None
        if isinstance(one, ReferenceField):
            target = catalog.object(one.target)
        if do.when is not None:
            condition = evaluating.formulas(catalog, target.name, {"when": do.when})
    return Compiled(
        definition,
        item,
        frozenset(item.fields[name].id for name in definition.fields),
        evaluating.formulas(catalog, item.name, definition.formulas),
        target,
        condition,
    )


def _starts(found: Sequence[Compiled], entry: Entry) -> Iterator[tuple[Compiled, Entry]]:
    """What an entry starts, in order; nothing when it is itself too far down a chain."""
    started = [trigger for trigger in found if trigger.is_started_by(entry)]
    if started and entry.depth >= DEEPEST:
        log.warning("automation_too_deep", object=entry.object_id, operation=str(entry.operation))
        return
    for trigger in started:
        yield trigger, entry


def is_history(entry: Entry) -> bool:
    """Whether an entry tells of what happened long before it was imported."""
    return entry.via == "import" and entry.at - entry.occurred_at > HISTORY


def _target(do: SetDo, record: UUID, now: Evaluated) -> UUID | None:
    if do.record is None:
        return record
    value = now.values[do.record]
    return None if value is None else UUID(value["id"])


def _values(now: Evaluated) -> dict[str, Any]:
    return {
        name.removeprefix("values."): plain(value)
        for name, value in now.results.items()
        if name.startswith("values.") and not isinstance(value, expressions.ErrorValue)
    }


def plain(value: object) -> Any:
    """What a formula gave, as JSON of the API."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
