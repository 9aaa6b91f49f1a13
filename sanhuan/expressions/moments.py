"""Dates and instants: the calendar arithmetic of the language.

Dates run from 1900-01-01 to 9999-12-31, instants from 1900-01-02T00:00Z to
before 9999-12-31T00:00Z, so that every instant has a day in every zone. Local
time that does not exist takes the offset before the change, one that comes
twice the offset after (as PostgreSQL does).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from zoneinfo import ZoneInfo

from sanhuan.expressions.errors import Failure

FIRST_DAY = dt.date(1900, 1, 1)
LAST_DAY = dt.date(9999, 12, 31)
FIRST_INSTANT = dt.datetime(1900, 1, 2, tzinfo=dt.UTC)
END_OF_INSTANTS = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
MILLISECONDS = {
    "week": 604_800_000,
    "day": 86_400_000,
    "hour": 3_600_000,
    "minute": 60_000,
    "second": 1_000,
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|年([0-9]{1,2})月)([0-9]{1,2})(日?)")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,3})?)?")
MICROSECOND = dt.timedelta(microseconds=1)


def make_date(year: int, month: int, day: int) -> dt.date:
    """That day; raises bad_date."""
    try:
        made = dt.date(year, month, day)
    except (ValueError, OverflowError):
        raise Failure("bad_date") from None
    return day_within(made)


def day_within(day: dt.date) -> dt.date:
    if day < FIRST_DAY:
        raise Failure("bad_date")
    return day


def instant_within(instant: dt.datetime) -> dt.datetime:
    if not FIRST_INSTANT <= instant < END_OF_INSTANTS:
        raise Failure("bad_date")
    return instant


def read_date(text: str) -> dt.date:
    """A day written 2025-03-01, 2025/3/1 or 2025年3月1日; raises bad_date."""
    match = _DATE.fullmatch(text)
    if not match or bool(match[4]) != bool(match[6]):
        raise Failure("bad_date")
    return make_date(int(match[1]), int(match[2] or match[3] or match[4]), int(match[5]))


def read_moment(text: str) -> dt.date | dt.datetime:
    """A day, or a day and time (local, without zone; UTC when it ends in Z).

    Raises bad_date.
    """
    day, _, time = text.strip().replace("T", " ", 1).partition(" ")
    if not time.strip():
        return read_date(day)
    utc = time.endswith("Z")
    match = _TIME.fullmatch(time.strip().removesuffix("Z"))
    if not match or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        raise Failure("bad_date")
    fraction = round(float(match[4] or 0) * 1000)
    clock = dt.time(int(match[1]), int(match[2]), int(match[3] or 0), fraction * 1000)
    made = dt.datetime.combine(read_date(day), clock)
    if utc:
        return instant_within(made.replace(tzinfo=dt.UTC))
    if not FIRST_INSTANT <= made.replace(tzinfo=dt.UTC) < END_OF_INSTANTS:
        raise Failure("bad_date")
    return made


def local(instant: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The wall clock at an instant, without zone."""
    try:
        return instant.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        raise Failure("bad_date") from None


def local_day(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    return local(instant, zone).date()


def instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall clock; raises bad_date outside the range."""
    return instant_within(unchecked_instant(wall, zone))


def unchecked_instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    before = wall.replace(tzinfo=zone, fold=0).utcoffset()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None
    assert after is not None
    try:
        return (wall - min(before, after)).replace(tzinfo=dt.UTC)
    except OverflowError:
        raise Failure("bad_date") from None


def first_instant(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first instant of a day: where a half-open range of days begins."""
    midnight = dt.datetime.combine(day, dt.time())
    offset = midnight.replace(tzinfo=zone, fold=0).utcoffset()
    assert offset is not None
    return (midnight - offset).replace(tzinfo=dt.UTC)


def add_days(day: dt.date, days: int) -> dt.date:
    try:
        return day_within(day + dt.timedelta(days=days))
    except OverflowError:
        raise Failure("bad_date") from None


def add_months(day: dt.date, months: int) -> dt.date:
    """That many months on, cut to the last day of the month; raises bad_date."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1900 <= year <= 9999:
        raise Failure("bad_date")
    return day.replace(year=year, month=month + 1, day=min(day.day, last_of(year, month + 1)))


def last_of(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def month_end(day: dt.date) -> dt.date:
    return day.replace(day=last_of(day.year, day.month))


def add_to_day(day: dt.date, count: int, unit: str) -> dt.date:
    """`count` of day, week, month, quarter or year on; raises bad_date."""
    if unit in MONTHS:
        return add_months(day, count * MONTHS[unit])
    return add_days(day, count * (7 if unit == "week" else 1))


def add_to_instant(start: dt.datetime, count: int, unit: str, zone: ZoneInfo) -> dt.datetime:
    """By the wall clock from day up, by exact time below; raises bad_date."""
    if unit in ("hour", "minute"):
        return add_milliseconds(start, count * MILLISECONDS[unit])
    wall = local(start, zone)
    return instant(dt.datetime.combine(add_to_day(wall.date(), count, unit), wall.time()), zone)


def add_milliseconds(start: dt.datetime, milliseconds: int) -> dt.datetime:
    try:
        return instant_within(start + dt.timedelta(milliseconds=milliseconds))
    except OverflowError:
        raise Failure("bad_date") from None


def milliseconds_between(start: dt.datetime, end: dt.datetime) -> int:
    """Whole milliseconds from start to end, half away from zero."""
    exact = (end - start) // MICROSECOND
    size = (abs(exact) + 500) // 1000
    return size if exact >= 0 else -size


def start_of_day(day: dt.date, unit: str) -> dt.date:
    """The first day of the week (Monday), month, quarter or year."""
    if unit == "week":
        return day - dt.timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def start_of_instant(at: dt.datetime, unit: str, zone: ZoneInfo) -> dt.datetime:
    wall = local(at, zone)
    if unit == "minute":
        return unchecked_instant(wall.replace(second=0, microsecond=0), zone)
    if unit == "hour":
        return unchecked_instant(wall.replace(minute=0, second=0, microsecond=0), zone)
    first = start_of_day(wall.date(), unit)
    return unchecked_instant(dt.datetime.combine(first, dt.time()), zone)


def months_between(start: dt.date, end: dt.date) -> int:
    """Complete months from start to end, for start <= end."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (end.day < start.day)


def difference(start: dt.date, end: dt.date, unit: str) -> int:
    """DATEDIF: complete units between two days, negative when turned round."""
    if start > end:
        return -difference(end, start, unit)
    months = months_between(start, end)
    match unit:
        case "Y":
            return months // 12
        case "M":
            return months
        case "YM":
            return months % 12
        case "MD":
            return (end - add_months(start, months)).days
        case "YD":
            return (end - add_months(start, months // 12 * 12)).days
    return (end - start).days
