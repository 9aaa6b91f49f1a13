"""Shares: single records opened to a user, a department with those below, or a role.

Whether the caller may share a record is decided above, where records can be seen: the caller must
be able to see it to share it for reading, and to edit it to share it for editing. Shares open
nothing by themselves: a role of the receiver must take `shared` rows of the object.

A query reads them as an array, so that the planner sees a list of ids:

    id = any(array(
        select record_id from kernel.share
        where object_id = … and principal_id = any(…) and (until is null or until > …)
    ))
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from psycopg import rows

from sanhuan.database import pool, queries
from sanhuan.identity import access, expiry, refusals

Level = Literal["read", "edit"]


class Share(NamedTuple):
    """One record opened to one principal. `until` None is without end."""

    principal: UUID
    kind: Literal["user", "department", "role"]
    name: str | None
    level: Level
    until: datetime | None
    created_by: UUID
    created_at: datetime


async def share(
    conn: pool.Connection,
    caller: access.Caller,
    object_id: str,
    record_id: UUID,
    principal: UUID,
    *,
    level: Level,
    until: datetime | None,
    now: datetime,
) -> None:
    """Open a record to a principal, instead of as it was opened to it before.

    The caller's right on the record must have been checked. Raises UnknownPrincipal unless
    `principal` is a user, department or role that is not binned, InvalidExpiry for an `until`
    that is not in the future.
    """
    expiry.check(until, now, "until")
    statements = queries.load("sanhuan.identity", "shares.sql")
    done = await conn.execute(
        statements["share"],
        {
            "object_id": object_id,
            "record_id": record_id,
            "principal": principal,
            "level": level,
            "until": until,
            "created_by": caller.user,
            "now": now,
        },
    )
    if done.rowcount == 0:
        raise refusals.UnknownPrincipal


async def unshare(conn: pool.Connection, object_id: str, record_id: UUID, principal: UUID) -> bool:
    """Close a record to a principal; False when it was not open to it by a share."""
    statements = queries.load("sanhuan.identity", "shares.sql")
    done = await conn.execute(
        statements["unshare"],
        {"object_id": object_id, "record_id": record_id, "principal": principal},
    )
    return done.rowcount > 0


async def of_record(
    conn: pool.Connection, object_id: str, record_id: UUID, now: datetime
) -> list[Share]:
    """The shares of a record that hold, the oldest first, with the names of their principals."""
    statements = queries.load("sanhuan.identity", "shares.sql")
    async with conn.cursor(row_factory=rows.class_row(Share)) as cursor:
        await cursor.execute(
            statements["of_record"], {"object_id": object_id, "record_id": record_id, "now": now}
        )
        return await cursor.fetchall()
