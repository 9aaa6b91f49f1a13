"""Which entries of the log someone may see as they happen, by today's rights.

Own and department are told from the entry itself, which carries owner and department before and
after. Who a record is shared with is read once for all listeners of a stretch of the log; so are
the values that conditions of policies ask for, which are then held against each listener in Python.
Only a condition that reaches through references is asked of the database for one listener.

A record that a caller saw before an entry and does not see after it is told as gone. What he never
saw is not told at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan import expressions
from sanhuan.catalog.fields import FieldDefinition
from sanhuan.catalog.runtime import ObjectType
from sanhuan.database import queries
from sanhuan.identity.access import Caller, Grant, Grants
from sanhuan.records.read import conditions
from sanhuan.records.read.statements import compiled
from sanhuan.records.write import current
from sanhuan.records.write.drafts import Far, View

if TYPE_CHECKING:
    from sanhuan.records.service import Records

BINNED = frozenset({"delete", "purge"})
BORN = frozenset({"create", "restore"})
MOST_SIEVES = 20_000


class Entry(Protocol):
    """What is read of an entry of the log (see sanhuan.changes.entries)."""

    @property
    def object_id(self) -> str: ...
    @property
    def record_id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def before(self) -> Mapping[str, Any] | None: ...
    @property
    def after(self) -> Mapping[str, Any] | None: ...
    @property
    def owner_before(self) -> UUID | None: ...
    @property
    def owner_after(self) -> UUID | None: ...
    @property
    def department_before(self) -> UUID | None: ...
    @property
    def department_after(self) -> UUID | None: ...


AnyEntry = TypeVar("AnyEntry", bound=Entry)
Memo = dict[Hashable, Any]
Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]


@dataclass(frozen=True, slots=True)
class Seen(Generic[AnyEntry]):
    """An entry that the caller may know of.

    `gone`: its record has left his sight. `fields` are the API names of the changed fields that
    are not hidden from him, () when it is gone.
    """

    entry: AnyEntry
    gone: bool
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sieve:
    """One grant that lets an object be seen, made ready for many entries."""

    grant: Grant
    kind: str
    members: frozenset[UUID] = frozenset()
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A policy's condition. `run` is None where only the database can tell."""

    key: str
    run: Callable[[expressions.Record, expressions.Context], object] | None


