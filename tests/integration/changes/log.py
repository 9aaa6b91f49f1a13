"""Writes entries of the change log for tests, as the save pipeline does."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

ACTOR = UUID(int=1)

INSERT = """
insert into kernel.change
    (operation, actor, via, object_id, record_id, version, kind, before, after, occurred_at,
     owner_before, owner_after, department_before, department_after, catalog_version)
values
    (%(operation)s, %(actor)s, 'api', %(object_id)s, %(record_id)s, %(version)s, %(kind)s,
     %(before)s, %(after)s, coalesce(%(occurred_at)s, now()),
     %(owner_before)s, %(owner_after)s, %(department_before)s, %(department_after)s, 1)
returning id
"""


def row(
    record: UUID,
    version: int,
    *,
    object_id: str = "lead",
    kind: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    occurred_at: datetime.datetime | None = None,
    operation: UUID | None = None,
    owner: tuple[UUID | None, UUID | None] = (None, None),
    department: tuple[UUID | None, UUID | None] = (None, None),
) -> dict[str, Any]:
    """One entry's columns; version 1 is a create and any other an update unless `kind` is given."""
    return {
        "operation": operation or uuid4(),
        "actor": ACTOR,
        "object_id": object_id,
        "record_id": record,
        "version": version,
        "kind": kind or ("create" if version == 1 else "update"),
        "before": None if before is None else Jsonb(before),
        "after": None if after is None else Jsonb(after),
        "occurred_at": occurred_at,
        "owner_before": owner[0],
        "owner_after": owner[1],
        "department_before": department[0],
        "department_after": department[1],
    }


async def write(
    connection: psycopg.AsyncConnection[Any], record: UUID, version: int, **more: Any
) -> int:
    """Write one entry in the open transaction, or in one of its own; returns its id."""
    done = await connection.execute(INSERT, row(record, version, **more))
    found = await done.fetchone()
    assert found is not None
    return int(found[0])
