"""How long what has ended is kept: for people to look up, not for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sanhuan.database import pool, queries

KEPT: Final = timedelta(days=90)
"""Sessions, API tokens, invitations and shares, after their end."""
ATTEMPTS_KEPT: Final = timedelta(days=1)


async def purge(conn: pool.Connection, now: datetime) -> int:
    """Delete what ended long ago; the number of rows. To be run daily, safe to repeat."""
    statements = queries.load("sanhuan.identity", "retention.sql")
    parameters = {"ended_before": now - KEPT, "attempts_before": now - ATTEMPTS_KEPT}
    deleted = 0
    for statement in statements:
        deleted += (await conn.execute(statement.sql, parameters)).rowcount
    return deleted
