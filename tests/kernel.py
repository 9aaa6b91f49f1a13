"""A kernel for tests: the packages `system` and `trade` (tests/packages) on a fresh database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from sanhuan.catalog import kinds, packages, publish, store
from sanhuan.clock import ManualClock
from sanhuan.database import pool as pools
from sanhuan.identity.access import Caller, Grant, Grants, Rows, system_caller
from sanhuan.records import Batch, Query, Records, Saved, Write
from sanhuan.studio import installation
from tests.databases import TestDatabase

TRADE = Path(__file__).parent / "packages" / "trade"
NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)
ALL = frozenset({"see", "create", "edit", "delete", "assign", "import", "export"})


@dataclass
class Kernel:
    """Everything below the rings, with short ways to save and read as the platform."""

    records: Records
    pool: pools.Pool
    publisher: publish.Publisher
    clock: ManualClock
    database: TestDatabase
    root: Caller = field(default_factory=system_caller)

    async def save(
        self, object_name: str, *rows: Write, caller: Caller | None = None, **options: Any
    ) -> Saved:
        batch = Batch(object_name, rows, **options)
        return await self.records.run(lambda tx: self.records.save(tx, caller or self.root, batch))

    async def create(self, object_name: str, caller: Caller | None = None, **values: Any) -> UUID:
        saved = await self.save(object_name, Write("create", values), caller=caller)
        made = saved.results[0].id
        assert made is not None
        return made

    async def update(
        self, object_name: str, record: UUID, caller: Caller | None = None, **values: Any
    ) -> Saved:
        return await self.save(object_name, Write("update", values, id=record), caller=caller)

    async def get(
        self, object_name: str, record: UUID, caller: Caller | None = None
    ) -> dict[str, Any]:
        async with self.records.transaction() as tx:
            found = await self.records.get(tx, caller or self.root, object_name, record)
        shown: dict[str, Any] = json.loads(found)
        return shown

    async def list(
        self, object_name: str, caller: Caller | None = None, **query: Any
    ) -> Sequence[dict[str, Any]]:
        async with self.records.transaction() as tx:
            asked = Query(**query)
            return await self.records.fetch(tx, caller or self.root, object_name, asked)

    async def rows(self, statement: Any, *parameters: Any) -> Sequence[tuple[Any, ...]]:
        """What the owner of the database reads by SQL of his own."""
        async with await psycopg.AsyncConnection.connect(self.database.owner_dsn) as connection:
            cursor = await connection.execute(statement, parameters)
            return await cursor.fetchall()

    async def person(self, name: str, department: UUID | None = None) -> UUID:
        """A person's record."""
        values: dict[str, Any] = {
            "name": name,
            "login": f"{name}-{uuid4().hex[:8]}",
            "active": True,
        }
        if department is not None:
            values["department"] = str(department)
        return await self.create("user", **values)


def caller(
    user: UUID,
    grants: Mapping[str, Sequence[Grant]],
    department: UUID | None = None,
    principals: Sequence[UUID] = (),
) -> Caller:
    """A person with these grants, by object id."""
    return Caller(
        user=user,
        name="测试",
        login="test",
        department=department,
        departments=() if department is None else (department,),
        language="zh",
        grants=Grants({object_id: tuple(found) for object_id, found in grants.items()}),
        rights=frozenset(),
        principals=(user, *principals),
    )


def grant(kind: Any, *acts: str, fields: Mapping[str, str] | None = None, **rows: Any) -> Grant:
    """A grant on rows of a kind; without acts, of all acts."""
    return Grant(
        role=uuid4(),
        acts=frozenset(acts) or ALL,
        rows=Rows(kind, **rows),
        fields=fields or {},
        other_fields="write",
    )


@asynccontextmanager
async def started(database: TestDatabase, package: Path = TRADE) -> AsyncIterator[Kernel]:
    """Install `system` and a package, and open what a process holds."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with await psycopg.AsyncConnection.connect(
            database.ddl_dsn, autocommit=True
        ) as connection:
            yield connection

    known = kinds.Kinds()
    publisher = publish.Publisher(connect, known)
    shipped = [package for package in installation.shipped(known) if package.app.name == "system"]
    found = [*shipped, packages.read(package, known)]
    await installation.install(publisher, found, connect)
    clock = ManualClock(NOON)
    async with pools.create(database.app_dsn, pools.WEB) as pool:
        catalogs = store.CatalogStore(known)
        async with pool.connection() as connection:
            await catalogs.refresh(connection)
        records = Records(catalogs, pool, secret=b"0" * 32, time=clock)
        await installation.bring_roles(records)
        yield Kernel(records, pool, publisher, clock, database)
