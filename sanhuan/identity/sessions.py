"""Sessions and API tokens, looked up on each request: what is ended holds from the next one.

One indexed statement answers who asks, by which session or token, and both versions. It writes
nothing. `seen_at`, which an idle session ends by, is brought up to date at most every five minutes
and after the answer: see `SignedIn.is_stale` and `touch`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from psycopg import rows

from sanhuan.database import pool, queries
from sanhuan.identity import bearer, refusals
from sanhuan.identity.versions import Versions

TOUCH_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lasts: without use, and at most."""

    idle: timedelta = timedelta(hours=12)
    absolute: timedelta = timedelta(days=30)


LIFETIMES: Final = Lifetimes()


class SignedIn(NamedTuple):
    """Who stands behind a request. `id` is that of the session, or of the API token.

    `scopes` is None for a session. `ends_at` None is a token without end; `seen_at` None is a
    token not used before. Everything else about the person comes from the directory.
    """

    id: UUID
    user: UUID
    name: str
    login: str
    language: str
    department: UUID | None
    scopes: frozenset[str] | None
    seen_at: datetime | None
    ends_at: datetime | None
    versions: Versions

    def is_stale(self, now: datetime) -> bool:
        """Whether `seen_at` is so old that `touch` should be called, after the answer."""
        return self.seen_at is None or now - self.seen_at >= TOUCH_AFTER


class Issued(NamedTuple):
    """A new session. `token` is known here only; `csrf` goes into the readable cookie."""

    id: UUID
    user: UUID
    token: str
    csrf: str
    ends_at: datetime


class Session(NamedTuple):
    """A session as its owner may see it in a list."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str | None
    agent: str | None


class _Row(NamedTuple):
    id: UUID
    user: UUID
    name: str | None
    login: str | None
    language: str | None
    department: UUID | None
    scopes: list[str] | None
    seen_at: datetime | None
    ends_at: datetime | None
    catalog: int
    policies: int


async def look_up(
    conn: pool.Connection, token: str, now: datetime, lifetimes: Lifetimes = LIFETIMES
) -> SignedIn:
    """Who stands behind a session's or an API token's token.

    Raises SessionEnded when it is unknown, ended, expired, idle for too long, or its person is
    inactive or binned.
    """
    kind = bearer.kind_of(token)
    if kind not in ("s", "t"):
        raise refusals.SessionEnded
    statements = queries.load("sanhuan.identity", "sessions.sql")
    name = "look_up_session" if kind == "s" else "look_up_api_token"
    alive_since = now - lifetimes.idle
    async with conn.cursor(row_factory=rows.class_row(_Row)) as cursor:
        await cursor.execute(
            statements[name],
            {"digest": bearer.digest(token), "now": now, "alive_since": alive_since},
            prepare=True,
        )
        row = await cursor.fetchone()
    if row is None:
        raise refusals.SessionEnded
    return _signed_in(row)


def _signed_in(row: _Row) -> SignedIn:
    return SignedIn(
        id=row.id,
        user=row.user,
        name=row.name or "",
        login=row.login or "",
        language="en" if row.language == "en" else "zh",
        department=row.department,
        scopes=None if row.scopes is None else frozenset(row.scopes),
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        versions=Versions(catalog=row.catalog, policies=row.policies),
    )


async def touch(conn: pool.Connection, ids: Iterable[UUID], now: datetime) -> None:
    """Note that sessions and API tokens were in use. Many calls at once write once."""
    statements = queries.load("sanhuan.identity", "sessions.sql")
    await conn.execute(
        statements["touch"], {"ids": list(ids), "now": now, "before": now - TOUCH_AFTER}
    )


async def still_open(
    conn: pool.Connection, ids: Iterable[UUID], now: datetime, lifetimes: Lifetimes = LIFETIMES
) -> set[UUID]:
    """Those of some sessions and API tokens that have not ended: for who listens for long."""
    statements = queries.load("sanhuan.identity", "sessions.sql")
    async with conn.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(
            statements["still_open"],
            {"ids": list(ids), "now": now, "alive_since": now - lifetimes.idle},
        )
        return set(await cursor.fetchall())


async def open_session(
    conn: pool.Connection,
    user: UUID,
    password_hash: str,
    now: datetime,
    *,
    lifetimes: Lifetimes = LIFETIMES,
    address: str | None = None,
    agent: str | None = None,
) -> Issued | None:
    """Begin a session for a person whose password, as hashed, is still this one.

    None when the password was changed meanwhile, or the person is inactive or binned. A change of
    password waits for this transaction, so that it ends this session too.
    """
    token = bearer.make("s")
    ends_at = now + lifetimes.absolute
    statements = queries.load("sanhuan.identity", "sessions.sql")
    found = await conn.execute(
        statements["open_session"],
        {
            "user": user,
            "password_hash": password_hash,
            "digest": bearer.digest(token),
            "now": now,
            "ends_at": ends_at,
            "address": _storable(address, 100),
            "agent": _storable(agent, 300),
        },
    )
    row = await found.fetchone()
    if row is None:
        return None
    (session_id,) = row
    assert isinstance(session_id, UUID)
    return Issued(id=session_id, user=user, token=token, csrf=bearer.csrf(token), ends_at=ends_at)


async def end(conn: pool.Connection, session: UUID, now: datetime) -> None:
    """End one session. Ending it twice does no harm."""
    statements = queries.load("sanhuan.identity", "sessions.sql")
    await conn.execute(statements["end_session"], {"id": session, "now": now})


async def end_own(conn: pool.Connection, user: UUID, session: UUID, now: datetime) -> bool:
    """End one of a person's sessions; False when the person has no such session now."""
    statements = queries.load("sanhuan.identity", "sessions.sql")
    done = await conn.execute(
        statements["end_session_of"], {"id": session, "user": user, "now": now}
    )
    return done.rowcount > 0


async def end_all(
    conn: pool.Connection, user: UUID, now: datetime, *, but: UUID | None = None
) -> int:
    """End all sessions of a person at once, `but` one; the number of those that were open."""
    statements = queries.load("sanhuan.identity", "sessions.sql")
    done = await conn.execute(statements["end_sessions_of"], {"user": user, "now": now, "but": but})
    return done.rowcount


async def of_user(
    conn: pool.Connection, user: UUID, now: datetime, lifetimes: Lifetimes = LIFETIMES
) -> list[Session]:
    """A person's open sessions, the last used first."""
    statements = queries.load("sanhuan.identity", "sessions.sql")
    alive_since = now - lifetimes.idle
    async with conn.cursor(row_factory=rows.class_row(Session)) as cursor:
        await cursor.execute(
            statements["sessions_of"], {"user": user, "now": now, "alive_since": alive_since}
        )
        return await cursor.fetchall()


def _storable(text: str | None, most: int) -> str | None:
    """A text from a request's head, cut and without what PostgreSQL can't store."""
    if text is None:
        return None
    return text[:most].replace("\0", "").encode(errors="replace").decode()
