"""When what someone is given ends: shares and API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sanhuan.identity import refusals

LONGEST: Final = timedelta(days=36_525)
"""A hundred years: what lies beyond may be a moment that can't be read back."""


def check(ends_at: datetime | None, now: datetime, field: str) -> None:
    """Raise InvalidExpiry, naming the field, for an end that is not ahead; None is no end."""
    if ends_at is not None and not now < ends_at < now + LONGEST:
        raise refusals.InvalidExpiry(field)
