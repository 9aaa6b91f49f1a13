"""When a gap's owner is reminded, and when his time is over. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sanhuan.calendar.working import WorkingCalendar


class Times(NamedTuple):
    """`remind_at` is None where no reminder comes before the end."""

    counted_from: datetime
    remind_at: datetime | None
    due_at: datetime

    @property
    def next_at(self) -> datetime:
        return self.remind_at or self.due_at


def reckon(
    calendar: WorkingCalendar,
    since: datetime,
    noticed: datetime,
    hours: Decimal,
    remind: Decimal | None,
) -> Times:
    """The times of a wait since an instant, `hours` of working time long.

    A wait that is over when it is noticed counts from then: nobody is late for what nobody could
    tell him. The reminder comes `remind` hours of working time before the end.
    """
    start = since
    due = after(calendar, start, hours)
    if due <= noticed:
        start = noticed
        due = after(calendar, start, hours)
    return Times(start, reminder(calendar, start, noticed, due, remind), due)


def again(
    calendar: WorkingCalendar,
    counted_from: datetime,
    now: datetime,
    hours: Decimal,
    remind: Decimal | None,
) -> Times:
    """The times by another calendar; what is over by it is over."""
    due = after(calendar, counted_from, hours)
    return Times(counted_from, reminder(calendar, counted_from, now, due, remind), due)


def reminder(
    calendar: WorkingCalendar,
    start: datetime,
    now: datetime,
    due: datetime,
    remind: Decimal | None,
) -> datetime | None:
    """When to remind; None when that would be before the beginning, or is past."""
    if not remind:
        return None
    at = calendar.add_working_time(due, -span(remind))
    return at if at > max(start, now) else None


def after(calendar: WorkingCalendar, start: datetime, hours: Decimal) -> datetime:
    """The instant by which so many hours were worked."""
    return calendar.add_working_time(start, span(hours))


def span(hours: Decimal) -> timedelta:
    """Hours as a duration, to the second."""
    return timedelta(seconds=int(hours * 3600))
