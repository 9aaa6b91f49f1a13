"""A view per object with readable names, for people who run SQL of their own.

The views are owned by the DDL role and read by `sanhuan_read`; row security guards that role.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from sanhuan.catalog import tables
from sanhuan.catalog.runtime import Catalog, ObjectType

SCHEMA = "readable"


def statements(catalog: Catalog) -> Iterator[sql.Composed]:
    """Statements that make the views anew."""
    for item in catalog.objects.values():
        name = sql.Identifier(SCHEMA, item.name)
        yield sql.SQL("drop view if exists {}").format(name)
        yield sql.SQL("create view {} as select {} from {}{}").format(
            name,
            sql.SQL(", ").join(_columns(item)),
            sql.Identifier(tables.SCHEMA, item.table.name),
            sql.SQL(" where deleted_at is null"),
        )


def _columns(item: ObjectType) -> Iterator[sql.Composed]:
    seen: set[str] = set()
    for one in item.fields.values():
        if not one.stored:
            continue
        for column in one.columns() if not one.id.startswith("_") else ():
            suffix = column.name.removeprefix(one.column_name)
            name = f"{one.name}{suffix}"
            if name not in seen:
                seen.add(name)
                yield sql.SQL("{} as {}").format(sql.Identifier(column.name), sql.Identifier(name))
        if one.id.startswith("_"):
            seen.add(one.name)
            yield sql.SQL("{} as {}").format(
                sql.Identifier(one.column_name), sql.Identifier(one.name)
            )
