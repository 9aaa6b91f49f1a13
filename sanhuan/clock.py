"""Time, passed in: no other module asks the machine what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved: for tests and simulations."""

    def __init__(self, start: datetime) -> None:
        """Raises ValueError when `start` names no time zone."""
        if start.tzinfo is None:
            raise ValueError("a clock needs an instant with a time zone")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant that the clock was last set to."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward and return the new instant. Raises ValueError when `by` < 0."""
        if by < timedelta(0):
            raise ValueError("a clock does not go backwards")
        self._now += by
        return self._now
