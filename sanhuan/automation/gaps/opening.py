"""Opens and closes gaps as records change: a reader of the change log.

What it does follows from what the records are now, so doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from psycopg import rows as factories

from sanhuan.automation import tasks
from sanhuan.automation.gaps import deciding, times
from sanhuan.automation.gaps.deciding import Outcome, Row, Step
from sanhuan.automation.gaps.kinds import Kind, Kinds
from sanhuan.automation.tasks import About, Task
from sanhuan.automation.tools import Surroundings, Tools, following, reference
from sanhuan.catalog.runtime import ObjectType
from sanhuan.changes.entries import Entry
from sanhuan.changes.reader import Reader
from sanhuan.database import queries
from sanhuan.database.pool import Connection
from sanhuan.identity.access import Caller, system_caller
from sanhuan.records import ids
from sanhuan.records.evaluating import Evaluated

NAME: Final = "automation.gaps"
AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Cause:
    """The change that something follows from."""

    operation: UUID
    root: UUID | None
    depth: int
    caller: Caller

    @classmethod
    def of_entry(cls, entry: Entry) -> Cause:
        return cls(entry.operation, entry.root, entry.depth, following(entry))

    @classmethod
    def of_clock(cls, row: Row) -> Cause:
        """What a clock does follows from what opened the wait."""
        caller = system_caller(
            "timer", cause=row.operation, root=row.root or row.operation, depth=row.depth + 1
        )
        return cls(row.operation, row.root, row.depth, caller)


@dataclass(frozen=True, slots=True)
class Opened:
    """A wait that begins."""

    id: UUID
    kind: Kind
    record: UUID
    now: Evaluated
    times: times.Times
    hours: Decimal
    remind: Decimal | None
    lapsed: tuple[UUID, ...]


@dataclass
class Settling:
    """The gaps of some records of one object being brought to what the records say."""

    tx: Connection
    tools: Tools
    around: Surroundings
    item: ObjectType
    causes: Mapping[UUID, Cause]
    rows: Mapping[tuple[str, UUID], Row]
    closed: list[tuple[Row, Outcome]] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)


class Opening:
    """Keeps the gaps of one process's catalog open and closed."""

    def __init__(self, tools: Tools, kinds: Kinds) -> None:
        self._tools = tools
        self._kinds = kinds
        self._statements = queries.load("sanhuan.automation.gaps", "gaps.sql")

    def reader(self) -> Reader:
        """The reader that follows the log, from its beginning."""
        return Reader(NAME, self.handle, batch=AT_ONCE)

    async def handle(self, tx: Connection, entries: Sequence[Entry]) -> None:
        """Bring the gaps of the records that entries are about to what those say now."""
        around = await self._tools.around(tx)
        catalog = self._tools.records.catalog
        touched: dict[str, dict[UUID, Cause]] = {}
        for entry in entries:
            if self._kinds.over(catalog, entry.object_id):
                of_object = touched.setdefault(entry.object_id, {})
                of_object[entry.record_id] = Cause.of_entry(entry)
        for object_id, causes in sorted(touched.items()):
            await self.settle(tx, around, catalog.objects_by_id[object_id], causes)

    async def settle(
        self,
        tx: Connection,
        around: Surroundings,
        item: ObjectType,
        causes: Mapping[UUID, Cause],
    ) -> None:
        """Open and close what the records ask for; `causes` are the records with why."""
        rows = await self._waiting(tx, item, list(causes))
        settling = Settling(tx, self._tools, around, item, causes, rows)
        alive = await self._tools.records.lock(tx, item.name, list(causes))
        for kind in self._kinds.over(self._tools.records.catalog, item.id):
            now = await kind.judge(tx, self._tools.records, alive)
            for record in causes:
                _decide(settling, kind, record, now.get(record))
        await self._close(settling)
        await self._open(settling)

    async def _waiting(
        self, tx: Connection, item: ObjectType, records: Sequence[UUID]
    ) -> dict[tuple[str, UUID], Row]:
        cursor = tx.cursor(row_factory=factories.class_row(Row))
        await cursor.execute(
            self._statements["waiting_of_records"], {"object": item.id, "records": list(records)}
        )
        return {(row.gap, row.record_id): row for row in await cursor.fetchall()}

    async def _close(self, settling: Settling) -> None:
        if not settling.closed:
            return
        await settling.tx.execute(
            self._statements["close"],
            {
                "ids": [row.id for row, _ in settling.closed],
                "outcomes": [outcome for _, outcome in settling.closed],
                "now": settling.tools.records.time.now(),
            },
        )
        for kind_id in {row.gap for row, _ in settling.closed}:
            kind = self._kinds.of(settling.tools.records.catalog).get(kind_id)
            ended = [(row, outcome) for row, outcome in settling.closed if row.gap == kind_id]
            if kind is not None:
                await _end_tasks(settling, kind, ended)

    async def _open(self, settling: Settling) -> None:
        if not settling.opened:
            return
        now = settling.tools.records.time.now()
        cursor = settling.tx.cursor()
        await cursor.executemany(
            self._statements["open"], [_columns(settling, one, now) for one in settling.opened]
        )
        await _give_tasks(settling)


