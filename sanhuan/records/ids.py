"""Ids of records: UUIDv7 (RFC 9562), rising with time, so that the newest are found together."""

from __future__ import annotations

import os
import time
from datetime import datetime
from uuid import UUID

_last = 0


def uuid7(moment: datetime | None = None) -> UUID:
    """A new id made at `moment`, None is now. Ids of one process made now rise strictly.

    The 12 bits after the milliseconds hold their fraction (RFC 9562, method 3).
    """
    global _last
    if moment is None:
        nanoseconds = time.time_ns()
        ticks = max(_last + 1, (nanoseconds << 12) // 1_000_000)
        _last = ticks
    else:
        ticks = (int(moment.timestamp() * 1_000_000) << 12) // 1_000 + (os.urandom(1)[0] >> 4)
    milliseconds, fraction = ticks >> 12, ticks & 0xFFF
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random
    return UUID(int=value)
