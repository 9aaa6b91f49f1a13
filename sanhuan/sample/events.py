"""Events of the outside world as a source sends them, for replaying a real history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["lead.created", "call.made", "lead.won"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    `id` is the same each time the history is replayed, so that a repeat can be told. `at` is in
    UTC. `data` is JSON-ready:

    lead.created  `lead` (the outside id) and the fields of a lead by API name; `interests` are
                  names of product tags
    call.made     `lead`, `attempt` (from 1), `seconds` (None where unknown), `result` (a choice of
                  activity.result, None where unknown)
    lead.won      `lead`, and what is known of the deal
    """

    id: str
    type: Kind
    at: datetime
    data: dict[str, Any]


def in_order(events: list[Event]) -> list[Event]:
    """By time; what happens at one instant in the order given."""
    return sorted(events, key=lambda event: event.at)
