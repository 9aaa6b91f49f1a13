"""Idempotency keys: the same POST again gets the first answer again, and does nothing.

The answer is kept in the transaction of what it tells, so that both exist or neither. Only
successes are kept: what was refused may be tried again. While the first is at work, a second one is
told so at once, instead of waiting on a connection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from psycopg import rows
from psycopg.types.json import Jsonb

from sanhuan.database import jobs, pool, queries
from sanhuan.errors import Text
from sanhuan.web import refusals
from sanhuan.web.answers import Answer

LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Key:
    """A key within its scope, the person and the route, and what came with it."""

    scope: UUID
    route: str
    key: str
    digest: bytes


def key_of(header: str | None, *, scope: UUID, route: str, body: bytes) -> Key | None:
    """The key that a request carries; None without. Raises Unparsable for one that is none."""
    if header is None:
        return None
    if not 0 < len(header) <= LONGEST or not header.isascii() or not header.isprintable():
        raise refusals.Unparsable(
            "bad_idempotency_key",
            Text(
                f"幂等键须为 1 到 {LONGEST} 个 ASCII 字符。",
                f"An idempotency key has 1 to {LONGEST} ASCII characters.",
            ),
            field="Idempotency-Key",
        )
    return Key(scope, route, header, hashlib.sha256(body).digest())


async def once(
    tx: pool.Connection,
    key: Key,
    act: Callable[[], Awaitable[Answer]],
    *,
    is_secret: bool = False,
) -> Answer:
    """The first answer to this key, or what `act` answers now. `tx` is in a transaction.

    An answer that is secret is not kept, only that it was given.

    Raises StillRunning, KeyReused, AnsweredOnce, and what `act` raises.
    """
    if not await _lock(tx, key):
        raise refusals.StillRunning
    # A statement of its own: its snapshot has to be later than the lock.
    kept = await _find(tx, key)
    if kept is not None:
        if is_secret:
            raise refusals.AnsweredOnce
        return kept
    answer = await act()
    if 200 <= answer.status < 300:
        await _keep(tx, key, Answer(answer.status) if is_secret else answer)
    return answer


async def _lock(tx: pool.Connection, key: Key) -> bool:
    statements = queries.load("sanhuan.web", "idempotency.sql")
    name = f"{key.scope} {key.route} {key.key}"
    async with tx.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements["lock"], {"name": name})
        return bool(await cursor.fetchone())


async def _find(tx: pool.Connection, key: Key) -> Answer | None:
    statements = queries.load("sanhuan.web", "idempotency.sql")
    async with tx.cursor(row_factory=rows.tuple_row) as cursor:
        await cursor.execute(
            statements["find"], {"scope": key.scope, "route": key.route, "key": key.key}
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    digest, status, headers, answer = row
    if bytes(digest) != key.digest:
        raise refusals.KeyReused
    return Answer(status, bytes(answer), headers=headers)


async def _keep(tx: pool.Connection, key: Key, answer: Answer) -> None:
    statements = queries.load("sanhuan.web", "idempotency.sql")
    await tx.execute(
        statements["keep"],
        {
            "scope": key.scope,
            "route": key.route,
            "key": key.key,
            "digest": key.digest,
            "status": answer.status,
            "headers": Jsonb(dict(answer.headers)),
            "answer": answer.body,
        },
    )


def forget_task(connections: pool.Pool) -> jobs.Task:
    """The job that drops keys after a day."""

    async def run() -> None:
        async with connections.connection() as connection:
            await connection.execute(queries.load("sanhuan.web", "idempotency.sql")["forget"])

    return jobs.Task(name="web.forget_idempotency_keys", run=run, cron="17 3 * * *")
