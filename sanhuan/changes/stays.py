"""How long a record was in which state, from its history: pure.

A stay is one record in one state in one hand (owner and department). It begins with the entry
that brings the state or the hand, and ends with the next one, or when the record is binned; what
is brought back begins a new stay. Time is when things happened (`occurred_at`), but never runs
backwards along the versions: a change that claims to be older than the one before it counts as
made at the same time.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from sanhuan.changes.entries import Entry

Ending = Literal["value", "holder", "bin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A row of kernel.state_span. `until` and `ended_by` are None while it lasts.

    `version` is that of the entry which began it; `entered_at` is when the record came into the
    state, whoever held it then.
    """

    object_id: str
    record_id: UUID
    field_id: str
    version: int
    value: str
    entered_at: datetime.datetime
    since: datetime.datetime
    until: datetime.datetime | None = None
    owner_id: UUID | None = None
    department_id: UUID | None = None
    ended_by: Ending | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A record right after an entry; `value` is None in no state, and in the bin."""

    version: int
    at: datetime.datetime
    value: str | None
    owner_id: UUID | None
    department_id: UUID | None
    is_live: bool


def of(field_id: str, history: Iterable[Entry]) -> list[Stay]:
    """The stays of one record for one field, from its entries from the first on, in any order."""
    stays: list[Stay] = []
    for moment, entry in moments(field_id, history):
        last = stays[-1] if stays and stays[-1].until is None else None
        ending = None if last is None else how_it_ends(last, moment)
        if last is not None and ending is not None:
            stays[-1] = replace(last, until=moment.at, ended_by=ending)
        if moment.value is not None and (last is None or ending is not None):
            kept = last.entered_at if last is not None and ending == "holder" else moment.at
            stays.append(begin(field_id, entry, moment, kept))
    return stays


def how_it_ends(stay: Stay, moment: Moment) -> Ending | None:
    """What the moment ends the stay by; None when it goes on."""
    if not moment.is_live:
        return "bin"
    if moment.value != stay.value:
        return "value"
    held_by = (moment.owner_id, moment.department_id)
    return None if held_by == (stay.owner_id, stay.department_id) else "holder"


def begin(field_id: str, entry: Entry, moment: Moment, entered_at: datetime.datetime) -> Stay:
    """The stay that begins at a moment in a state."""
    return Stay(
        object_id=entry.object_id,
        record_id=entry.record_id,
        field_id=field_id,
        version=moment.version,
        value=moment.value or "",
        entered_at=entered_at,
        since=moment.at,
        owner_id=moment.owner_id,
        department_id=moment.department_id,
    )


def moments(field_id: str, history: Iterable[Entry]) -> Iterator[tuple[Moment, Entry]]:
    """The record after each of its entries, in the order of its versions, repeats left out."""
    value: str | None = None
    owner = department = None
    is_live = False
    at: datetime.datetime | None = None
    for entry in sorted({entry.id: entry for entry in history}.values(), key=lambda e: e.step):
        at = entry.occurred_at if at is None else max(at, entry.occurred_at)
        if entry.kind in ("create", "update", "restore"):
            owner, department = entry.owner_after, entry.department_after
        if entry.kind != "computed":
            is_live = entry.kind not in ("delete", "purge")
        if entry.after is not None and field_id in entry.after:
            value = entry.after[field_id]
        shown = value if is_live else None
        yield Moment(entry.version, at, shown, owner, department, is_live), entry