class Visibility:
    """Tells what callers see of entries; `connect` gives a connection when one has to be asked."""

    def __init__(self, records: Records, connect: Connect) -> None:
        self._records = records
        self._connect = connect
        self._sieves: dict[tuple[int, int, str], tuple[object, tuple[Sieve, ...]]] = {}

    async def of(
        self, entries: Sequence[AnyEntry], caller: Caller, memo: Memo
    ) -> list[Seen[AnyEntry]]:
        """What the caller sees of a stretch of the log, in its order.

        `memo` belongs to the stretch: what one caller had to ask for, the next need not.
        """
        seen: list[Seen[AnyEntry]] = []
        for entry in entries:
            item = self._records.catalog.objects_by_id.get(entry.object_id)
            if item is None or item.is_line:
                continue
            sieves = self._sieves_of(caller, item)
            if sieves:
                one = await self._judge(entry, entries, item, sieves, caller, memo)
                if one is not None:
                    seen.append(one)
        return seen

    # One entry

    async def _judge(
        self,
        entry: AnyEntry,
        entries: Sequence[AnyEntry],
        item: ObjectType,
        sieves: Sequence[Sieve],
        caller: Caller,
        memo: Memo,
    ) -> Seen[AnyEntry] | None:
        was, now_is = False, False
        hidden = changed_fields(entry, item)
        for sieve in sieves:
            if now_is and all(_hides(sieve, one) for one in hidden):
                continue  # it can show nothing more
            before, after = await self._takes(sieve, entry, entries, item, caller, memo)
            was = was or before
            if after:
                now_is = True
                hidden = [one for one in hidden if _hides(sieve, one)]
        if not now_is:
            return Seen(entry, gone=True) if was else None
        names = tuple(one.name for one in changed_fields(entry, item) if one not in hidden)
        if not names and entry.kind in ("update", "computed"):
            return None
        return Seen(entry, gone=False, fields=names)

    async def _takes(
        self,
        sieve: Sieve,
        entry: Entry,
        entries: Sequence[Entry],
        item: ObjectType,
        caller: Caller,
        memo: Memo,
    ) -> tuple[bool, bool]:
        """Whether a grant takes the record, before the entry and after it."""
        was_there, is_there = entry.kind not in BORN, entry.kind not in BINNED
        if sieve.kind == "all":
            return was_there, is_there
        if sieve.kind == "owners":
            owners = sieve.members
            return (
                was_there and entry.owner_before in owners,
                is_there and entry.owner_after in owners,
            )
        if sieve.kind == "departments":
            departments = sieve.members
            return (
                was_there and entry.department_before in departments,
                is_there and entry.department_after in departments,
            )
        if sieve.kind == "shared":
            shared = await self._is_shared(entry, entries, caller, memo)
            return was_there and shared, is_there and shared
        assert sieve.condition is not None
        before, after = await self._meets(
            sieve, sieve.condition, entry, entries, item, caller, memo
        )
        return was_there and before, is_there and after

    # Shares

    async def _is_shared(
        self, entry: Entry, entries: Sequence[Entry], caller: Caller, memo: Memo
    ) -> bool:
        if "shares" not in memo:
            memo["shares"] = await self._shares({one.record_id for one in entries})
        shares: Mapping[tuple[str, UUID], set[UUID]] = memo["shares"]
        with_whom = shares.get((entry.object_id, entry.record_id))
        return with_whom is not None and not with_whom.isdisjoint(caller.principals)

    async def _shares(self, records: Iterable[UUID]) -> dict[tuple[str, UUID], set[UUID]]:
        statements = queries.load("sanhuan.records", "log.sql")
        found: dict[tuple[str, UUID], set[UUID]] = {}
        async with self._connect() as connection:
            cursor = await connection.execute(
                statements["shares_of_records"], {"ids": list(records)}
            )
            for object_id, record, principal in await cursor.fetchall():
                found.setdefault((object_id, record), set()).add(principal)
        return found

    # Conditions

    async def _meets(
        self,
        sieve: Sieve,
        condition: Condition,
        entry: Entry,
        entries: Sequence[Entry],
        item: ObjectType,
        caller: Caller,
        memo: Memo,
    ) -> tuple[bool, bool]:
        if condition.run is None:
            return False, entry.record_id in await self._asked(sieve, entries, item, caller, memo)
        key = ("values", item.id)
        if key not in memo:
            memo[key] = await self._values(item, entries)
        values: Mapping[str, Any] = memo[key].get(entry.record_id, {})
        context = self._records.context(caller)
        return tuple(  # type: ignore[return-value]  # two sides, two truths
            condition.run(View(overlaid(values, side, item), Far()), context) is True
            for side in (entry.before, entry.after)
        )

    async def _values(
        self, item: ObjectType, entries: Sequence[Entry]
    ) -> dict[UUID, dict[str, Any]]:
        """The records' values now by field id, whoever asks; those in the bin among them."""
        ids = {one.record_id for one in entries if one.object_id == item.id}
        chosen = select(*(item.table.c[name] for name in current.columns_of(item))).where(
            item.table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
        )
        statement = compiled(chosen, ())
        async with self._connect() as connection:
            cursor = await connection.execute(statement.sql, {"ids": sorted(ids)})
            rows = await cursor.fetchall()
        return {row[0]: current.load_row(item, row, current.SYSTEM) for row in rows}

    async def _asked(
        self,
        sieve: Sieve,
        entries: Sequence[Entry],
        item: ObjectType,
        caller: Caller,
        memo: Memo,
    ) -> set[UUID]:
        """The records of the stretch that a condition takes for this caller, by the database."""
        assert sieve.condition is not None
        key = ("asked", item.id, sieve.condition.key, caller.user)
        if key not in memo:
            ids = {one.record_id for one in entries if one.object_id == item.id}
            alone = replace(caller, grants=Grants({item.id: (sieve.grant,)}))
            async with self._connect() as connection:
                memo[key] = set(
                    await self._records.get_many(connection, alone, item.name, sorted(ids), ["id"])
                )
        found: set[UUID] = memo[key]
        return found

    # Grants

    def _sieves_of(self, caller: Caller, item: ObjectType) -> tuple[Sieve, ...]:
        key = (id(caller.grants), self._records.catalog.version, item.id)
        found = self._sieves.get(key)
        if found is None:
            if len(self._sieves) >= MOST_SIEVES:
                self._sieves.clear()
            # The grants are kept with it: their id is theirs for as long.
            found = self._sieves[key] = (caller.grants, self._make_sieves(caller, item))
        return found[1]

    def _make_sieves(self, caller: Caller, item: ObjectType) -> tuple[Sieve, ...]:
        """The grants by what they cost to ask: those of all rows first, conditions last."""
        made = [self._sieve(grant, item) for grant in caller.grants_for(item.id, "see")]
        return tuple(sorted(made, key=lambda sieve: _COSTS.index(sieve.kind)))

    def _sieve(self, grant: Grant, item: ObjectType) -> Sieve:
        rows = grant.rows
        members = rows.users if rows.kind == "owners" else rows.departments
        condition = self._condition(grant, item) if rows.kind == "condition" else None
        return Sieve(grant, rows.kind, frozenset(members), condition)

    def _condition(self, grant: Grant, item: ObjectType) -> Condition:
        """A condition over the record's own values is run here; one that errs takes nothing."""
        catalog = self._records.catalog
        written = grant.rows.condition or {}
        try:
            expression = conditions.understood(catalog, item, written)
        except (expressions.ExpressionError, KeyError):
            return Condition("", lambda record, context: False)
        read = [item.by_id.get(path[0]) for path in expression.uses]
        fields = {one.id for one in read if one is not None and one.stored}
        own = None not in read and all(
            path[0] in fields and len(path) == 1 for path in expression.uses
        )
        run = expressions.compile_python(expression) if own else None
        return Condition(repr(written), run)


_COSTS = ("all", "owners", "departments", "shared", "condition")


def changed_fields(entry: Entry, item: ObjectType) -> list[FieldDefinition]:
    """The fields that an entry is about, as far as there still are such."""
    ids = dict.fromkeys([*(entry.before or {}), *(entry.after or {})])
    return [one for field_id in ids if (one := item.by_id.get(field_id)) is not None]


def overlaid(
    current: Mapping[str, Any], side: Mapping[str, Any] | None, item: ObjectType
) -> dict[str, Any]:
    """The values that a record has now, with those that one side of an entry names."""
    values = dict(current)
    for field_id, value in (side or {}).items():
        one = item.by_id.get(field_id)
        if one is not None and one.stored:
            values[field_id] = None if value is None else one.from_json(value)
    return values


def _hides(sieve: Sieve, one: FieldDefinition) -> bool:
    return sieve.grant.field_right(one.id) == "hidden"
