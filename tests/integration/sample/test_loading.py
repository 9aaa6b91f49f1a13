"""Sample data is saved by the pipeline that saves everything: no rule stands against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

import sanhuan.apps
from sanhuan.catalog import packages, publish
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.store import CatalogStore
from sanhuan.clock import ManualClock
from sanhuan.identity import system_caller
from sanhuan.records.requests import Aggregate, Batch, Measure, Write
from sanhuan.records.service import Records
from sanhuan.sample import calls, campaign, company, loading, retail
from sanhuan.sample.steps import Step
from tests.databases import TestDatabase

NOW = datetime(2026, 3, 18, 7, 20, tzinfo=UTC)
APPS = Path(next(iter(sanhuan.apps.__path__)))


@pytest.fixture
async def records(database: TestDatabase) -> AsyncIterator[Records]:
    """Records over a database with the built-in packages published."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with await psycopg.AsyncConnection.connect(database.ddl_dsn) as connection:
            yield connection

    kinds = Kinds()
    changes = [
        change
        for package in packages.read_all(APPS, kinds)
        for change in publish.changes_of(package)
    ]
    await publish.Publisher(connect, kinds).publish(changes)
    catalogs = CatalogStore(kinds)
    async with AsyncConnectionPool(database.app_dsn, min_size=1, max_size=2, open=False) as pool:
        async with pool.connection() as connection:
            await catalogs.refresh(connection)
        yield Records(catalogs, pool, secret=b"a secret for tests", time=ManualClock(NOW))


@pytest.fixture
async def roles(records: Records) -> dict[str, UUID]:
    """A record per role of the packages, by the key under which plans name it."""
    found = list(records.catalog.roles.values())
    rows = [Write("create", {"name": role.label.zh, "key": role.name}) for role in found]
    async with records.transaction() as tx:
        saved = await records.save(tx, system_caller(), Batch("role", rows))
    return {
        f"role:{role.name}": result.id
        for role, result in zip(found, saved.results, strict=True)
        if result.id is not None
    }


async def counts(records: Records, name: str, field: str) -> dict[str, int]:
    """How many live records hold each value of a field."""
    asked = Aggregate(group_by=[field], measures=[Measure(function="count", name="n")])
    async with records.transaction() as tx:
        answer = await records.aggregate(tx, system_caller(), name, asked)
    return {row[field]: row["n"] for row in msgspec.json.decode(answer)["data"]}


def final(plan: list[Step], name: str, field: str) -> Counter[str]:
    """How many records of a plan end with each value of a field."""
    last = {step.key: step.values[field] for step in plan if field in step.values}
    return Counter(value for key, value in last.items() if key.startswith(f"{name}:"))


@pytest.mark.slow
async def test_the_made_up_company_is_saved_whole(records: Records, roles: dict[str, UUID]) -> None:
    plan = company.plan(NOW)
    loaded = await loading.load(plan, records, records.transaction, known=roles)
    assert loaded.created.total() + loaded.updated.total() == len(plan)
    assert await counts(records, "opportunity", "stage") == final(plan, "opportunity", "stage")
    assert await counts(records, "order", "state") == final(plan, "order", "state")
    tiers = await counts(records, "lead", "tier")
    assert set(tiers) == {"A", "B", "C", "D"}


async def test_real_data_is_saved_too(records: Records) -> None:
    """A cut of the phone campaign and of the wholesale orders, as `sample load` brings them."""
    called = calls.steps(campaign.events(until=date(2026, 3, 17), limit=200))
    ordered = retail.steps(retail.read(limit=1_500))
    for plan in (called, ordered):
        await loading.load(plan, records, records.transaction)
    assert await counts(records, "lead", "state") == final(called, "lead", "state")
    assert await counts(records, "order", "state") == final(ordered, "order", "state")
