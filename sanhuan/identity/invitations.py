"""Invitations: a link by which a person sets a password, once, within seven days.

The person is a record like any other. Who invites does, in one transaction: save the record with
its roles (`records.save`), then `invite` here, which checks that nobody gives what he lacks and
makes the link; a refusal takes the record back with it. The same link serves someone who forgot
the password. A later link for the same person ends the one before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from psycopg import rows

from sanhuan.database import pool, queries
from sanhuan.identity import access, bearer, granting, refusals
from sanhuan.identity.directory import MEMBER, Directory

LIFETIME: Final = timedelta(days=7)


class Invitation(NamedTuple):
    """A new invitation. `token`, the end of the link, is known here only."""

    token: str
    ends_at: datetime


class Invited(NamedTuple):
    """Whom an invitation is for."""

    user: UUID
    name: str | None
    login: str | None
    email: str | None


class Held(NamedTuple):
    """Departments and roles of a person as they stand in a transaction."""

    departments: list[UUID]
    roles: list[UUID]
    local_only: bool


async def invite(
    conn: pool.Connection,
    caller: access.Caller,
    directory: Directory,
    user: UUID,
    now: datetime,
) -> Invitation:
    """Make a link for an active person, whose record may be of the same transaction.

    Looks at the roles and departments as they stand in the transaction. Raises Forbidden without
    the right `manage_people` and for people of the sample data, CannotGrant when the person holds
    a role that the caller could not give, UnknownPerson.
    """
    if not caller.has("manage_people"):
        raise refusals.Forbidden
    found = await held(conn, user)
    if found is None:
        raise refusals.UnknownPerson
    if found.local_only:
        raise refusals.Forbidden
    check_roles(directory, caller, found.roles, found.departments)
    token = bearer.make("i")
    ends_at = now + LIFETIME
    statements = queries.load("sanhuan.identity", "invitations.sql")
    await conn.execute(statements["replace"], {"user": user, "now": now})
    await conn.execute(
        statements["create"],
        {
            "user": user,
            "digest": bearer.digest(token),
            "created_by": caller.user,
            "now": now,
            "ends_at": ends_at,
        },
    )
    return Invitation(token=token, ends_at=ends_at)


def check_roles(
    directory: Directory,
    caller: access.Caller,
    roles: list[UUID],
    receiver_departments: list[UUID],
) -> None:
    """Raise CannotGrant unless the caller may give all these roles to someone in the departments.

    Also to be asked by whoever writes the roles or departments of a person.
    """
    for role_id in roles:
        role = directory.roles.get(role_id)
        if role is not None and role.key == MEMBER:  # everyone has it anyway
            continue
        if not granting.can_grant(
            directory, caller, role_id, receiver_departments=receiver_departments
        ):
            raise refusals.CannotGrant


async def read(conn: pool.Connection, token: str, now: datetime) -> Invited:
    """Whom an invitation is for. Raises InvitationEnded when it can't be used."""
    if bearer.kind_of(token) != "i":
        raise refusals.InvitationEnded
    statements = queries.load("sanhuan.identity", "invitations.sql")
    async with conn.cursor(row_factory=rows.class_row(Invited)) as cursor:
        await cursor.execute(statements["read"], {"digest": bearer.digest(token), "now": now})
        invited = await cursor.fetchone()
    if invited is None:
        raise refusals.InvitationEnded
    return invited


async def use(conn: pool.Connection, token: str, now: datetime) -> UUID:
    """Use up an invitation and return whose it was: of many at once, one succeeds.

    Raises InvitationEnded.
    """
    statements = queries.load("sanhuan.identity", "invitations.sql")
    used = await conn.execute(statements["use"], {"digest": bearer.digest(token), "now": now})
    row = await used.fetchone()
    if row is None:
        raise refusals.InvitationEnded
    assert isinstance(row[0], UUID)
    return row[0]


async def held(conn: pool.Connection, user: UUID) -> Held | None:
    """What an active person holds; None for anyone else."""
    statements = queries.load("sanhuan.identity", "invitations.sql")
    async with conn.cursor(row_factory=rows.class_row(Held)) as cursor:
        await cursor.execute(statements["held"], {"user": user})
        return await cursor.fetchone()
