"""What becomes of a gap by what its record says, and what a clock that rings asks for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Literal
from uuid import UUID

Outcome = Literal["met", "moved", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of kernel.gap that is not closed."""

    id: UUID
    gap: str
    object_id: str
    record_id: UUID
    owner_id: UUID | None
    department_id: UUID | None
    state: Literal["open", "reminded", "breached"]
    lapsed: Sequence[UUID]
    since: datetime
    counted_from: datetime
    hours: Decimal
    remind_hours: Decimal | None
    remind_at: datetime | None
    due_at: datetime
    next_at: datetime | None
    operation: UUID
    root: UUID | None
    depth: int
    calendar_version: int
    attempts: int

    @property
    def those_who_let_it_lapse(self) -> list[UUID]:
        """All whose time was over, the owner included once his is."""
        last = [] if self.owner_id is None or self.state != "breached" else [self.owner_id]
        return [*self.lapsed, *last]


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says of one gap now.

    `is_there` False: it is in the bin or gone. `since` None: it does not say since when it waits.
    """

    is_there: bool
    waits: bool = False
    met: bool = False
    owner: UUID | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What to do with a gap of a record: close the row that is open, open another one, or both."""

    close: Outcome | None = None
    open: bool = False
    lapsed: tuple[UUID, ...] = ()


def step(row: Row | None, said: Said) -> Step:
    """What becomes of a gap. Saying the same again changes nothing.

    A wait is one owner's, since one instant: another owner, or a later beginning, is another wait.
    """
    waits = said.is_there and said.waits
    if row is None:
        return Step(open=waits)
    if not waits:
        return Step(close="met" if said.is_there and said.met else "dropped")
    began_anew = said.since is not None and said.since > row.since
    if row.owner_id != said.owner or began_anew:
        return Step(close="moved", open=True, lapsed=tuple(row.those_who_let_it_lapse))
    return Step()


class Ring(Enum):
    """What a clock that rings asks for."""

    NOTHING = "nothing"
    REMIND = "remind"
    PASS_ON = "pass on"
    ESCALATE = "escalate"


def ring(row: Row, now: datetime, rounds: int | None) -> Ring:
    """What is due for a gap whose record still waits.

    When both the reminder and the end have passed, as after an outage, only the end counts.
    `rounds` is how often it may be passed on; None is never.
    """
    if row.state == "breached":
        return Ring.NOTHING
    if now >= row.due_at:
        may_pass = rounds is not None and row.owner_id is not None and len(row.lapsed) < rounds
        return Ring.PASS_ON if may_pass else Ring.ESCALATE
    if row.state == "open" and row.remind_at is not None and now >= row.remind_at:
        return Ring.REMIND
    return Ring.NOTHING


def next_at(row: Row, now: datetime) -> datetime | None:
    """When the clock of a gap rings next; None when it rings no more."""
    if row.state == "breached":
        return None
    if row.state == "open" and row.remind_at is not None and row.remind_at > now:
        return row.remind_at
    return row.due_at
