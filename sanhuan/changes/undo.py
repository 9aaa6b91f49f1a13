"""Undoing an operation: all that one import, bulk call or request changed, put back as it was.

What the operation made is binned, what it changed gets its former values, what it binned comes
back; so does what it set off elsewhere. A record that anybody changed since is left alone and
listed. The undo is an operation of its own, and can be undone. Each batch of records is a
transaction of its own; undoing what is undone already does nothing, so it can be taken up again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec
from psycopg import rows

from sanhuan.catalog.fields import LinesField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.database import queries
from sanhuan.identity import Caller, system_caller
from sanhuan.records import Batch, Records, Transaction, Write

BATCH: Final = 500

Act = Literal["remove", "put_back", "restore"]
Values = Mapping[str, Any]


class Touched(NamedTuple):
    """A record that the operation changed, and the first version that it made of it."""

    object_id: str
    record_id: UUID
    first: int


class Happened(NamedTuple):
    """One change of a record. `own`: the operation's, or set off by it; `undone`: by its undo."""

    record_id: UUID
    version: int
    kind: str
    before: Values | None
    after: Values | None
    own: bool
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """The way back of one record: what to do, and the values to put back, by field id."""

    acts: tuple[Act, ...]
    values: Values = field(default_factory=dict)
    now: Values = field(default_factory=dict)
    """Of the same fields: what the operation left."""


class Left(NamedTuple):
    """A record that was left as it is. `reason`: `changed_since`, or why saving refused."""

    object: str
    id: UUID
    reason: str


@dataclass(slots=True)
class Undone:
    """What undoing did: numbers of records, and those that were left."""

    removed: int = 0
    put_back: int = 0
    restored: int = 0
    left: list[Left] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.removed + self.put_back + self.restored + len(self.left)


def way_back(history: Sequence[Happened]) -> Way | None:
    """How a record gets back to what it was; None when others changed it since. Pure.

    `history` begins with the operation's first change of the record.
    """
    if not all(one.own for one in history):
        return None
    first, last = history[0].kind, history[-1].kind
    if first == "create":
        return Way(() if last == "delete" else ("remove",))
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for one in history:
        for name, value in (one.before or {}).items():
            before.setdefault(name, value)
        after.update(one.after or {})
    values = {name: value for name, value in before.items() if value != after.get(name)}
    if first == "restore":
        return Way((*(("put_back",) if values else ()), "remove"), values, after)
    acts: tuple[Act, ...] = ("restore",) if last == "delete" else ()
    if values and not (last == "delete" and len(history) == 1):
        acts = (*acts, "put_back")
    return Way(acts, values, after)


def values_of(item: ObjectType, way: Way) -> dict[str, Any]:
    """The values to write, by API name; lines as what to create, update and delete."""
    found: dict[str, Any] = {}
    for field_id, value in way.values.items():
        one = item.by_id.get(field_id)
        if one is None or one.computed:
            continue
        if isinstance(one, LinesField):
            continue
        found[one.name] = value
    return found


def lines_of(catalog: Catalog, item: ObjectType, way: Way) -> dict[str, Any]:
    """The same for fields that hold lines."""
    found: dict[str, Any] = {}
    for one in item.lines:
        if one.id in way.values:
            target = catalog.objects[one.object]
            found[one.name] = _lines(target, way.values[one.id] or (), way.now.get(one.id) or ())
    return found


def _lines(
    target: ObjectType, before: Sequence[Values], now: Sequence[Values]
) -> dict[str, list[Any]]:
    there = {line["id"] for line in now}
    was = {line["id"] for line in before}
    named = [(line["id"], _line(target, line)) for line in before]
    return {
        "create": [values for id_, values in named if id_ not in there],
        "update": [{"id": id_, **values} for id_, values in named if id_ in there],
        "delete": [line["id"] for line in now if line["id"] not in was],
    }


def _line(target: ObjectType, line: Values) -> dict[str, Any]:
    return {
        one.name: line.get(one.id) for one in target.own_fields if one.stored and not one.computed
    }


