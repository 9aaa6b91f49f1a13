"""How often one may try to sign in: per login, and per address the attempts come from.

An attempt is counted before the password is looked at, in a statement of its own, so that many at
once can't slip through together. A success takes its own count back. Attempts from an address
over its limit do not count against logins: nobody locks others out without end.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from psycopg import rows

from sanhuan.database import pool, queries
from sanhuan.identity import refusals


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attempts within `window`, which begins with the first."""

    per_login: int = 10
    per_address: int = 100
    window: timedelta = timedelta(minutes=15)


LIMITS: Final = Limits()


class _Count(NamedTuple):
    kind: str
    attempts: int
    began_at: datetime


async def count(
    conn: pool.Connection, *, login: str, address: str, now: datetime, limits: Limits
) -> None:
    """Count one attempt. Raises TooManyAttempts when it is one too many.

    The count must be committed whatever comes of the attempt: call this outside a transaction.
    """
    statements = queries.load("sanhuan.identity", "attempts.sql")
    async with conn.cursor(row_factory=rows.class_row(_Count)) as cursor:
        await cursor.execute(
            statements["count"],
            {
                **_digests(login, address),
                "per_address": limits.per_address,
                "now": now,
                "window": limits.window,
            },
        )
        counts = await cursor.fetchall()
    most = {"login": limits.per_login, "address": limits.per_address}
    over = [each for each in counts if each.attempts > most[each.kind]]
    if over:
        left = max(each.began_at for each in over) + limits.window - now
        raise refusals.TooManyAttempts(max(1, math.ceil(left.total_seconds())))


async def succeed(conn: pool.Connection, *, login: str, address: str) -> None:
    """Forget the login's attempts, and take this one back from its address's."""
    statements = queries.load("sanhuan.identity", "attempts.sql")
    await conn.execute(statements["succeed"], _digests(login, address))


def _digests(login: str, address: str) -> dict[str, bytes]:
    return {"login": _digest(login.casefold()), "address": _digest(address)}


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
