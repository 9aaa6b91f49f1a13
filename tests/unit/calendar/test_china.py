"""The published days of China."""

import datetime as dt
from zoneinfo import ZoneInfo

import chinese_calendar

from sanhuan.calendar import china
from sanhuan.calendar.working import WorkingCalendar


def test_every_day_of_every_known_year_is_as_published() -> None:
    calendar = WorkingCalendar(
        zone=ZoneInfo("Asia/Shanghai"),
        days={day.day: day.working for year in china.years() for day in china.published(year)},
    )
    day = dt.date(min(china.years()), 1, 1)
    while day.year <= max(china.years()):
        assert calendar.is_working(day) == chinese_calendar.is_workday(day), day
        day += dt.timedelta(days=1)


def test_days_are_named_as_people_call_them() -> None:
    days = {day.day: day.name for day in china.published(2026)}
    assert days[dt.date(2026, 2, 17)] == "春节"
    assert days[dt.date(2026, 2, 14)] == "春节调休"
    assert list(china.published(1999)) == []
