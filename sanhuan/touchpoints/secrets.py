"""The secrets that senders sign with: made here, shown once, two at a time while they change."""

from __future__ import annotations

import base64
import secrets as randomness
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg import rows

from sanhuan.database import pool, queries

PREFIX: Final = "whsec_"
BYTES: Final = 32
CHANGE_WITHIN: Final = timedelta(hours=24)


def shown(secret: bytes) -> str:
    """A secret as it is given to a sender, in the form of Standard Webhooks."""
    return PREFIX + base64.b64encode(secret).decode()


async def current(connection: pool.Connection, source: str, now: datetime) -> Sequence[bytes]:
    """The secrets of a source that hold, the newest first; at most two."""
    statements = queries.load("sanhuan.touchpoints")
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements["secrets"], {"source": source, "now": now})
        return [bytes(secret) for secret in await cursor.fetchall()]


async def renew(connection: pool.Connection, source: str, by: UUID, now: datetime) -> bytes:
    """Give a source a new secret. The one before holds for another 24 hours, older ones end."""
    statements = queries.load("sanhuan.touchpoints")
    secret = randomness.token_bytes(BYTES)
    async with connection.transaction():
        await connection.execute(statements["lock_secrets"], {"source": source})
        await connection.execute(
            statements["end_secrets"],
            {"source": source, "now": now, "until": now + CHANGE_WITHIN},
        )
        await connection.execute(
            statements["add_secret"],
            {"source": source, "secret": secret, "now": now, "by": by},
        )
    return secret
