"""What a formula may ask of its surroundings: the record, the clock, the person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from sanhuan.expressions import moments


class Record(Protocol):
    """One record, read by paths of field ids."""

    def get(self, path: tuple[str, ...], /) -> object:
        """The value at the end of a to-one path; None when blank or a hop is empty.

        Values are as in `types`; a stored formula in error is an `ErrorValue`.
        A path that ends in a sub-table gives its rows, a sequence of Record in
        their order. A path that ends in `nodes.TITLE` gives the title as text.
        """
        ...


class Calendar(Protocol):
    """A working calendar."""

    def is_working(self, day: dt.date, /) -> bool: ...

    def shifts(self, day: dt.date, /) -> Sequence[tuple[dt.time, dt.time]]:
        """The working hours of a working day by the wall clock, in order."""
        ...


class DepartmentTree(Protocol):
    """The tree of departments."""

    def is_under(self, department: str, ancestor: str, /) -> bool:
        """Whether it is the same department or one below."""
        ...

    def below(self, ancestor: str, /) -> Sequence[str]:
        """The ids of the department itself and of all below it."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Everything beyond the record. `now` is the time of the transaction, aware.

    `me` is the id of the person asking, `person` that person's own record (for
    paths like ME.部门). `old` is the record before the change and None for a new
    one. `language` is the workspace's (labels of choices). What is None is not
    at hand: formulas that need it give null, and WORKDAYS and the like `limit`.
    """

    zone: ZoneInfo
    now: dt.datetime
    me: str | None = None
    person: Record | None = None
    language: str = "zh"
    calendar: Calendar | None = None
    calendars: Sequence[tuple[str, Calendar]] = ()
    is_new: bool = False
    old: Record | None = None
    departments: DepartmentTree | None = None

    @property
    def today(self) -> dt.date:
        """The day of the workspace."""
        return moments.local_day(self.now, self.zone)
