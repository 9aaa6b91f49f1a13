"""New records over HTTP, beside the same statement under pgbench."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from benchmarks import load, machine, pgbench
from benchmarks.figures import Figure
from benchmarks.ground import Ground, connected
from benchmarks.installation import PORT
from benchmarks.lists import acting, literal
from sanhuan.identity.access import system_caller
from sanhuan.records import Batch, Write

TITLE = "Creates"
NOTES = (
    "An object with ten checks (required, unique, pattern, two ranges, choices, four blocking"
    " rules), three stored formulas, a rollup on its parent, search keys and its entry in the"
    " change log (benchmarks/packages), one record a request, 16 connections. pgbench runs the"
    " product's own statement that inserts row and entry, and nothing else: no session, no checks,"
    " no rollup."
)
CONNECTIONS = 16
CREATED = 4_000
CUSTOMERS = 1_000
PGBENCH_S = 8
PEER_PER_S = 131


def deal(number: int, customer: UUID) -> dict[str, Any]:
    """A record that passes all checks."""
    return {
        "name": f"镜湖 {number} 号地块防水工程",
        "code": f"AB-{number:08d}",
        "customer": str(customer),
        "amount": f"{number % 90_000 + 100}.50",
        "discount": "0.1",
        "stage": "open",
        "starts": "2026-03-01",
        "ends": "2026-06-30",
        "note": "两层卷材，含地下室",
    }


def measure(ground: Ground) -> Sequence[Figure]:
    """Records created by HTTP, and by pgbench right after."""
    customers = asyncio.run(made_customers(ground))
    drawn = random.Random()
    first = drawn.randrange(10**6, 9 * 10**7)
    token = ground.people["everything"].token
    requests = [
        load.http(
            "POST",
            "/api/v1/records/bench_deal",
            token,
            msgspec.json.encode(deal(first + number, drawn.choice(customers))),
        )
        for number in range(CREATED + 200)
    ]
    warm = asyncio.run(load.run(PORT, requests[CREATED:].__getitem__, connections=4, count=200))
    ours, database = ground.running.pids_of("-m sanhuan"), ground.running.pids_of("postgres")
    before, before_database = machine.cpu_s(ours), machine.cpu_s(database)
    done = asyncio.run(load.run(PORT, requests.__getitem__, connections=CONNECTIONS, count=CREATED))
    python_ms = (machine.cpu_s(ours) - before) / CREATED * 1_000
    database_ms = (machine.cpu_s(database) - before_database) / CREATED * 1_000
    script = asyncio.run(insert(ground, customers[0]))
    alone = pgbench.run(ground.running, script, clients=CONNECTIONS, seconds=PGBENCH_S)
    return [
        Figure("creates / pgbench", done.rate / alone.per_s, "x", 0.4, at_least=True),
        Figure("creates", done.rate, "/s", 4 * PEER_PER_S, at_least=True),
        Figure("pgbench, row and entry", alone.per_s, "/s"),
        Figure("CPU of Python a create", python_ms, "ms"),
        Figure("CPU of PostgreSQL a create", database_ms, "ms"),
        Figure("CPU of PostgreSQL under pgbench", alone.cpu_ms, "ms"),
        Figure("p99", done.percentile_ms(0.99), "ms"),
        Figure("failed requests", done.failed + warm.failed, "", 0),
    ]


async def made_customers(ground: Ground) -> list[UUID]:
    """Parents for the records, made where they are missing."""
    async with connected(ground.access.app) as connection:
        found = await (
            await connection.execute("select id from data.o_bench_customer limit %s", (CUSTOMERS,))
        ).fetchall()
        if found:
            return [id_ for (id_,) in found]
        records, _ = await acting(ground, ground.people["everything"])
        rows = [Write("create", {"name": f"客户 {number}"}) for number in range(CUSTOMERS)]
        async with connection.transaction():
            saved = await records.save(connection, system_caller(), Batch("bench_customer", rows))
    return [result.id for result in saved.results if result.id is not None]


async def insert(ground: Ground, customer: UUID) -> str:
    """The statement of one create as pgbench can repeat it: each with an id and code of its own."""
    records, _ = await acting(ground, ground.people["everything"])
    async with connected(ground.access.app) as connection:
        seen = Recorded(connection)
        async with connection.transaction(force_rollback=True):
            code = "ZZ-00000000"
            values = {**deal(0, customer), "code": code}
            batch = Batch("bench_deal", [Write("create", values)])
            saved = await records.save(cast(Any, seen), system_caller(), batch)
        sql, given = next(each for each in seen.ran if b'insert into "data"' in each[0])
        written = literal(ground, sql, given)
    id_ = str(saved.results[0].id)
    head = "select gen_random_uuid() as id, gen_random_uuid() as code"
    return f"{head} \\gset\n" + written.replace(id_, ":id").replace(code, ":code")


class Recorded:
    """A connection that notes what is run on it."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection
        self.ran: list[tuple[bytes, dict[str, Any]]] = []

    async def execute(self, sql: Any, given: Any = None, **more: Any) -> Any:
        if isinstance(sql, bytes):
            self.ran.append((sql, given))
        return await self._connection.execute(sql, given, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
