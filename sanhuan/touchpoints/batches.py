"""A batch of events on its way: what each asks for, and what the source knows records by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sanhuan.identity import Caller
from sanhuan.records import Fault, Transaction
from sanhuan.touchpoints.mapping import BehaviourIntent, Intent, RecordIntent
from sanhuan.touchpoints.sources import Source

MOST_FAULTS: Final = 20

Name = tuple[str, str]
"""What a source knows a record by: the object's id, and the id outside."""


class Stored(NamedTuple):
    """An event as the inbox keeps it."""

    id: int
    event_id: str
    type: str
    body: str
    occurred_at: datetime


@dataclass
class Work:
    """One event on its way, and what became of it."""

    event: Stored
    intent: Intent | None = None
    state: Literal["new", "applied", "refused", "ignored"] = "new"
    faults: Sequence[Fault] = ()
    waits_for: Name | None = None
    operation: UUID | None = None

    def refuse(self, found: Sequence[Fault]) -> None:
        """It can't be applied as it is."""
        self.state, self.faults = "refused", found[:MOST_FAULTS]

    @property
    def record(self) -> RecordIntent:
        """The change of a record that it asks for. Raises TypeError where it asks for none."""
        if self.intent is None or self.intent.record is None:
            raise TypeError(self.event)
        return self.intent.record

    @property
    def changes_record(self) -> bool:
        """Whether it asks for the change of a record."""
        return self.intent is not None and self.intent.record is not None

    @property
    def behaviour(self) -> BehaviourIntent | None:
        """What it tells that a person did."""
        return None if self.intent is None else self.intent.behaviour


@dataclass
class Known:
    """A record that a source knows, by one name or several.

    `versions` are those of the events that last set its fields, by field name; `changed`: they are
    to be written back.
    """

    record: UUID
    versions: dict[str, list[str]] = field(default_factory=dict)
    changed: bool = False


@dataclass
class Applying:
    """One batch of one source."""

    tx: Transaction
    source: Source
    caller: Caller
    works: list[Work]
    known: dict[Name, Known] = field(default_factory=dict)
    arrived: set[Name] = field(default_factory=set)


def listed(value: Any) -> Iterator[str]:
    """The texts that a reference's value names records by."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one:
            yield one
