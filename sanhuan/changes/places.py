"""A reader's place in the log, and how it moves."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sanhuan.changes.entries import Position

CLOCK_SLACK = datetime.timedelta(days=1)
"""How far the database server's clock may ever be set back without hiding an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Everything up to (generation, xid, id) is handled, and the entries `ahead` beyond it.

    `floor` lets partitions be skipped: no entry beyond the place was written before it. It is
    found by a mark, a transaction id with the time of a moment at which that id was not given out
    yet. Who has it or a higher one was not yet writing then, so once the place has reached the
    mark, the mark's time is a floor, however long any transaction took. None is no floor.
    """

    generation: int
    xid: int
    id: int
    objects: Sequence[str] | None = None
    ahead: Sequence[int] = ()
    floor: datetime.datetime | None = None
    mark_xid: int
    mark_at: datetime.datetime
    latest: int
    """The latest generation. In an earlier one every transaction has ended."""
    incidents: int = 0
    """How many entries were set aside and not settled yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The next batch: how many entries it spans, whether one of them matters, where it ends.

    `xid` and `id` are None when it spans none. No transaction had `next_xid` at the time `now`.
    """

    scanned: int
    wanted: bool
    xid: int | None
    id: int | None
    next_xid: int
    now: datetime.datetime


def after(place: Place, stretch: Stretch) -> Place:
    """The place at the end of a stretch; in the next generation where this one is read up."""
    if stretch.xid is None or stretch.id is None:
        if place.generation == place.latest:
            return place
        return replace(place, generation=place.generation + 1, xid=0, id=0)
    moved = replace(place, xid=stretch.xid, id=stretch.id)
    if moved.generation < moved.latest or moved.xid < moved.mark_xid:
        return moved
    floor = moved.mark_at - CLOCK_SLACK
    return replace(moved, floor=floor, mark_xid=stretch.next_xid, mark_at=stretch.now)


def without(place: Place, passed: Collection[int]) -> Place:
    """The place without those entries ahead of it that it has now passed."""
    return replace(place, ahead=[each for each in place.ahead if each not in passed])


def at(position: Position, known: Place) -> Place:
    """The place of one who stands elsewhere than `known`, without a floor."""
    return replace(
        known, generation=position.generation, xid=position.xid, id=position.id, floor=None
    )
