"""Definitions as tables: what PostgreSQL holds for an object.

Physical names are made of ids, never of what people type: `o_<object id>`, `f_<field id>`,
`l_<object id>_<field id>` for links of many to many.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, TSVECTOR

from sanhuan.catalog.definitions import ObjectDefinition
from sanhuan.catalog.fields import ReferencesField

SCHEMA = "data"
INSTANT = TIMESTAMP(timezone=True, precision=3)


def table_name(object_id: str) -> str:
    return f"o_{object_id}"


def link_name(object_id: str, field_id: str) -> str:
    return f"l_{object_id}_{field_id}"


def object_table(definition: ObjectDefinition, metadata: MetaData) -> Table:
    """The table of an object, with a column for each field that is stored and not dropped."""
    columns = [
        column
        for field in definition.fields
        if field.stored and not field.dropped
        for column in field.columns()
    ]
    return Table(
        table_name(definition.id),
        metadata,
        *(_line_columns() if definition.line_of else _record_columns()),
        *columns,
        schema=SCHEMA,
    )


def link_table(definition: ObjectDefinition, field: ReferencesField, metadata: MetaData) -> Table:
    """The pairs (record, target) of a field of many to many."""
    return Table(
        link_name(definition.id, field.id),
        metadata,
        Column("record", Uuid, primary_key=True),
        Column("target", Uuid, primary_key=True),
        schema=SCHEMA,
    )


def _record_columns() -> list[Column[object]]:
    return [
        Column("id", Uuid, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("created_at", INSTANT, nullable=False),
        Column("created_by", Uuid, nullable=False),
        Column("updated_at", INSTANT, nullable=False),
        Column("updated_by", Uuid, nullable=False),
        Column("owner_id", Uuid),
        Column("department_id", Uuid),
        Column("deleted_at", INSTANT),
        Column("deleted_by", Uuid),
        Column("errors", JSONB),
        Column("pinyin", Text),
        Column("search", TSVECTOR),
    ]


def _line_columns() -> list[Column[object]]:
    return [
        Column("id", Uuid, primary_key=True),
        Column("parent_id", Uuid, nullable=False),
        Column("position", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("deleted_at", INSTANT),
        Column("errors", JSONB),
    ]
