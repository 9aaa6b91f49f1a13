"""Binning and bringing back: what points at a record decides, and goes along where it says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan.catalog.fields import ReferenceField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.database import queries
from sanhuan.records.read.statements import Statement, Statements, compiled
from sanhuan.records.write.drafts import Draft

MOST_FOLLOWING = 1_000


async def pointing(
    tx: AsyncConnection[Any],
    statements: Statements,
    catalog: Catalog,
    item: ObjectType,
    one: ReferenceField,
    targets: Sequence[UUID],
) -> dict[UUID, list[UUID]]:
    """Live records whose field `one` points at the targets, by target; at most 1,001."""
    key = ("pointing", catalog.version, item.id, one.id)

    def make() -> Statement:
        column = item.table.c[one.column_name]
        chosen = (
            select(column, item.table.c.id)
            .where(
                column == any_(bindparam("ids", type_=ARRAY(Uuid))),
                item.table.c.deleted_at.is_(None),
            )
            .order_by(item.table.c.id)
            .limit(MOST_FOLLOWING + 1)
        )
        return compiled(chosen, ())

    statement = statements.get(key, make)
    cursor = await tx.execute(statement.sql, {**statement.values, "ids": list(targets)})
    found: dict[UUID, list[UUID]] = {}
    for target, record in await cursor.fetchall():
        found.setdefault(target, []).append(record)
    return found


def refuse(draft: Draft, item: ObjectType, count: int) -> None:
    """Note that records which point at this one hold it."""
    name = item.definition.label
    shown = f"{count}" if count <= MOST_FOLLOWING else f"{MOST_FOLLOWING}+"
    draft.fault(
        "referenced",
        f"还有 {shown} 条{name.zh}关联着它，先处理它们",
        f"{shown} {name.text('en')} still refer to it: deal with them first",
    )


async def gone_along(tx: AsyncConnection[Any], record: UUID) -> list[tuple[str, UUID]]:
    """(object id, record) of what was binned together with a record the last time."""
    statements = queries.load("sanhuan.records", "log.sql")
    cursor = await tx.execute(statements["gone_along"], {"record": record})
    return [(object_id, other) for object_id, other in await cursor.fetchall()]