def _decide(settling: Settling, kind: Kind, record: UUID, now: Evaluated | None) -> None:
    row = settling.rows.get((kind.id, record))
    step = deciding.step(row, kind.said(now))
    if row is not None and step.close is not None:
        settling.closed.append((row, step.close))
    if step.open and now is not None:
        settling.opened.append(_wait(settling, kind, record, now, step))


def _wait(settling: Settling, kind: Kind, record: UUID, now: Evaluated, step: Step) -> Opened:
    noticed = settling.tools.records.time.now()
    hours, remind = kind.hours(now), kind.remind(now)
    calendar = settling.around.calendar(reference(now.values["department"]))
    reckoned = times.reckon(calendar, kind.since(now) or noticed, noticed, hours, remind)
    return Opened(ids.uuid7(noticed), kind, record, now, reckoned, hours, remind, step.lapsed)


def _columns(settling: Settling, one: Opened, now: Any) -> dict[str, Any]:
    cause = settling.causes[one.record]
    return {
        "id": one.id,
        "gap": one.kind.id,
        "object": settling.item.id,
        "record": one.record,
        "owner": reference(one.now.values["owner"]),
        "department": reference(one.now.values["department"]),
        "lapsed": list(one.lapsed),
        "since": one.kind.since(one.now) or now,
        "counted_from": one.times.counted_from,
        "hours": one.hours,
        "remind_hours": one.remind,
        "remind_at": one.times.remind_at,
        "due_at": one.times.due_at,
        "next_at": one.times.next_at,
        "now": now,
        "operation": cause.operation,
        "root": cause.root,
        "depth": cause.depth,
        "calendar_version": settling.around.calendars.version,
    }


async def _give_tasks(settling: Settling) -> None:
    """A task for each owner who has none of the kind about the record yet."""
    wanted = [one for one in settling.opened if one.kind.definition.task is not None]
    kinds = {one.kind.definition.task.kind for one in wanted if one.kind.definition.task}
    if not wanted:
        return
    records = settling.tools.records
    known = await tasks.open_about(
        settling.tx, records, settling.item.name, {one.record for one in wanted}, kinds
    )
    has = {(task["about_record"], task["assignee"]["id"], task["kind"]) for task in known}
    given: dict[UUID, list[Task]] = {}
    for one in wanted:
        task = _task(settling, one)
        if task is not None and (str(one.record), str(task.assignee), task.kind) not in has:
            given.setdefault(settling.causes[one.record].operation, []).append(task)
    callers = {cause.operation: cause.caller for cause in settling.causes.values()}
    for operation, found in given.items():
        await tasks.give(settling.tx, records, callers[operation], found)


def _task(settling: Settling, one: Opened) -> Task | None:
    owner, task = reference(one.now.values["owner"]), one.kind.definition.task
    if owner is None or task is None:
        return None
    title = one.kind.title(one.now)
    return Task(
        kind=task.kind,
        subject=one.kind.text(one.now, "subject") or title,
        assignee=owner,
        about=About(settling.item.name, one.record, title),
        key=key_of(one.id),
        due_at=one.times.due_at,
        reason=one.kind.text(one.now, "reason"),
    )


def key_of(gap: UUID) -> str:
    """The key of the task that a wait gives its owner."""
    return f"gap:{gap}"


def key_of_manager(gap: UUID) -> str:
    """The key of the task that asks a manager about a wait."""
    return f"gap:{gap}:manager"


async def _end_tasks(settling: Settling, kind: Kind, ended: Sequence[tuple[Row, Outcome]]) -> None:
    """What was done is done; what is another's now, or needed no more, is cancelled."""
    by_record = {str(row.record_id): (row, outcome) for row, outcome in ended}
    records = settling.tools.records
    found = await tasks.open_about(
        settling.tx, records, settling.item.name, [row.record_id for row, _ in ended],
        kind.task_kinds,
    )  # fmt: skip
    changes: dict[UUID, dict[str, dict[str, Any]]] = {}
    for task in found:
        row, outcome = by_record[task["about_record"]]
        state = _end(row, outcome, task)
        if state is not None:
            operation = settling.causes[row.record_id].operation
            changes.setdefault(operation, {})[task["id"]] = {"state": state}
    callers = {cause.operation: cause.caller for cause in settling.causes.values()}
    for operation, changed in changes.items():
        await tasks.change(settling.tx, records, callers[operation], changed)


def _end(row: Row, outcome: Outcome, task: Mapping[str, Any]) -> str | None:
    """How a task ends with the wait; None for one that goes on."""
    if outcome == "met":
        return "done"
    if outcome == "dropped":
        return "cancelled"
    if task["key"] == key_of_manager(row.id):
        return "done"
    return "cancelled" if task["assignee"]["id"] == str(row.owner_id) else None
