"""The statements that write: rows and their entries in the change log, as one.

Rows come as one JSON array, whatever their number, and are typed by PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from psycopg import AsyncConnection, sql
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from sanhuan.catalog.runtime import ObjectType

SCHEMA = "data"
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped

LOG_COLUMNS = (
    "occurred_at",
    "operation",
    "actor",
    "on_behalf_of",
    "via",
    "cause",
    "root",
    "depth",
    "object_id",
    "record_id",
    "version",
    "kind",
    "before",
    "after",
    "owner_before",
    "owner_after",
    "department_before",
    "department_after",
    "trace",
    "catalog_version",
)
LOG_TYPES = {
    "log_occurred_at": "timestamptz",
    "log_kind": "text",
    "log_before": "jsonb",
    "log_after": "jsonb",
    "log_owner_before": "uuid",
    "log_owner_after": "uuid",
    "log_department_before": "uuid",
    "log_department_after": "uuid",
    "log_trace": "jsonb",
}
LOG_VALUES = sql.SQL(
    "coalesce(r.log_occurred_at, %(now)s), %(operation)s, %(actor)s, %(on_behalf_of)s, %(via)s,"
    " %(cause)s, %(root)s, %(depth)s, %(object_id)s, r.id, r.version, r.log_kind, r.log_before,"
    " r.log_after, r.log_owner_before, r.log_owner_after, r.log_department_before,"
    " r.log_department_after, r.log_trace, %(catalog_version)s"
)

Rows = Sequence[dict[str, Any]]


def types_of(table: Table) -> dict[str, str]:
    """The types of a table's columns as PostgreSQL writes them."""
    return {column.name: column.type.compile(DIALECT) for column in table.columns}


class WriteStatements:
    """Composed once per object and set of columns."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[ObjectType, dict[tuple[Any, ...], bytes]] = (
            WeakKeyDictionary()
        )

    def insert(self, item: ObjectType, columns: Sequence[str], *, logged: bool) -> bytes:
        """Insert rows of these columns, with their entries."""
        key = ("insert", tuple(columns), logged)
        return self._get(item, key, lambda: _insert(item, columns, logged=logged))

    def update(self, item: ObjectType, columns: Sequence[str], *, logged: bool) -> bytes:
        """Set these columns of the rows named by id, with their entries."""
        key = ("update", tuple(columns), logged)
        return self._get(item, key, lambda: _update(item, columns, logged=logged))

    def add(self, item: ObjectType, columns: Sequence[str]) -> bytes:
        """Add to these columns of the rows named by id, without a look at what they hold.

        Rows are locked in the order of their ids.
        """
        return self._get(item, ("add", tuple(columns)), lambda: _add(item, columns))

    def _get(
        self, item: ObjectType, key: tuple[Any, ...], make: Callable[[], sql.Composed]
    ) -> bytes:
        kept = self._kept.setdefault(item, {})
        if key not in kept:
            kept[key] = make().as_bytes(None)
        return kept[key]


def _insert(item: ObjectType, columns: Sequence[str], *, logged: bool) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    values = sql.SQL(", ").join(_of_row(item, name) for name in columns)
    written = sql.SQL("insert into {} ({}) select {} from r").format(
        sql.Identifier(SCHEMA, item.table.name), names, values
    )
    return _with_rows(item, columns, written, logged=logged)


def _update(item: ObjectType, columns: Sequence[str], *, logged: bool) -> sql.Composed:
    sets = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), _of_row(item, name))
        for name in columns
        if name != "id"
    )
    written = sql.SQL("update {} t set {} from r where t.id = r.id").format(
        sql.Identifier(SCHEMA, item.table.name), sets
    )
    return _with_rows(item, columns, written, logged=logged)


def _add(item: ObjectType, columns: Sequence[str]) -> sql.Composed:
    table = sql.Identifier(SCHEMA, item.table.name)
    sets = sql.SQL(", ").join(
        sql.SQL("{0} = coalesce(t.{0}, 0) + coalesce(r.{0}, 0)").format(sql.Identifier(name))
        for name in columns
    )
    written = sql.SQL(
        ", locked as (select t.id from {0} t join r using (id) order by t.id"
        " for no key update of t)"
        " update {0} t set {1} from r, locked where t.id = r.id and t.id = locked.id"
    ).format(table, sets)
    return _with_rows(item, ["id", *columns], written, logged=False)


def _of_row(item: ObjectType, name: str) -> sql.Composed:
    """The column of a row; a tsvector comes as text."""
    column = sql.SQL("r.{}").format(sql.Identifier(name))
    if name == "search":
        return sql.SQL("cast({} as tsvector)").format(column)
    return column


def _with_rows(
    item: ObjectType, columns: Sequence[str], written: sql.Composed, *, logged: bool
) -> sql.Composed:
    types = types_of(item.table) | {"search": "text"}
    typed = {name: types[name] for name in columns}
    typed.setdefault("id", "uuid")
    if logged:
        typed |= LOG_TYPES
        typed.setdefault("version", "integer")
    record = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in typed.items()
    )
    rows = sql.SQL("with r as (select * from json_to_recordset(%(rows)s::json) as x({}))").format(
        record
    )
    if not logged:
        return sql.SQL("{} {}").format(rows, written)
    log = sql.SQL("insert into kernel.change ({}) select {} from r order by r.id").format(
        sql.SQL(", ").join(map(sql.Identifier, LOG_COLUMNS)), LOG_VALUES
    )
    return sql.SQL("{}, w as ({}) {}").format(rows, written, log)


async def execute(
    tx: AsyncConnection[Any],
    statement: bytes,
    rows: Iterable[dict[str, Any]],
    shared: Mapping[str, Any],
) -> int:
    """Run a writing statement over rows; how many rows it (or its log) wrote."""
    encoded = msgspec.json.encode(list(rows)).decode()
    cursor = await tx.execute(statement, {**shared, "rows": encoded}, prepare=True)
    return cursor.rowcount
