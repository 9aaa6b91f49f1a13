"""Entries of the change log, and places in it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

Kind: TypeAlias = Literal["create", "update", "delete", "restore", "purge", "computed"]
Values: TypeAlias = Mapping[str, Any]  # Any: JSON, as the API writes values
Record: TypeAlias = tuple[str, UUID]


class Position(NamedTuple):
    """A place in the log. Positions compare in the log's order; between entries, `id` is 0."""

    generation: int
    xid: int
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of one record, as the log keeps it.

    `before` and `after` hold the changed fields by field id, None where there is nothing to hold.
    `at` is when it was written, `occurred_at` when it happened; both in UTC. `computed` entries
    carry the version that the record had, all others the version that they made.
    """

    generation: int
    xid: int
    id: int
    at: datetime.datetime
    occurred_at: datetime.datetime
    operation: UUID
    actor: UUID
    on_behalf_of: UUID | None
    via: str
    cause: UUID | None
    root: UUID | None
    depth: int
    object_id: str
    record_id: UUID
    version: int
    kind: Kind
    before: Values | None
    after: Values | None
    owner_before: UUID | None
    owner_after: UUID | None
    department_before: UUID | None
    department_after: UUID | None
    trace: Any  # Any: JSON, as rules wrote it
    catalog_version: int

    @property
    def position(self) -> Position:
        return Position(self.generation, self.xid, self.id)

    @property
    def record(self) -> Record:
        """Which record it is about: object id and record id."""
        return self.object_id, self.record_id

    @property
    def step(self) -> tuple[int, int]:
        """Where it comes in its record's history.

        The version, then the id: ids of one record's entries are drawn while its row is locked.
        """
        return self.version, self.id
