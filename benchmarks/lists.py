"""Lists of 50: the whole stack against PostgreSQL alone for the same SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

import msgspec
import psycopg
from psycopg.abc import Query as Sql

from benchmarks import load, machine, pgbench
from benchmarks.figures import Figure
from benchmarks.ground import Ground, connected
from benchmarks.installation import PORT
from benchmarks.people import Person
from sanhuan.catalog import store
from sanhuan.database import pool
from sanhuan.identity import recognition
from sanhuan.identity.access import Caller
from sanhuan.identity.directory import Directories
from sanhuan.records import Query, Records
from sanhuan.web import assembly

TITLE = "Lists"
NOTES = (
    "50 records with eight fields (among them the titles of account and owner), filtered by stage,"
    " sorted by amount, session looked up on each request, 16 connections. CPU is that of all"
    " processes of the product, PostgreSQL's included; the ratio is to the CPU of PostgreSQL for"
    " the same SQL under pgbench, median of three rounds in turn."
)
FILTER = {
    "combinator": "and",
    "rules": [{"field": "stage", "operator": "=", "value": "quote"}],
}
FIELDS = ["name", "number", "amount", "stage", "account", "owner", "expected_close", "created_at"]
ASKED = Query(filter=FILTER, sort="-amount", fields=FIELDS)
CONNECTIONS = 16
REQUESTS = 2_000
ROUNDS = 3
PGBENCH_S = 5
PEER_PER_S = 124
WHO = {
    "seller": "seller: own, department, 100 shares",
    "own": "seller: own records only",
    "head": "head of ten departments",
    "everything": "administrator",
}


@dataclass(frozen=True)
class Round:
    """One person's list: CPU-ms a request of the stack, and of PostgreSQL alone."""

    per_s: float
    p99_ms: float
    failed: int
    stack_ms: float
    alone_ms: float


def path() -> str:
    """The address of the list."""
    asked = {
        "filter": msgspec.json.encode(FILTER).decode(),
        "sort": ASKED.sort or "",
        "fields": ",".join(FIELDS),
    }
    return f"/api/v1/records/opportunity?{urlencode(asked)}"


def measure(ground: Ground) -> Sequence[Figure]:
    """The list as each person asks for it, beside pgbench with that person's SQL."""
    scripts = {name: asyncio.run(script(ground, person)) for name, person in ground.people.items()}
    rounds: dict[str, list[Round]] = {name: [] for name in scripts}
    for _ in range(ROUNDS):
        for name, person in ground.people.items():
            rounds[name].append(_round(ground, person, scripts[name]))
    return [*_each(rounds), *_together(rounds)]


def _round(ground: Ground, person: Person, script: str) -> Round:
    request = load.http("GET", path(), person.token)
    asyncio.run(load.run(PORT, lambda _: request, connections=4, count=100))
    before = machine.cpu_s(ground.running.pids())
    done = asyncio.run(load.run(PORT, lambda _: request, connections=CONNECTIONS, count=REQUESTS))
    stack_ms = (machine.cpu_s(ground.running.pids()) - before) / REQUESTS * 1_000
    alone = pgbench.run(ground.running, script, clients=CONNECTIONS, seconds=PGBENCH_S)
    return Round(done.rate, done.percentile_ms(0.99), done.failed, stack_ms, alone.cpu_ms)


def _each(rounds: dict[str, list[Round]]) -> Sequence[Figure]:
    figures = []
    for name, found in rounds.items():
        who = WHO[name]
        figures += [
            Figure(
                f"CPU of the stack / PostgreSQL alone, {who}"
                f" ({median(r.stack_ms for r in found):.2f} / "
                f"{median(r.alone_ms for r in found):.2f} ms)",
                median(r.stack_ms / r.alone_ms for r in found),
                "x",
                2.5,
            ),
            Figure(f"p99, {who}", median(r.p99_ms for r in found), "ms", 60),
            Figure(
                f"rate, {who}", median(r.per_s for r in found), "/s", 6 * PEER_PER_S, at_least=True
            ),
        ]
    return figures


def _together(rounds: dict[str, list[Round]]) -> Sequence[Figure]:
    cpu = [median(r.stack_ms for r in found) for found in rounds.values()]
    failed = sum(r.failed for found in rounds.values() for r in found)
    return [
        Figure("CPU of the dearest list / the cheapest", max(cpu) / min(cpu), "x", 2),
        Figure("failed requests", failed, "", 0),
    ]


async def script(ground: Ground, person: Person, query: Query = ASKED) -> str:
    """The SQL of the list with its values, as PostgreSQL gets it, for pgbench."""
    records, caller = await acting(ground, person)
    sql, values = records.list_statement(caller, "opportunity", query)
    return literal(ground, sql, values)


async def acting(ground: Ground, person: Person) -> tuple[Records, Caller]:
    """The service and the caller as a web process would have them; it reads nothing itself."""
    catalogs = store.CatalogStore(assembly.kinds())
    records = Records(catalogs, pool.create(ground.access.app, pool.WEB), secret=b"benchmarks")
    async with connected(ground.access.app) as connection:
        await catalogs.refresh(connection)
        known = await recognition.recognise(
            connection, Directories(), person.token, records.time.now()
        )
    return records, known.caller


def literal(ground: Ground, sql: Sql, values: dict[str, Any]) -> str:
    """A statement with its values written into it, on one line."""
    with psycopg.connect(ground.access.app, cursor_factory=psycopg.ClientCursor) as client:
        cursor = client.cursor()
        assert isinstance(cursor, psycopg.ClientCursor)
        return " ".join(cursor.mogrify(sql, values).split()) + ";\n"
