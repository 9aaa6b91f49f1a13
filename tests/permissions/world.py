"""A small world in which rights are asked about: people, what they may do, and records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

HIDDEN, MASKED, READ, WRITE = range(4)
RIGHTS: Final = ("hidden", "masked", "read", "write")
Filter = Mapping[str, Any]


@dataclass(frozen=True)
class Policy:
    """What a role allows; `fields` by name."""

    object: str
    acts: frozenset[str]
    rows: str
    condition: Filter | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    other_fields: str = "write"

    def right(self, name: str) -> int:
        return RIGHTS.index(self.fields.get(name, self.other_fields))


@dataclass(frozen=True)
class Person:
    id: UUID
    departments: tuple[UUID, ...] = ()
    manager: UUID | None = None
    roles: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Share:
    record: UUID
    principal: UUID
    level: str
    is_expired: bool = False


@dataclass(frozen=True)
class Entry:
    """An entry of the log; fields as (before, after). `was` is the record before, None if new."""

    kind: str
    fields: Mapping[str, tuple[Any, Any]]
    was: Record | None = None


@dataclass(frozen=True)
class Record:
    object: str
    id: UUID
    values: Mapping[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)
    is_binned: bool = False
    history: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class World:
    parents: Mapping[UUID, UUID | None]
    people: Mapping[UUID, Person]
    roles: Mapping[UUID, Sequence[Policy]]
    shares: Sequence[Share]
    records: Mapping[UUID, Record]


@dataclass(frozen=True)
class Write:
    """A write, and the record as it would be; `faults` are codes of what is wrong in its lines."""

    operation: str
    object: str
    id: UUID
    values: Mapping[str, Any]
    result: Record
    faults: frozenset[str] = frozenset()
