"""Rollups: what parents sum up over their rows, right in the transaction that changes a row.

Counts and sums move by what the change adds or takes; the rest are counted anew. Parents are
locked before, in the order of their ids, so that two writers can't lose each other's change; the
formulas that read a rollup follow, and the rollups of the next level after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan import expressions
from sanhuan.catalog.fields import RollupField, Value
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.records.errors import TooMany
from sanhuan.records.read.raw import RawScope
from sanhuan.records.read.statements import Statement, Statements, compiled
from sanhuan.records.requests import Write
from sanhuan.records.write import current, far, judge
from sanhuan.records.write.compiled import CompiledObject, Summed
from sanhuan.records.write.drafts import Draft, Far, Values, View
from sanhuan.records.write.statements import execute
from sanhuan.records.write.work import Tools

DEEPEST = 10
MOVING = ("count", "sum")


@dataclass(frozen=True, slots=True)
class Moved:
    """One record before and after; None before it was made, or once it is in the bin."""

    before: Values | None
    after: Values | None


def over_lines(
    sums: Iterable[Summed],
    draft: Draft,
    views: Mapping[str, Sequence[View]],
    context: expressions.Context,
) -> None:
    """Rollups of a record over its own lines, from the rows at hand."""
    for one in sums:
        if one.lines_id not in draft.lines:
            continue
        rows = zip(draft.lines[one.lines_id], views[one.lines_id], strict=True)
        counted = [
            line.values
            for line, view in rows
            if line.operation != "delete"
            and (one.when is None or one.when.run(view, context) is True)
        ]
        _put(one.field, draft.values, total(one, counted))


def total(one: Summed, rows: Sequence[Values]) -> Value:
    """The rollup's value over rows that count."""
    if one.field.function == "count":
        return Decimal(len(rows))
    of = "" if one.of is None else one.of.id
    values = [row[of] for row in rows if row.get(of) is not None]
    if one.field.function == "sum":
        return sum(values, Decimal(0))
    if not values:
        return None
    if one.field.function == "avg":
        return sum(values, Decimal(0)) / len(values)
    return min(values) if one.field.function == "min" else max(values)


def empty(field: RollupField) -> Value:
    """What the rollup of a record without rows is."""
    return Decimal(0) if field.function in MOVING else None


def _put(field: RollupField, values: Values, value: Value) -> None:
    settled = field.settle(value)
    if settled is None:
        values.pop(field.id, None)
    else:
        values[field.id] = settled


async def follow(
    tx: AsyncConnection[Any],
    tools: Tools,
    catalog: Catalog,
    item: ObjectType,
    moved: Sequence[Moved],
    context: expressions.Context,
    depth: int = 0,
) -> None:
    """Bring the rollups over `item` to what its changed records make them, level by level."""
    sums = tools.compiler.of(catalog, item).sums
    if depth > DEEPEST:
        raise TooMany(DEEPEST)
    by_owner: dict[str, list[Summed]] = {}
    for one in sums:
        by_owner.setdefault(one.owner.name, []).append(one)
    for name, ours in by_owner.items():
        owner = catalog.objects[name]
        changes = {one.field.id: _deltas(one, moved, context) for one in ours}
        parents = sorted({parent for found in changes.values() for parent in found})
        if _can_add(tools.compiler.of(catalog, owner), ours):
            await _add(tx, tools, owner, ours, changes, parents)
        elif parents:
            again = await _update(tx, tools, catalog, owner, ours, changes, parents, context)
            if again:
                await follow(tx, tools, catalog, owner, again, context, depth + 1)


def _can_add(rules: CompiledObject, sums: Sequence[Summed]) -> bool:
    """Whether nothing follows from these rollups of the parents: then they need no look at."""
    return all(one.is_exact and one.field.id not in rules.followed for one in sums)


async def _add(
    tx: AsyncConnection[Any],
    tools: Tools,
    owner: ObjectType,
    sums: Sequence[Summed],
    changes: Mapping[str, Mapping[UUID, Decimal]],
    parents: Sequence[UUID],
) -> None:
    """Add what changed to the parents' rollups, in one statement."""
    names = {one.field.columns()[0].name: changes[one.field.id] for one in sums}
    rows = []
    for parent in parents:
        deltas = {name: str(found[parent]) for name, found in names.items() if found.get(parent)}
        if deltas:
            rows.append({"id": str(parent), **deltas})
    if rows:
        await execute(tx, tools.writes.add(owner, list(names)), rows, {})


def _deltas(
    one: Summed, moved: Sequence[Moved], context: expressions.Context
) -> dict[UUID, Decimal]:
    """By parent: what the changes add; a parent whose rollup is counted anew is in it too."""
    found: dict[UUID, Decimal] = {}
    for change in moved:
        was, now_is = _counts(one, change.before, context), _counts(one, change.after, context)
        if was == now_is:
            continue
        for side, sign in ((was, -1), (now_is, 1)):
            if side is not None:
                parent, value = side
                amount = value if isinstance(value, Decimal) else Decimal(0)
                if one.field.function == "count":
                    amount = Decimal(1)
                found[parent] = found.get(parent, Decimal(0)) + sign * amount
    return found


