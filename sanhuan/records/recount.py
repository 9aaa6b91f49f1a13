"""Computed values counted anew, to be held against what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import Uuid, bindparam, select

from sanhuan import expressions
from sanhuan.catalog.fields import FieldDefinition, RollupField, Value
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.records.read.statements import Statements, compiled
from sanhuan.records.requests import Write
from sanhuan.records.write import current, far, judge, rollups
from sanhuan.records.write.compiled import Compiler, Summed, summed
from sanhuan.records.write.drafts import Draft, Far, Values, View


@dataclass(frozen=True, slots=True)
class Wrong:
    """A stored computed value that counting anew does not give, both as JSON."""

    record: UUID
    field_id: str
    counted: Any
    stored: Any


class Recounter:
    """Counts rollups and stored formulas of live records anew."""

    def __init__(self, catalog: Catalog, context: expressions.Context) -> None:
        self._catalog = catalog
        self._context = replace(context, is_new=False, old=None)
        self._statements = Statements()
        self._compiler = Compiler()

    async def wrong(
        self, tx: AsyncConnection[Any], item: ObjectType, first: UUID, last: UUID
    ) -> list[Wrong]:
        """What differs among the live records with ids from `first` to `last`."""
        rows = await self._rows(tx, item, first, last)
        if not rows:
            return []
        found: list[Wrong] = []
        for one in item.own_fields:
            if isinstance(one, RollupField):
                found += await self._rollup(tx, item, one, rows)
        return found + await self._formulas(tx, item, rows)

    async def _rows(
        self, tx: AsyncConnection[Any], item: ObjectType, first: UUID, last: UUID
    ) -> Mapping[UUID, Values]:
        table = item.table
        system = current.LINE_SYSTEM if item.is_line else current.SYSTEM
        chosen = select(*(table.c[name] for name in current.columns_of(item))).where(
            table.c.id.between(bindparam("first", type_=Uuid), bindparam("last", type_=Uuid)),
            table.c.deleted_at.is_(None),
        )
        statement = compiled(chosen, ())
        cursor = await tx.execute(statement.sql, {"first": first, "last": last})
        return {row[0]: current.load_row(item, row, system) for row in await cursor.fetchall()}

    async def _rollup(
        self,
        tx: AsyncConnection[Any],
        item: ObjectType,
        one: RollupField,
        rows: Mapping[UUID, Values],
    ) -> list[Wrong]:
        over: Summed = summed(self._catalog, item, one)
        counted = await rollups.recount(
            tx, self._statements, self._catalog, over, list(rows), self._context
        )
        empty = rollups.empty(one)
        return [
            _wrong(record, one, one.settle(counted.get(record, empty)), values.get(one.id))
            for record, values in rows.items()
            if one.settle(counted.get(record, empty)) != values.get(one.id)
        ]

    async def _formulas(
        self, tx: AsyncConnection[Any], item: ObjectType, rows: Mapping[UUID, Values]
    ) -> list[Wrong]:
        rules = self._compiler.of(self._catalog, item)
        drafts = [
            Draft(0, Write("update"), "update", record, dict(values), dict(values))
            for record, values in rows.items()
        ]
        beyond = Far()
        await far.read(tx, self._statements, self._catalog, item, rules.far, drafts, beyond)
        found: list[Wrong] = []
        for draft in drafts:
            judge.compute(rules, draft, View(draft.values, beyond), self._context)
            for one, _ in rules.formulas:
                counted, stored = draft.values.get(one.id), draft.before.get(one.id)
                if counted != stored:
                    found.append(_wrong(draft.id, one, counted, stored))
        return found


def _wrong(record: UUID, one: FieldDefinition, counted: Value, stored: Value) -> Wrong:
    return Wrong(record, one.id, one.to_json(counted), one.to_json(stored))
