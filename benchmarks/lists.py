"""Lists of 50: the whole stack against PostgreSQL alone for the same SQL."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import psycopg

from benchmarks import load, machine
from benchmarks.installation import PORT, Running
from benchmarks.people import Person
from sanhuan.catalog import store
from sanhuan.database import binaries, pool
from sanhuan.identity import recognition
from sanhuan.identity.directory import Directories
from sanhuan.records import Query, Records

FILTER = {
    "combinator": "and",
    "rules": [{"field": "stage", "operator": "=", "value": "quote"}],
}
FIELDS = ["name", "number", "amount", "stage", "account", "owner", "expected_close", "created_at"]
ASKED = Query(filter=FILTER, sort="-amount", fields=FIELDS)
CONNECTIONS = 16
REQUESTS = 3_000
PGBENCH_S = 10


def path() -> str:
    """The address of the list."""
    asked = {
        "filter": msgspec.json.encode(FILTER).decode(),
        "sort": ASKED.sort or "",
        "fields": ",".join(FIELDS),
    }
    return f"/api/v1/records/opportunity?{urlencode(asked)}"


def measure(running: Running, people: Mapping[str, Person]) -> dict[str, dict[str, float]]:
    """By person: requests a second, p50 and p99 in ms, CPU-ms of the stack and of pgbench."""
    found: dict[str, dict[str, float]] = {}
    for name, person in people.items():
        request = load.http("GET", path(), person.token)
        asyncio.run(load.run(PORT, lambda _, r=request: r, connections=4, count=200))  # type: ignore[misc]  # the default binds the request
        pids = running.pids_of("sanhuan", "postgres")
        before = machine.cpu_s(pids)
        done = asyncio.run(
            load.run(PORT, lambda _, r=request: r, connections=CONNECTIONS, count=REQUESTS)  # type: ignore[misc]  # as above
        )
        stack = (machine.cpu_s(pids) - before) / REQUESTS * 1_000
        alone = pgbench(running, asyncio.run(statement(running, person)))
        found[name] = {
            "requests_per_s": done.rate,
            "p50_ms": done.percentile_ms(0.5),
            "p99_ms": done.percentile_ms(0.99),
            "failed": done.failed,
            "stack_cpu_ms": stack,
            "postgresql_cpu_ms": alone["cpu_ms"],
            "ratio": stack / alone["cpu_ms"],
            "pgbench_per_s": alone["tps"],
        }
    return found


async def statement(running: Running, person: Person) -> str:
    """The SQL of the list with its values, as PostgreSQL gets it."""
    catalogs = store.CatalogStore()
    async with (
        pool.create(running.access.app, pool.WEB) as connections,
        connections.connection() as connection,
    ):
        await catalogs.refresh(connection)
        records = Records(catalogs, connections, secret=b"benchmarks")
        known = await recognition.recognise(
            connection, Directories(), person.token, records.time.now()
        )
        sql, values = records.list_statement(known.caller, "opportunity", ASKED)
    with psycopg.connect(running.access.app, cursor_factory=psycopg.ClientCursor) as client:
        return client.cursor().mogrify(sql, values)  # type: ignore[arg-type]  # our own composed bytes


def pgbench(running: Running, sql: str, clients: int = CONNECTIONS) -> dict[str, float]:
    """CPU-ms of PostgreSQL per transaction of one statement, and transactions a second."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "list.sql"
        script.write_text(" ".join(sql.split()) + ";\n", encoding="utf-8")
        pids = running.pids_of("postgres")
        command = [
            binaries.locate().program("pgbench"),
            *("--no-vacuum", "--protocol=simple", f"--client={clients}", "--jobs=1"),
            *(f"--time={PGBENCH_S}", f"--file={script}", running.access.app),
        ]
        before = machine.cpu_s(pids)
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        after = machine.cpu_s(running.pids_of("postgres"))
    count = re.search(r"transactions actually processed: (\d+)", done.stdout)
    tps = re.search(r"tps = ([\d.]+)", done.stdout)
    if count is None or tps is None:
        raise RuntimeError(done.stdout + done.stderr)
    return {"cpu_ms": (after - before) / int(count[1]) * 1_000, "tps": float(tps[1])}