def _counts(
    one: Summed, values: Values | None, context: expressions.Context
) -> tuple[UUID, Value] | None:
    """The parent that a record counts for, and the value it counts with."""
    if values is None or one.by is None:
        return None
    parent = values.get(one.by.id)
    if parent is None:
        return None
    if one.when is not None and one.when.run(View(values, Far()), context) is not True:
        return None
    return parent, None if one.of is None else values.get(one.of.id)


async def _update(
    tx: AsyncConnection[Any],
    tools: Tools,
    catalog: Catalog,
    owner: ObjectType,
    sums: Sequence[Summed],
    changes: Mapping[str, Mapping[UUID, Decimal]],
    parents: Sequence[UUID],
    context: expressions.Context,
) -> list[Moved]:
    """Lock the parents, set their rollups and the formulas that follow; what moved by it."""
    there = await _lock(tx, tools.statements, catalog, owner, parents)
    counted = {
        one.field.id: await recount(tx, tools.statements, catalog, one, parents, context)
        for one in sums
        if one.field.function not in MOVING and changes[one.field.id]
    }
    drafts: list[Draft] = []
    for parent, (values, errors) in there.items():
        draft = Draft(0, Write(operation="update"), "update", parent, dict(values), dict(values))
        draft.errors, draft.errors_before = dict(errors), dict(errors)
        for one in sums:
            delta = changes[one.field.id].get(parent)
            if delta is None:
                continue
            if one.field.function in MOVING:
                old = values.get(one.field.id) or Decimal(0)
                _put(one.field, draft.values, old + delta)
            else:
                _put(one.field, draft.values, counted[one.field.id].get(parent))
        drafts.append(draft)
    await _formulas(tx, tools, catalog, owner, drafts, context)
    return await _write(tx, tools, owner, drafts)


async def _formulas(
    tx: AsyncConnection[Any],
    tools: Tools,
    catalog: Catalog,
    owner: ObjectType,
    drafts: Sequence[Draft],
    context: expressions.Context,
) -> None:
    rules = tools.compiler.of(catalog, owner)
    beyond = Far()
    await far.read(tx, tools.statements, catalog, owner, rules.far, drafts, beyond)
    for draft in drafts:
        view = View(draft.values, beyond)
        judge.compute(rules, draft, view, replace(context, is_new=False, old=None))


async def _lock(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    owner: ObjectType,
    parents: Sequence[UUID],
) -> dict[UUID, tuple[Values, dict[str, str]]]:
    key = ("parents", catalog.version, owner.id)
    system = current.LINE_SYSTEM if owner.is_line else current.SYSTEM

    def make() -> Statement:
        chosen = (
            select(*(owner.table.c[name] for name in current.columns_of(owner)))
            .where(owner.table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
            .order_by(owner.table.c.id)
            .with_for_update(key_share=True)
        )
        return compiled(chosen, ())

    statement = statements.get(key, make)
    bound = {**statement.values, "ids": list(parents)}
    cursor = await tx.execute(statement.sql, bound, prepare=True)
    errors = system.index("errors")
    return {
        row[0]: (current.load_row(owner, row, system), row[errors] or {})
        for row in await cursor.fetchall()
    }


async def recount(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    one: Summed,
    parents: Sequence[UUID],
    context: expressions.Context,
) -> dict[UUID, Value]:
    """The rollup counted anew from the rows as they are, by parent; missing is empty."""
    rows = catalog.objects[one.field.object]
    key = ("recount", catalog.version, one.owner.id, one.field.id)
    statement = statements.get(key, lambda: _recount(catalog, rows, one, context))
    cursor = await tx.execute(statement.sql, {**statement.values, "ids": list(parents)})
    return dict(await cursor.fetchall())


def _recount(
    catalog: Catalog, rows: ObjectType, one: Summed, context: expressions.Context
) -> Statement:
    table = rows.table
    by = table.c.parent_id if one.by is None else table.c[one.by.column_name]
    of = table.c.id if one.of is None else table.c[one.of.columns()[0].name]
    conditions = [by == any_(bindparam("ids", type_=ARRAY(Uuid))), table.c.deleted_at.is_(None)]
    if one.field.when is not None:
        expression = expressions.check(one.field.when, scope_of(catalog, rows))
        scope = RawScope(catalog, rows, table)
        conditions.append(expressions.condition_sql(expression, scope, context))
    figure: Any = getattr(func, one.field.function)(of)
    if one.field.function == "sum":
        figure = func.coalesce(figure, 0)
    return compiled(select(by, figure).where(*conditions).group_by(by), ())


async def _write(
    tx: AsyncConnection[Any], tools: Tools, owner: ObjectType, drafts: Sequence[Draft]
) -> list[Moved]:
    """Computed values bump neither version nor updated_at, and make no entry."""
    changed = [d for d in drafts if d.changed() or d.errors != d.errors_before]
    if not changed:
        return []
    ids = {field_id for draft in changed for field_id in draft.changed()}
    columns = ["id", "errors"]
    columns += [c.name for i in sorted(ids) for c in owner.by_id[i].columns()]
    rows = []
    for draft in changed:
        row: dict[str, Any] = {"id": str(draft.id), "errors": draft.errors or None}
        for field_id in ids:
            row.update(owner.by_id[field_id].to_columns(draft.values.get(field_id)))
        rows.append(row)
    statement = tools.writes.update(owner, columns, logged=False)
    await execute(tx, statement, rows, {})
    return [Moved(draft.before, draft.values) for draft in changed]
