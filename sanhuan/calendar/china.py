"""Legal holidays of mainland China and the days worked in exchange (调休).

They are those that the State Council's General Office publishes for each year, as the library
chinesecalendar (MIT) carries them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from chinese_calendar import constants


class PublishedDay(NamedTuple):
    """A day that is not as its weekday; `name` is what people call it."""

    day: dt.date
    working: bool
    name: str


def years() -> frozenset[int]:
    """The years that are known."""
    return frozenset(day.year for day in constants.holidays)


def published(year: int) -> Iterator[PublishedDay]:
    """The days of a year that are not as their weekday, in order; none for a year not known."""
    marked = {
        **{day: (False, name) for day, name in constants.holidays.items()},
        **{day: (True, name) for day, name in constants.workdays.items()},
    }
    for day in sorted(day for day in marked if day.year == year):
        working, english = marked[day]
        name = constants.Holiday(english).chinese
        yield PublishedDay(day, working, f"{name}调休" if working else name)
