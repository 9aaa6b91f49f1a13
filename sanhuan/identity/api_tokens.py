"""API tokens: programs act as the person who made the token, within its scopes.

A token has no rights of its own: at each request it has what its scopes leave of what its person
may do by then. So it never goes beyond its maker, and loses with him what he loses.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from psycopg import rows

from sanhuan import errors
from sanhuan.database import pool, queries
from sanhuan.identity import access, bearer, expiry, refusals, scopes

MOST_IN_NAME: Final = 200


class Made(NamedTuple):
    """A new API token. `token` is known here only: it is shown once."""

    id: UUID
    token: str


class ApiToken(NamedTuple):
    """An API token as its owner sees it in a list. `ends_at` None is without end."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    seen_at: datetime | None
    ends_at: datetime | None


async def create(
    conn: pool.Connection,
    caller: access.Caller,
    *,
    name: str,
    token_scopes: Iterable[str],
    ends_at: datetime | None,
    now: datetime,
) -> Made:
    """Make an API token for the caller, with objects in its scopes by id (see scopes.rename).

    Raises Forbidden when the caller came with an API token himself, InvalidName, InvalidScope,
    ScopeBeyondRights, and InvalidExpiry for an end that is not in the future.
    """
    if caller.scopes is not None:
        raise refusals.Forbidden(
            errors.Text("令牌不能创建令牌。", "API tokens can't make API tokens."),
            hint=errors.Text("请登录后创建。", "Sign in to make one."),
        )
    checked = _check(caller, name, token_scopes, ends_at, now)
    token = bearer.make("t")
    statements = queries.load("sanhuan.identity", "api_tokens.sql")
    found = await conn.execute(
        statements["create"],
        {
            "user": caller.user,
            "name": name.strip(),
            "digest": bearer.digest(token),
            "scopes": sorted(checked),
            "now": now,
            "ends_at": ends_at,
        },
    )
    row = await found.fetchone()
    assert row is not None, "an insert returns its row"
    assert isinstance(row[0], UUID)
    return Made(id=row[0], token=token)


def _check(
    caller: access.Caller,
    name: str,
    token_scopes: Iterable[str],
    ends_at: datetime | None,
    now: datetime,
) -> frozenset[str]:
    if not is_name(name):
        raise refusals.InvalidName(MOST_IN_NAME)
    checked = scopes.parse(token_scopes)
    beyond = scopes.first_beyond(checked, caller)
    if beyond is not None:
        raise refusals.ScopeBeyondRights(beyond)
    expiry.check(ends_at, now, "expires_at")
    return checked


def is_name(text: str) -> bool:
    """Whether a token can be called so: something printable, not too long."""
    return bool(text.strip()) and len(text) <= MOST_IN_NAME and text.isprintable()


async def of_user(conn: pool.Connection, user: UUID, now: datetime) -> list[ApiToken]:
    """A person's API tokens that have not ended, the newest first."""
    statements = queries.load("sanhuan.identity", "api_tokens.sql")
    async with conn.cursor(row_factory=rows.class_row(ApiToken)) as cursor:
        await cursor.execute(statements["of_user"], {"user": user, "now": now})
        return await cursor.fetchall()


async def revoke(conn: pool.Connection, user: UUID, token: UUID, now: datetime) -> bool:
    """End one of a person's API tokens, by id; False when the person has no such token now."""
    statements = queries.load("sanhuan.identity", "api_tokens.sql")
    done = await conn.execute(statements["revoke"], {"id": token, "user": user, "now": now})
    return done.rowcount > 0


async def revoke_all(conn: pool.Connection, user: UUID, now: datetime) -> int:
    """End all API tokens of a person; the number of those that had not ended."""
    statements = queries.load("sanhuan.identity", "api_tokens.sql")
    done = await conn.execute(statements["revoke_all"], {"user": user, "now": now})
    return done.rowcount
