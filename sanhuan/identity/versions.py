"""Two counters that every request reads: of the catalog, and of who may do what.

Whoever changes definitions raises `catalog`; whoever changes policies, people, departments, posts
or roles raises `policies`, in the same transaction. A process that sees a higher number than its
own copy's loads it anew before it answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, NamedTuple

from psycopg import rows

from sanhuan.database import pool, queries

WATCHED_OBJECTS: Final = frozenset({"user", "department", "post", "role"})
"""Ids of the objects of the package `system` whose changes raise `policies`."""

Name = Literal["catalog", "policies"]


class Versions(NamedTuple):
    """Both counters, as of one moment."""

    catalog: int
    policies: int


async def bump(conn: pool.Connection, name: Name) -> int:
    """Raise a counter and return it. Others see it when the transaction commits.

    Holds the counter's row until then: call it late in the transaction.
    """
    statements = queries.load("sanhuan.identity", "policies.sql")
    async with conn.cursor(row_factory=rows.tuple_row) as cursor:
        await cursor.execute(statements["bump"], {"name": name})
        row = await cursor.fetchone()
    assert row is not None, "migrations make both counters"
    return int(row[0])


async def raise_policies(conn: pool.Connection) -> None:
    """Raise `policies`: what to do in the transaction that changes one of WATCHED_OBJECTS."""
    await bump(conn, "policies")


async def read(conn: pool.Connection) -> Versions:
    """Both counters, for those who don't look up a session: the worker, the stream."""
    statements = queries.load("sanhuan.identity", "policies.sql")
    async with conn.cursor(row_factory=rows.tuple_row) as cursor:
        await cursor.execute(statements["versions"])
        row = await cursor.fetchone()
    assert row is not None, "migrations make both counters"
    return Versions(catalog=row[0], policies=row[1])


REACTIONS: Final[Mapping[str, Callable[[pool.Connection], Awaitable[None]]]] = dict.fromkeys(
    WATCHED_OBJECTS, raise_policies
)
"""What `records` is to run in the transaction that changed records of an object, by its id."""
