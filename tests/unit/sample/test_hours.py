"""Office hours of a made-up history."""

from __future__ import annotations

from datetime import date, datetime
from random import Random

import pytest

from sanhuan.sample import hours


def china(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-18T10:30", "2026-03-18T10:30"),  # a Wednesday morning
        ("2026-03-18T06:15", "2026-03-18T09:15"),  # before opening
        ("2026-03-18T22:40", "2026-03-19T09:40"),  # in the evening
        ("2026-03-20T19:05", "2026-03-23T09:05"),  # on Friday evening
        ("2026-03-21T11:20", "2026-03-23T09:20"),  # on Saturday
    ],
)
def test_work_waits_for_office_hours(moment: str, expected: str) -> None:
    assert hours.in_office(china(moment)) == china(expected)


def test_a_day_is_a_day_in_china() -> None:
    assert hours.local_day(china("2026-03-19T00:30")) == date(2026, 3, 19)


def test_arrivals_stay_on_their_day() -> None:
    day = date(2026, 3, 18)
    random = Random(1)
    assert {hours.local_day(hours.arrival(random, day)) for _ in range(300)} == {day}
