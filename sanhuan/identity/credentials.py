"""The password of a person, as kept, and what ends when it changes.

Setting a new hash and ending what the old one had opened belong into one transaction. Sessions
that begin at the same time wait for it (see sessions.open_session), so that none escapes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from psycopg import rows

from sanhuan.database import pool, queries
from sanhuan.identity import api_tokens, passwords, refusals, sessions

ADMINISTRATOR: Final = "admin"
"""Login of the first administrator."""


class Credential(NamedTuple):
    """An active person's password as kept. `local_only`: signs in from this machine alone."""

    user: UUID
    password_hash: str
    local_only: bool


class Known(NamedTuple):
    """What an attacker may know of a person: no password is made of it."""

    name: str | None
    login: str | None
    email: str | None


async def of_login(conn: pool.Connection, login: str) -> Credential | None:
    """The credential behind a login, whatever its case; None when nobody can sign in by it.

    Where logins differ in case alone, the exact one counts.
    """
    return await _credential(conn, "of_login", {"login": login})


async def of_user(conn: pool.Connection, user: UUID) -> Credential | None:
    """The credential of an active person; None without one."""
    return await _credential(conn, "of_user", {"user": user})


async def set_password_hash(
    conn: pool.Connection,
    user: UUID,
    password_hash: str,
    now: datetime,
    *,
    local_only: bool = False,
) -> None:
    """Make this the person's password. What the one before had opened stays open: end it."""
    statements = queries.load("sanhuan.identity", "credentials.sql")
    await conn.execute(
        statements["set"],
        {"user": user, "password_hash": password_hash, "local_only": local_only, "now": now},
    )


async def renew_hash(conn: pool.Connection, credential: Credential, password_hash: str) -> None:
    """Put a hash of the same password in the place of an outdated one, unless it changed."""
    statements = queries.load("sanhuan.identity", "credentials.sql")
    await conn.execute(
        statements["renew"],
        {
            "user": credential.user,
            "old_hash": credential.password_hash,
            "password_hash": password_hash,
        },
    )


async def end_everything(conn: pool.Connection, user: UUID, now: datetime) -> None:
    """End all sessions and API tokens of a person: when a password is reset, someone leaves."""
    await sessions.end_all(conn, user, now)
    await api_tokens.revoke_all(conn, user, now)


async def known_of(conn: pool.Connection, user: UUID) -> Known | None:
    """Name, login and e-mail of an active person; None for anyone else."""
    statements = queries.load("sanhuan.identity", "credentials.sql")
    async with conn.cursor(row_factory=rows.class_row(Known)) as cursor:
        await cursor.execute(statements["known"], {"user": user})
        return await cursor.fetchone()


async def ensure_administrator(
    conn: pool.Connection,
    hashing: passwords.Passwords,
    password: str | None,
    now: datetime,
) -> str | None:
    """Give the person with the login ADMINISTRATOR a password, on the first start.

    The person's record, with its role, must have been saved before. `password` is what the
    operator chose, however simple; None makes one up. Answers the one made up, to be shown once;
    None when the operator chose it, or when there was a password already (it is left alone).
    Raises UnknownPerson when there is no such person, PasswordTooLong.
    """
    statements = queries.load("sanhuan.identity", "credentials.sql")
    found = await conn.execute(statements["user_of_login"], {"login": ADMINISTRATOR})
    row = await found.fetchone()
    if row is None:
        raise refusals.UnknownPerson("login")
    user = row[0]
    assert isinstance(user, UUID)
    if await of_user(conn, user) is not None:
        return None
    made = passwords.make() if password is None else None
    await set_password_hash(conn, user, await hashing.hash(password or made or ""), now)
    return made


async def _credential(
    conn: pool.Connection, name: str, parameters: dict[str, object]
) -> Credential | None:
    statements = queries.load("sanhuan.identity", "credentials.sql")
    async with conn.cursor(row_factory=rows.class_row(Credential)) as cursor:
        await cursor.execute(statements[name], parameters)
        return await cursor.fetchone()
