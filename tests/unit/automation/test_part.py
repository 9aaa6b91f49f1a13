"""What the ring asks of workers."""

from __future__ import annotations

from datetime import UTC, datetime

import croniter  # type: ignore[import-untyped]  # it ships no types; what jobs read cron with

from sanhuan.automation import part


def test_clocks_are_looked_at_every_ten_seconds() -> None:
    ticks = croniter.croniter(part.CLOCK_CRON, datetime(2026, 3, 31, tzinfo=UTC))
    found = [ticks.get_next(datetime).second for _ in range(7)]
    assert found == [10, 20, 30, 40, 50, 0, 10]
