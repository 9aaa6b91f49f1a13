"""Makes entries of the change log for tests."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any
from uuid import UUID

from sanhuan.changes.entries import Entry

NOON = datetime.datetime(2026, 3, 2, 4, 0, tzinfo=datetime.UTC)

EMPTY = Entry(
    generation=1,
    xid=1,
    id=1,
    at=NOON,
    occurred_at=NOON,
    operation=UUID(int=0),
    actor=UUID(int=1),
    on_behalf_of=None,
    via="api",
    cause=None,
    root=None,
    depth=0,
    object_id="lead",
    record_id=UUID(int=1),
    version=1,
    kind="create",
    before=None,
    after=None,
    owner_before=None,
    owner_after=None,
    department_before=None,
    department_after=None,
    trace=None,
    catalog_version=1,
)


def entry(version: int = 1, **changes: Any) -> Entry:
    """An entry; version 1 is a create, any other an update, unless `kind` is given."""
    kind = "create" if version == 1 else "update"
    return dataclasses.replace(EMPTY, **{"kind": kind, **changes, "version": version})
