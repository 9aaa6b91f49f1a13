"""When things happen in a made-up history: office hours, Monday to Friday, in China."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
OPENS = time(8, 50)
CLOSES = time(18, 10)
SATURDAY = 5


def local_day(moment: datetime) -> date:
    """The calendar day of an instant in China."""
    return moment.astimezone(ZONE).date()


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """The instant (UTC) of a time of day in China."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def in_office(moment: datetime) -> datetime:
    """The first instant from `moment` on at which somebody is at work; public holidays count."""
    local = moment.astimezone(ZONE)
    if local.weekday() < SATURDAY and OPENS <= local.time() <= CLOSES:
        return moment
    day = local.date()
    if local.weekday() >= SATURDAY or local.time() > CLOSES:
        day += timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    # Spread over the first hour by the minute it would have been, so that nothing happens at once.
    return at(day, 9, local.minute) + timedelta(seconds=local.second)


def office_day(moment: datetime) -> date:
    """The day of `moment`, or the next one with office hours."""
    return local_day(in_office(moment))


def spell(random: Random, median: timedelta, spread: float = 0.8) -> timedelta:
    """A log-normal length of time, in whole seconds; `spread` is the deviation of its logarithm."""
    return timedelta(seconds=round(median.total_seconds() * math.exp(random.gauss(0, spread))))


def arrival(random: Random, day: date) -> datetime:
    """When something comes in on a day: mostly in office hours, some in the evening."""
    hour = random.choices(range(24), weights=ARRIVALS)[0]
    return at(day, hour, random.randrange(60)) + timedelta(seconds=random.randrange(60))


ARRIVALS = (1, 0, 0, 0, 0, 0, 1, 3, 8, 14, 15, 12, 6, 8, 13, 14, 12, 9, 6, 6, 7, 6, 4, 2)
"""Weights of the hours of the day in which enquiries arrive."""
