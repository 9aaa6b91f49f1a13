"""What a batch needs from beyond its records, read once for all rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan import expressions
from sanhuan.catalog.fields import FieldDefinition, ReferenceField, ReferencesField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller
from sanhuan.records.read import access
from sanhuan.records.read.raw import RawScope, column_of
from sanhuan.records.read.statements import Statement, Statements, compiled
from sanhuan.records.write.drafts import Draft, Far


async def read(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    item: ObjectType,
    wanted: Mapping[str, frozenset[tuple[str, ...]]],
    drafts: Sequence[Draft],
    far: Far,
) -> None:
    """Values that formulas read through references, as they are stored.

    `wanted` gives what is read beyond each reference field, by its id.
    """
    for field_id, paths in wanted.items():
        one = item.by_id[field_id]
        ids = {draft.values.get(field_id) for draft in drafts}
        ids |= {draft.before.get(field_id) for draft in drafts}
        missing = [i for i in ids if isinstance(i, UUID) and (field_id, i) not in far.values]
        if missing and isinstance(one, ReferenceField):
            target = catalog.objects[one.target]
            await _read(tx, statements, catalog, target, field_id, sorted(paths), missing, far)


async def _read(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    target: ObjectType,
    field_id: str,
    paths: list[tuple[str, ...]],
    ids: list[UUID],
    far: Far,
) -> None:
    key = ("far", catalog.version, target.id, tuple(paths))

    def make() -> Statement:
        scope = RawScope(catalog, target, target.table)
        columns = [_column(scope, target, path).label(f"v{n}") for n, path in enumerate(paths)]
        chosen = select(target.table.c.id, *columns).where(
            target.table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
            target.table.c.deleted_at.is_(None),
        )
        return compiled(chosen, ())

    statement = statements.get(key, make)
    cursor = await tx.execute(statement.sql, {**statement.values, "ids": ids}, prepare=True)
    for record, *values in await cursor.fetchall():
        far.values[field_id, record] = dict(zip(paths, values, strict=True))


def _column(scope: RawScope, target: ObjectType, path: tuple[str, ...]) -> Any:
    if path == (expressions.TITLE,):
        return column_of(target.table, target.title)
    return scope.column(path)


async def check_references(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    caller: Caller,
    context: expressions.Context,
    item: ObjectType,
    drafts: Sequence[Draft],
    far: Far,
) -> None:
    """Note a fault for each reference written to a record that the caller does not see.

    It reads as a missing one: a link can't be used to find out what exists.
    """
    asked: dict[str, set[UUID]] = {}
    for draft in drafts:
        for one, ids in _written(item, draft):
            asked.setdefault(_target(one), set()).update(ids)
    for name, ids in asked.items():
        unknown = ids - far.seen.get(name, set())
        if unknown:
            target = catalog.objects[name]
            seen = await _visible(tx, statements, catalog, caller, context, target, unknown)
            far.seen.setdefault(name, set()).update(seen)
    for draft in drafts:
        for one, ids in _written(item, draft):
            if not ids <= far.seen.get(_target(one), set()):
                draft.fault("not_found", "找不到这条记录", "No such record", one)


def _written(item: ObjectType, draft: Draft) -> Iterable[tuple[FieldDefinition, set[UUID]]]:
    for field_id in draft.written & item.pointing.keys():
        one = item.pointing[field_id]
        value = draft.values.get(field_id)
        if value is None or value == draft.before.get(field_id):
            continue
        if isinstance(one, ReferenceField) and isinstance(value, UUID):
            yield one, {value}
        elif isinstance(one, ReferencesField):
            before = set(draft.before.get(field_id) or ())
            yield one, set(value) - before


def _target(one: FieldDefinition) -> str:
    if isinstance(one, ReferenceField):
        return one.target
    if isinstance(one, ReferencesField):
        return one.object
    raise TypeError(one)


async def _visible(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    caller: Caller,
    context: expressions.Context,
    target: ObjectType,
    ids: set[UUID],
) -> set[UUID]:
    key = ("visible", catalog.version, target.id, statements.shape(caller, context))

    def make() -> Statement:
        found = access.branches(caller, target, "see", target.table, catalog, context)
        chosen = select(target.table.c.id).where(
            target.table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
            target.table.c.deleted_at.is_(None),
            access.row_rule(found),
        )
        return compiled(chosen, [target.id])

    statement = statements.get(key, make)
    bound = statement.bound(caller, {"ids": list(ids)})
    cursor = await tx.execute(statement.sql, bound, prepare=True)
    return {record for (record,) in await cursor.fetchall()}
