"""Clocks are passed in, and tests move theirs."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sanhuan import clock

START = datetime(2026, 11, 24, 16, 0, tzinfo=timezone(timedelta(hours=8)))


def test_system_clock_tells_utc() -> None:
    assert clock.SystemClock().now().tzinfo is UTC


def test_manual_clock_stands_still_in_utc() -> None:
    manual = clock.ManualClock(START)

    assert manual.now() == manual.now() == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_manual_clock_moves_when_it_is_moved() -> None:
    manual = clock.ManualClock(START)

    assert manual.advance(timedelta(minutes=5)) == manual.now() == START + timedelta(minutes=5)


def test_manual_clock_does_not_go_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        clock.ManualClock(START).advance(timedelta(seconds=-1))


def test_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.ManualClock(datetime(2026, 11, 24))  # noqa: DTZ001 - what is tested