class Undo:
    """Undoes operations."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._statements = queries.load("sanhuan.changes", "undo.sql")

    async def touched(self, tx: Transaction, operation: UUID) -> Sequence[Touched]:
        """The records that an operation changed, the last changed first."""
        cursor = tx.cursor(row_factory=rows.class_row(Touched))
        await cursor.execute(self._statements["touched"], {"operation": operation})
        return await cursor.fetchall()

    async def run(
        self,
        operation: UUID,
        undo: UUID,
        caller: Callable[[Transaction], Awaitable[Caller]],
    ) -> AsyncIterator[Undone]:
        """Put back what `operation` changed; the changes carry the operation `undo`.

        `caller` says in each batch's transaction who undoes and what he may do now. Gives the sum
        so far after each batch; raises what saving and `caller` raise.
        """
        async with self._records.transaction() as tx:
            touched = await self.touched(tx, operation)
        done = Undone()
        for object_id, batch in batches(touched):

            async def act(
                tx: Transaction, object_id: str = object_id, batch: Sequence[Touched] = batch
            ) -> Undone:
                asking = await caller(tx)
                return await self._undo(tx, asking, operation, undo, object_id, batch)

            found = await self._records.run(act)
            done.removed += found.removed
            done.put_back += found.put_back
            done.restored += found.restored
            done.left += found.left
            yield done

    async def _undo(
        self,
        tx: Transaction,
        caller: Caller,
        operation: UUID,
        undo: UUID,
        object_id: str,
        batch: Sequence[Touched],
    ) -> Undone:
        done = Undone()
        catalog = self._records.catalog
        item = catalog.objects_by_id.get(object_id)
        if item is None:
            done.left += [Left(object_id, one.record_id, "unknown_object") for one in batch]
            return done
        ids = [one.record_id for one in batch]
        await self._records.lock(tx, item.name, ids)
        allowed = await self._allowed(tx, caller, item, ids)
        ways: dict[UUID, Way] = {}
        histories = await self._histories(tx, operation, undo, object_id, batch)
        made_it = await self._maker(tx, operation) == caller.user
        for record, history in groupby(histories, key=lambda one: one.record_id):
            changes = list(history)
            way = way_back([one for one in changes if not one.undone])
            if way is None:
                done.left.append(Left(item.name, record, "changed_since"))
            elif any(one.undone for one in changes):
                _count(done, way)
            elif not (made_it and record in allowed) and not _may(
                way, allowed.get(record), caller, item
            ):
                done.left.append(Left(item.name, record, "forbidden"))
            else:
                ways[record] = way
        platform = system_caller(
            caller.via, on_behalf_of=caller.user, operation=undo, cause=operation
        )
        await self._act(tx, platform, item, ways, done)
        return done

    async def _maker(self, tx: Transaction, operation: UUID) -> UUID | None:
        cursor = tx.cursor(row_factory=rows.scalar_row)
        await cursor.execute(self._statements["maker"], {"operation": operation})
        maker: UUID | None = await cursor.fetchone()
        return maker

    async def _histories(
        self,
        tx: Transaction,
        operation: UUID,
        undo: UUID,
        object_id: str,
        batch: Sequence[Touched],
    ) -> Sequence[Happened]:
        cursor = tx.cursor(row_factory=rows.class_row(Happened))
        await cursor.execute(
            self._statements["histories"],
            {
                "operation": operation,
                "undo": undo,
                "object": object_id,
                "records": [one.record_id for one in batch],
                "firsts": [one.first for one in batch],
            },
        )
        return await cursor.fetchall()

    async def _allowed(
        self, tx: Transaction, caller: Caller, item: ObjectType, ids: Sequence[UUID]
    ) -> dict[UUID, frozenset[str]]:
        """What the caller may do with each record now; those in the bin are not among them."""
        if not caller.may("see", item.id):
            return {}
        shown = await self._records.get_many(tx, caller, item.name, ids, ["id"])
        return {
            record: frozenset(msgspec.json.decode(body)["_can"]) for record, body in shown.items()
        }

    async def _act(
        self,
        tx: Transaction,
        platform: Caller,
        item: ObjectType,
        ways: Mapping[UUID, Way],
        done: Undone,
    ) -> None:
        """Restore, put back, remove, in this order; what is refused is listed and left."""
        refused: set[UUID] = set()
        for act in ("restore", "put_back", "remove"):
            writes = [
                self._write(item, act, record, way)
                for record, way in ways.items()
                if act in way.acts and record not in refused
            ]
            if not writes:
                continue
            saved = await self._records.save(tx, platform, Batch(item.name, writes, mode="each"))
            for write, result in zip(writes, saved.results, strict=True):
                if result.status == "refused" and write.id is not None:
                    code = (*result.faults, *result.warnings)[0].code
                    refused.add(write.id)
                    done.left.append(Left(item.name, write.id, code))
        for record, way in ways.items():
            if record not in refused:
                _count(done, way)

    def _write(self, item: ObjectType, act: str, record: UUID, way: Way) -> Write:
        if act == "put_back":
            catalog = self._records.catalog
            values = {**values_of(item, way), **lines_of(catalog, item, way)}
            return Write("update", values, id=record)
        return Write("delete" if act == "remove" else "restore", id=record)


def batches(touched: Sequence[Touched]) -> Iterator[tuple[str, Sequence[Touched]]]:
    """Runs of records of one object, at most BATCH in each."""
    for object_id, run in groupby(touched, key=lambda one: one.object_id):
        listed = list(run)
        for start in range(0, len(listed), BATCH):
            yield object_id, listed[start : start + BATCH]


def _count(done: Undone, way: Way) -> None:
    done.restored += "restore" in way.acts
    done.removed += "remove" in way.acts
    done.put_back += way.acts == ("put_back",)


def _may(way: Way, can: frozenset[str] | None, caller: Caller, item: ObjectType) -> bool:
    """Whether the caller could do what the way back takes, had he not done the operation."""
    needed = {"edit" if act == "put_back" else "delete" for act in way.acts}
    if can is None:
        return not way.acts or ("restore" in way.acts and caller.may("delete", item.id))
    return needed <= can
