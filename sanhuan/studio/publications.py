"""Publications that people ask for: looked at first, carried out by a worker, taken back.

The web process holds no right to change tables. It asks; a job with the DDL role publishes, one at
a time, and every process loads the new catalog with its next request.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
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
    await jobs.defer(tx, [jobs.Job(task=TASK, args={"request": str(request)}, lock=TASK)])
    return request


async def state(tx: AsyncConnection[Any], request: UUID) -> dict[str, Any] | None:
    """What became of a publication; None when there is no such."""
    statements = queries.load("sanhuan.studio", "publications.sql")
    async with tx.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statements["find"], {"id": request})
        return await cursor.fetchone()


def task(connections: pool.Pool, publisher: publish.Publisher) -> jobs.Task:
    """The job that carries a publication out."""

    async def run(request: str) -> None:
        await carry_out(connections, publisher, UUID(request))

    return jobs.Task(name=TASK, run=run, retry=jobs.again())


async def carry_out(connections: pool.Pool, publisher: publish.Publisher, request: UUID) -> None:
    """Publish what was asked for, unless that was done already; a refusal is kept."""
    statements = queries.load("sanhuan.studio", "publications.sql")
    async with connections.connection() as connection, connection.transaction():
        cursor = await connection.execute(statements["take"], {"id": request})
        found = await cursor.fetchone()
        if found is None:
            return
        asked_by, changes, undo = found
        try:
            published = await _publish(publisher, asked_by, changes, undo)
        except SanhuanError as error:
            complaint = Jsonb(_complaint(error))
            await connection.execute(statements["refused"], {"id": request, "complaint": complaint})
            return
        await connection.execute(
            statements["done"],
            {"id": request, "publication": published.id, "steps": Jsonb(published.steps)},
        )


async def _publish(
    publisher: publish.Publisher, asked_by: Any, changes: Any, undo: Any
) -> publish.Published:
    if undo is not None:
        return await publisher.undo(undo, asked_by)
    return await publisher.publish([publish.Change(**change) for change in changes], asked_by)


def _complaint(error: SanhuanError) -> dict[str, Any]:
    listed = error.complaints if isinstance(error, checks.Unfit) else []
    return {
        "code": error.code,
        "zh": error.message.zh,
        "en": error.message.en,
        "complaints": listed,
    }
