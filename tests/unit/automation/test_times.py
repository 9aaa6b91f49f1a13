"""When a gap's owner is reminded, and when his time is over (B34, M18)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sanhuan.automation.gaps import times
from sanhuan.calendar import china
from sanhuan.calendar.working import WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = WorkingCalendar(
    zone=SHANGHAI,
    days={day.day: day.working for year in china.years() for day in china.published(year)},
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def reckoned(
    since: str, hours: str, remind: str | None = None, noticed: str | None = None
) -> times.Times:
    given = None if remind is None else Decimal(remind)
    return times.reckon(CHINA, at(since), at(noticed or since), Decimal(hours), given)


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ("2026-03-31 09:30", "1", "2026-03-31 10:30"),
        ("2026-03-31 11:30", "4", "2026-03-31 17:00"),  # over lunch
        ("2026-03-31 20:00", "1", "2026-04-01 10:00"),  # came in the evening
        ("2026-03-31 16:00", "4", "2026-04-01 11:00"),
        (
            "2026-02-14 17:00",
            "4",
            "2026-02-24 12:00",
        ),  # the last day before 春节 2026 is a Saturday
        ("2026-02-28 09:00", "1", "2026-02-28 10:00"),  # a Saturday worked in exchange
    ],
)
def test_time_runs_in_working_hours_only(since: str, hours: str, due: str) -> None:
    assert reckoned(since, hours).due_at == at(due)


def test_reminder_comes_before_the_end_in_working_time() -> None:
    found = reckoned("2026-03-31 16:00", "4", "3.5")
    assert found.due_at == at("2026-04-01 11:00")
    assert found.remind_at == at("2026-03-31 16:30")
    assert found.next_at == found.remind_at


def test_no_reminder_that_would_come_before_the_beginning() -> None:
    found = reckoned("2026-03-31 09:30", "1", "2")
    assert found.remind_at is None
    assert found.next_at == found.due_at


def test_a_wait_that_is_over_when_noticed_counts_from_then() -> None:
    found = reckoned("2026-03-20 10:00", "4", "1", noticed="2026-03-31 10:00")
    assert found.counted_from == at("2026-03-31 10:00")
    assert found.due_at == at("2026-03-31 15:30")


def test_a_wait_that_is_still_running_when_noticed_keeps_its_beginning() -> None:
    found = reckoned("2026-03-31 09:30", "4", noticed="2026-03-31 10:30")
    assert found.counted_from == at("2026-03-31 09:30")
    assert found.due_at == at("2026-03-31 15:00")


def test_another_calendar_moves_the_end_but_not_the_beginning() -> None:
    closed = WorkingCalendar(
        zone=SHANGHAI, days={**CHINA.days, datetime(2026, 4, 1, tzinfo=UTC).date(): False}
    )
    start, now = at("2026-03-31 16:00"), at("2026-03-31 17:00")
    before = times.again(CHINA, start, now, Decimal(4), Decimal(1))
    after = times.again(closed, start, now, Decimal(4), Decimal(1))
    assert (before.due_at, after.due_at) == (at("2026-04-01 11:00"), at("2026-04-02 11:00"))
    assert after.counted_from == start
