"""The system tables that composed statements join."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import TIMESTAMP

SHARE = Table(
    "share",
    MetaData(),
    Column("object_id", Text),
    Column("record_id", Uuid),
    Column("principal_id", Uuid),
    Column("level", Text),
    Column("until", TIMESTAMP(timezone=True)),
    schema="kernel",
)
