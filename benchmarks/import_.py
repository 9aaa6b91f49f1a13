"""How fast a file is imported, beside COPY of the same rows into the same table.

    python -m benchmarks.import_ [--rows 100000] [--object account] [--profile]

A PostgreSQL with the settings of an installation (durable), one process doing what a worker does:
the file is read, mapped, checked by the object's rules, written with its change log.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import csv
import io
import os
import pstats
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks import machine
from sanhuan import clock as clocks
from sanhuan.catalog import kinds, publish, store
from sanhuan.database import migrations, pool, roles, server
from sanhuan.identity import versions
from sanhuan.identity.access import system_caller
from sanhuan.identity.directory import Directories
from sanhuan.records import Batch, Records, Write
from sanhuan.studio import installation
from sanhuan.touchpoints import part
from sanhuan.touchpoints.imports import service

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SEED = 7


@dataclass(frozen=True)
class Figures:
    """`share` is of COPY's rate; memory is the importing process's at its most."""

    rows: int
    seconds: float
    cpu_s: float
    database_cpu_s: float
    memory_mib: float
    copy_s: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    @property
    def share(self) -> float:
        return self.copy_s / self.seconds


def credit_code(number: int) -> str:
    """A valid credit code (GB 32100-2015)."""
    body = f"91330602MA{number:07d}"
    total = sum(LETTERS.index(one) * pow(3, place, 31) for place, one in enumerate(body))
    return body + LETTERS[-total % 31]


HEADERS = {
    "account": "名称,统一社会信用代码,电话,邮箱,行业,级别,规模,来源,账期（天）,信用额度",
    "lead": "姓名,公司,电话,邮箱,来源,活动,行业,需求,预计金额,收到时间",
}


def row(object_name: str, number: int, drawn: random.Random) -> list[str]:
    name = "".join(chr(0x4E00 + drawn.randrange(3_000)) for _ in range(4))
    phone = f"13{drawn.randrange(10**9):09d}"
    email = f"user{number}@example.com"
    if object_name == "account":
        return [
            f"{name}建设有限公司", credit_code(number), phone, email,
            drawn.choice(["房屋建筑业", "批发业", "零售业", "教育"]), drawn.choice("ABCD"),
            drawn.choice(["20 人以下", "20-99 人"]), "官网表单", str(drawn.randrange(90)),
            f"{drawn.randrange(10**6)}.50",
        ]  # fmt: skip
    return [
        name[:3], f"{name}建设有限公司", phone, email, "搜索推广", "春季", "批发业",
        f"要 {drawn.randrange(1000)} 平方防水", f"{drawn.randrange(10**6)}", "2026-03-01 10:20:30",
    ]  # fmt: skip


def write_file(path: Path, object_name: str, rows: int) -> None:
    drawn = random.Random(SEED)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS[object_name].split(","))
        writer.writerows(row(object_name, number, drawn) for number in range(rows))


async def measure(access: roles.Access, database_pid: int, args: argparse.Namespace) -> Figures:
    """Import a file of so many rows into an installation without data."""
    known = kinds.Kinds([*kinds.KERNEL, *part.kinds()])
    app = pool.create(access.app, pool.WORKER)
    await _install(access, known)
    async with app:
        catalogs = store.CatalogStore(known)
        async with app.connection() as connection:
            await catalogs.refresh(connection)
        records = Records(
            catalogs, app, secret=b"0" * 32, time=clocks.SystemClock(),
            reactions=versions.REACTIONS,
        )  # fmt: skip
        await installation.bring_roles(records)
        directories = Directories()
        caller = await _person(records, app, directories)
        imports = service.Imports(records, app, directories)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.csv"
            write_file(path, args.object, args.rows)
            id_ = await imports.start(caller, args.object, path, "rows.csv")
        before = machine.cpu_s(machine.descendants(database_pid))
        begun, cpu = time.perf_counter(), time.process_time()
        with profiled(args.profile), watched() as most:
            await imports.run(str(id_))
        seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
        database_cpu_s = machine.cpu_s(machine.descendants(database_pid)) - before
        done = await imports.get(caller, id_)
        assert done["created"] == args.rows, done
    table = catalogs.current.object(args.object).table.name
    copy_s = copied_in(access.owner, table)
    return Figures(args.rows, seconds, cpu_s, database_cpu_s, most[0], copy_s)


async def _install(access: roles.Access, known: kinds.Kinds) -> None:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def connect() -> Any:
        async with await psycopg.AsyncConnection.connect(access.ddl, autocommit=True) as one:
            yield one

    publisher = publish.Publisher(connect, known)
    await installation.install(publisher, installation.shipped(known), connect)


async def _person(records: Records, app: pool.Pool, directories: Directories) -> Any:
    role = installation.role_id(records.catalog.roles["sales_administrator"])
    values = {"name": "导入", "login": "import", "active": True, "roles": [str(role)]}
    saved = await records.run(
        lambda tx: records.save(tx, system_caller(), Batch("user", [Write("create", values)]))
    )
    user = saved.results[0].id
    assert user is not None
    async with app.connection() as connection:
        now_is = await versions.read(connection)
        return (await directories.at(connection, now_is.policies)).caller(user)


def copied_in(owner: str, table: str) -> float:
    """Seconds that COPY takes for the rows that are in a table, into it, emptied before."""
    name = sql.Identifier("data", table)
    with psycopg.connect(owner, autocommit=True) as connection:
        out = io.BytesIO()
        with connection.cursor().copy(sql.SQL("copy {} to stdout").format(name)) as copy:
            for piece in copy:
                out.write(piece)
        connection.execute(sql.SQL("truncate {} cascade").format(name))
        connection.execute("checkpoint")
        begun = time.perf_counter()
        with connection.cursor().copy(sql.SQL("copy {} from stdin").format(name)) as copy:
            copy.write(out.getvalue())
        return time.perf_counter() - begun


@contextmanager
def profiled(wanted: bool) -> Iterator[None]:
    profile = cProfile.Profile()
    if wanted:
        profile.enable()
    yield
    if wanted:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


@contextmanager
def watched() -> Iterator[list[float]]:
    """The most memory (PSS, MiB) that this process has meanwhile."""
    most, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(0.25):
            most[0] = max(most[0], machine.pss_mib([os.getpid()]))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    yield most
    done.set()
    thread.join()


def taken(args: argparse.Namespace) -> Figures:
    """Import into a database of its own."""
    home = Path(tempfile.mkdtemp(prefix="sanhuan-bench-"))
    home.chmod(0o711)
    running = server.Server(home / "pg")
    try:
        running.start()
        access = roles.access(running.superuser_conninfo("postgres"), "benchmarks")
        roles.provision(access)
        migrations.apply(access.owner)
        pid = int((home / "pg" / "data" / "postmaster.pid").read_text().split()[0])
        return asyncio.run(measure(access, pid, args))
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--object", choices=sorted(HEADERS), default="account")
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    found = taken(args)
    print(
        f"{args.object}: {found.rows} rows in {found.seconds:.1f} s = {found.rate:.0f} rows/s;"
        f" {found.cpu_s / found.rows * 1e6:.0f} µs/row here,"
        f" {found.database_cpu_s / found.rows * 1e6:.0f} µs/row in PostgreSQL;"
        f" {found.share:.0%} of COPY ({found.copy_s:.1f} s); {found.memory_mib:.0f} MiB"
    )


if __name__ == "__main__":
    main()
