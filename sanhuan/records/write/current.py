"""What the records of a batch are now, locked until the transaction ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import Uuid, any_, bindparam, false, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan import expressions
from sanhuan.catalog.fields import AddressField, ReferencesField
from sanhuan.catalog.fields.base import SYSTEM_COLUMNS
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller
from sanhuan.records.read import access
from sanhuan.records.read.statements import Statement, Statements, compiled
from sanhuan.records.write.drafts import Values

SYSTEM = (
    "id",
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "owner_id",
    "department_id",
    "deleted_at",
    "errors",
)
FIELD_IDS = {column: field_id for field_id, column in SYSTEM_COLUMNS.items()}
LINE_SYSTEM = ("id", "parent_id", "position", "version", "errors")


@dataclass(frozen=True, slots=True)
class Current:
    """One record as it is.

    `sees` tells per grant of the caller whether it takes the record, `changes` the same for acts
    other than seeing: they differ for what was shared for reading only.
    """

    values: Values
    errors: dict[str, str]
    deleted: bool
    sees: Sequence[bool]
    changes: Sequence[bool]


def columns_of(item: ObjectType) -> list[str]:
    """The names of all columns that hold values, the system's first."""
    own = [c.name for one in item.own_fields if one.stored for c in one.columns()]
    return [*(LINE_SYSTEM if item.is_line else SYSTEM), *own]


def load_row(item: ObjectType, row: Sequence[Any], system: Sequence[str]) -> Values:
    """Values by field id of the columns in the order of `columns_of`."""
    values: Values = {}
    for place, column in enumerate(system):
        if column in FIELD_IDS and row[place] is not None:
            values[FIELD_IDS[column]] = row[place]
    place = len(system)
    for one in item.own_fields:
        if not one.stored:
            continue
        width = 4 if isinstance(one, AddressField) else 1
        value = one.load(row[place : place + width])
        if value is not None:
            values[one.id] = value
        place += width
    return values


async def load(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    caller: Caller,
    context: expressions.Context,
    item: ObjectType,
    wanted: Iterable[UUID],
) -> dict[UUID, Current]:
    """The records of these ids, locked in the order of their ids."""
    key = ("current", catalog.version, item.id, statements.shape(caller, context))
    statement = statements.get(key, lambda: _statement(catalog, caller, context, item))
    parameters = statement.bound(caller, {"ids": sorted(set(wanted))})
    cursor = await tx.execute(statement.sql, parameters, prepare=True)
    grants = len(caller.grants.get(item.id, ()))
    found: dict[UUID, Current] = {}
    for row in await cursor.fetchall():
        sees, changes, values = row[:grants], row[grants : 2 * grants], row[2 * grants :]
        loaded = load_row(item, values, SYSTEM)
        errors = values[SYSTEM.index("errors")] or {}
        deleted = values[SYSTEM.index("deleted_at")] is not None
        found[values[0]] = Current(loaded, errors, deleted, sees, changes)
    await _load_links(tx, item, found)
    return found


def _statement(
    catalog: Catalog, caller: Caller, context: expressions.Context, item: ObjectType
) -> Statement:
    table = item.table
    may = [
        _takes(catalog, caller, context, item, place, act).label(f"{act}_{place}")
        for act in ("see", "edit")
        for place in range(len(caller.grants.get(item.id, ())))
    ]
    chosen = (
        select(*may, *(table.c[name] for name in columns_of(item)))
        .where(table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
        .order_by(table.c.id)
        .with_for_update(key_share=True)
    )
    return compiled(chosen, [item.id])


def _takes(
    catalog: Catalog,
    caller: Caller,
    context: expressions.Context,
    item: ObjectType,
    place: int,
    act: str,
) -> Any:
    found = access.branch(caller, item, place, act, item.table, catalog, context)
    return true() if found.all_rows else func.coalesce(found.predicate, false())


async def _load_links(
    tx: AsyncConnection[Any], item: ObjectType, found: Mapping[UUID, Current]
) -> None:
    """The values of `references` fields, from their link tables."""
    for one in item.own_fields:
        if isinstance(one, ReferencesField) and found:
            link = item.links[one.id]
            chosen = (
                select(link.c.record, link.c.target)
                .where(link.c.record == any_(bindparam("ids", type_=ARRAY(Uuid))))
                .order_by(link.c.record, link.c.target)
            )
            statement = compiled(chosen, ())
            cursor = await tx.execute(statement.sql, {"ids": list(found)})
            for record, target in await cursor.fetchall():
                found[record].values.setdefault(one.id, []).append(target)


async def load_lines(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    target: ObjectType,
    parents: Iterable[UUID],
) -> dict[UUID, list[Values]]:
    """The live lines of these parents in their order; the parents are locked already."""
    key = ("lines", catalog.version, target.id)

    def make() -> Statement:
        table = target.table
        chosen = (
            select(*(table.c[name] for name in columns_of(target)))
            .where(
                table.c.parent_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
                table.c.deleted_at.is_(None),
            )
            .order_by(table.c.parent_id, table.c.position, table.c.id)
        )
        return compiled(chosen, ())

    statement = statements.get(key, make)
    cursor = await tx.execute(statement.sql, {**statement.values, "ids": list(parents)})
    found: dict[UUID, list[Values]] = {}
    for row in await cursor.fetchall():
        values = load_row(target, row, LINE_SYSTEM)
        found.setdefault(values["_parent"], []).append(values)
    return found
