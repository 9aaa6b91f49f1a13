"""Publications that people ask for: looked at first, carried out by a worker, taken back.

The web process holds no right to change tables. It asks; a job with the DDL role publishes, one at
a time, and every process loads the new catalog with its next request.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from sanhuan.catalog import checks, publish
from sanhuan.database import jobs, pool, queries
from sanhuan.errors import SanhuanError, Text
from sanhuan.identity.access import Caller
from sanhuan.records import ids

TASK = "publish"
LOCAL_APP = "local"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GUARDED = frozenset({"role"})
"""Kinds that only an administrator may change: nobody publishes beyond his own rights."""
OF_RIGHTS = frozenset({"user", "post", "department", "role"})
"""Objects that rights follow from: what writes them takes an administrator too."""


class MayNotBuild(SanhuanError):
    """Changing definitions takes the right to build; roles take that of an administrator."""

    code = "forbidden"

    def __init__(self) -> None:
        super().__init__(Text("你没有搭建的权限", "You may not change definitions"))


def check_right(caller: Caller, changes: Sequence[publish.Change]) -> None:
    """Raises `MayNotBuild` unless the caller may publish these changes."""
    guarded = any(change.kind in GUARDED for change in changes)
    if not caller.has("administer" if guarded else "build") and not caller.has("administer"):
        raise MayNotBuild


def check_reach(plan: publish.Plan, *, administers: bool) -> None:
    """Raises `MayNotBuild` where definitions come to write, or wrote, what rights follow from.

    Sources, triggers and rules act with the platform's right: whoever builds them could otherwise
    give himself any role.
    """
    if plan.reach & OF_RIGHTS and not administers:
        raise MayNotBuild


def local_change(kind: str, body: Mapping[str, Any], choose: Callable[[], str]) -> publish.Change:
    """A change of the local layer; ids that are missing are given by the server (`choose`)."""
    wanted = dict(body)
    wanted.setdefault("id", choose())
    if "fields" in wanted:
        wanted["fields"] = [{"id": choose(), **field} for field in wanted["fields"]]
    return publish.Change(kind, str(wanted["id"]), "local", LOCAL_APP, wanted)


def short_id() -> str:
    """A new id of a definition: a letter and nine of an alphabet that is hard to misread."""
    return "x" + "".join(secrets.choice(LETTERS) for _ in range(9))


async def ask(
    tx: AsyncConnection[Any],
    caller: Caller,
    changes: Sequence[publish.Change],
    *,
    undo: int | None = None,
) -> UUID:
    """Have changes published, or publication `undo` taken back, once this transaction commits."""
    check_right(caller, changes)
    request = ids.uuid7()
    statements = queries.load("sanhuan.studio", "publications.sql")
    await tx.execute(
        statements["ask"],
        {
            "id": request,
            "asked_by": caller.user,
            "changes": Jsonb([publish.as_json(change) for change in changes]),
            "undo": undo,
        },
    )
    args = {"request": str(request), "administers": caller.has("administer")}
    await jobs.defer(tx, [jobs.Job(task=TASK, args=args, lock=TASK)])
    return request


async def state(tx: AsyncConnection[Any], request: UUID) -> dict[str, Any] | None:
    """What became of a publication; None when there is no such."""
    statements = queries.load("sanhuan.studio", "publications.sql")
    async with tx.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statements["find"], {"id": request})
        return await cursor.fetchone()


def task(
    connections: pool.Pool,
    publisher: publish.Publisher,
    bring_roles: Callable[[], Awaitable[None]],
) -> jobs.Task:
    """The job that carries a publication out; then people's rights follow what roles now say."""

    async def run(request: str, administers: bool = False) -> None:
        await carry_out(connections, publisher, UUID(request), administers=administers)
        await bring_roles()

    return jobs.Task(name=TASK, run=run, retry=jobs.again())


async def carry_out(
    connections: pool.Pool,
    publisher: publish.Publisher,
    request: UUID,
    *,
    administers: bool = False,
) -> None:
    """Publish what was asked for, unless that was done already; a refusal is kept.

    `administers`: whether who asked was an administrator.
    """

    def judge(plan: publish.Plan) -> None:
        check_reach(plan, administers=administers)

    statements = queries.load("sanhuan.studio", "publications.sql")
    async with connections.connection() as connection, connection.transaction():
        cursor = await connection.execute(statements["take"], {"id": request})
        found = await cursor.fetchone()
        if found is None:
            return
        asked_by, changes, undo = found
        try:
            published = await _publish(publisher, asked_by, changes, undo, judge)
        except SanhuanError as error:
            complaint = Jsonb(_complaint(error))
            await connection.execute(statements["refused"], {"id": request, "complaint": complaint})
            return
        await connection.execute(
            statements["done"],
            {"id": request, "publication": published.id, "steps": Jsonb(published.steps)},
        )


async def _publish(
    publisher: publish.Publisher,
    asked_by: Any,
    changes: Any,
    undo: Any,
    judge: Callable[[publish.Plan], None],
) -> publish.Published:
    if undo is not None:
        return await publisher.undo(undo, asked_by, judge)
    wanted = [publish.Change(**change) for change in changes]
    return await publisher.publish(wanted, asked_by, judge)


def _complaint(error: SanhuanError) -> dict[str, Any]:
    listed = error.complaints if isinstance(error, checks.Unfit) else []
    return {
        "code": error.code,
        "zh": error.message.zh,
        "en": error.message.en,
        "complaints": listed,
    }
