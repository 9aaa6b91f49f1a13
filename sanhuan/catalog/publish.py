"""Publishing: definitions and tables change together, in one transaction, while people work.

The diff is made first and can be looked at. Waiting for a lock is short and tried again, since a
waiting ALTER holds up every SELECT behind it; indexes on tables that exist are built afterwards
without locking writers out.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb

from sanhuan.catalog import checks, physical, readable, store
from sanhuan.catalog.definitions import Definition
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.packages import Package
from sanhuan.catalog.runtime import Catalog, compile_catalog
from sanhuan.database import queries
from sanhuan.errors import SanhuanError, Text

TRIES = 10
LOCK_TIMEOUT = "2s"

Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]
Effective = Sequence[tuple[str, str, Definition]]


class Busy(SanhuanError):
    """Tables stayed locked by others for all tries."""

    code = "publish_busy"


class Duplicates(SanhuanError):
    """A field can't become unique: values repeat."""

    code = "not_unique"


@dataclass(frozen=True)
class Change:
    """One definition of one layer as it is to be; `body` None takes it away."""

    kind: str
    id: str
    layer: str
    app: str
    body: Mapping[str, Any] | None


@dataclass(frozen=True)
class Plan:
    """What a publication would do: the catalog after it, and the steps in words."""

    catalog: Catalog
    changes: tuple[Change, ...]
    steps: tuple[physical.Step, ...]
    before: tuple[Change, ...]
    reach: frozenset[str] = frozenset()
    """Names of the objects that the definitions which change write, as they were or are to be."""

    @property
    def words(self) -> list[str]:
        return [step.what for step in self.steps]


@dataclass(frozen=True)
class Published:
    """The version after a publication, what was done, and its id for undoing it."""

    version: int
    steps: list[str] = field(default_factory=list)
    id: int | None = None


def changes_of(package: Package, layer: str = "vendor") -> list[Change]:
    """The definitions of a package as changes of one layer."""
    return [
        Change(kind, definition.id, layer, definition.app, body_of(definition))
        for kind, definition in package.definitions
    ]


def body_of(definition: Definition) -> dict[str, Any]:
    """A definition as JSON-ready data, without what equals its default."""
    body = msgspec.to_builtins(definition, str_keys=True)
    if not isinstance(body, dict):
        raise TypeError(definition)
    body.pop("app", None)
    return body


def allow(plan: Plan) -> None:
    """Whatever it does."""


class Publisher:
    """Publishes with connections of the DDL role that `connect` gives."""

    def __init__(self, connect: Connect, kinds: Kinds) -> None:
        self._connect = connect
        self._kinds = kinds

    async def plan(self, changes: Sequence[Change]) -> Plan:
        """What publishing these changes would do. Raises `checks.Unfit`, `packages.BadPackage`."""
        async with self._connect() as connection, connection.transaction():
            return await self._plan(connection, changes)

    async def publish(
        self,
        changes: Sequence[Change],
        actor: UUID | None = None,
        judge: Callable[[Plan], None] = allow,
    ) -> Published:
        """Bring definitions and tables to what `changes` ask for.

        `judge` looks at the plan while nobody else publishes, and refuses it by raising. Raises
        what `plan` and `judge` raise, `Busy` when tables stay locked, `Duplicates`.
        """
        for attempt in range(TRIES):
            try:
                published, later = await self._once(changes, actor, judge)
                break
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                await asyncio.sleep(random.uniform(0.1, 0.3) * (attempt + 1))
        else:
            raise Busy(Text("表一直被占用，稍后再试", "Tables stayed locked, try again later"))
        await self._build(later)
        return published

    async def undo(
        self,
        publication: int,
        actor: UUID | None = None,
        judge: Callable[[Plan], None] = allow,
    ) -> Published:
        """Publish what the definitions were before a publication. Columns that it added stay."""
        statements = queries.load("sanhuan.catalog", "definitions.sql")
        async with self._connect() as connection:
            cursor = await connection.execute(statements["find_publication"], {"id": publication})
            found = await cursor.fetchone()
        if found is None:
            raise SanhuanError(Text("没有这次发布", "There is no such publication"))
        changes = [Change(**change) for change in found[0]]
        return await self.publish(changes, actor, judge)

    async def _once(
        self, changes: Sequence[Change], actor: UUID | None, judge: Callable[[Plan], None]
    ) -> tuple[Published, list[physical.Step]]:
        async with self._connect() as connection, connection.transaction():
            await connection.execute(
                sql.SQL("set local lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT))
            )
            statements = queries.load("sanhuan.catalog", "definitions.sql")
            await connection.execute(statements["lock_publishing"])
            plan = await self._plan(connection, changes)
            judge(plan)
            there = await physical.present(connection)
            now, later = _sorted_out(plan.steps, there)
            await _run(connection, now)
            for view in readable.statements(plan.catalog):
                await connection.execute(view)
            published = await _record(connection, plan, actor)
            return published, later

    async def _plan(self, connection: AsyncConnection[Any], changes: Sequence[Change]) -> Plan:
        version, layered = await store.read(connection)
        before = tuple(_present(layered, change) for change in changes)
        wanted = _with(layered, changes)
        found = list(store.effective(wanted, self._kinds))
        complaints = [
            complaint
            for kind in self._kinds
            for complaint in checks.names_and_ids(
                kind, [definition for one, _, definition in found if one == kind]
            )
        ]
        if complaints:
            raise checks.Unfit(complaints)
        catalog = compile_catalog(version + 1, found)
        checks.check(catalog, self._kinds)
        steps = physical.steps(physical.asked(catalog), await physical.present(connection))
        was = list(store.effective(layered, self._kinds))
        reach = self._reach(was, compile_catalog(version, was), found, catalog)
        return Plan(catalog, tuple(changes), tuple(steps), before, reach)

    def _reach(
        self, was: Effective, catalog_was: Catalog, to_be: Effective, catalog: Catalog
    ) -> frozenset[str]:
        """The objects written by the definitions that differ, or that come to write others."""
        before, after = self._writers(was, catalog_was), self._writers(to_be, catalog)
        differing = {key for key in {*before, *after} if before.get(key) != after.get(key)}
        return frozenset[str]().union(
            *(side[key][1] for key in differing for side in (before, after) if key in side)
        )

    def _writers(
        self, found: Effective, catalog: Catalog
    ) -> dict[tuple[str, str], tuple[dict[str, Any], frozenset[str]]]:
        """By kind and id: the definition as data, and the objects that it writes."""
        return {
            (kind, one.id): (body_of(one), frozenset(self._kinds[kind].writes(one, catalog)))
            for kind, _, one in found
        }

    async def _build(self, steps: Iterable[physical.Step]) -> None:
        """Indexes and checks of references on tables in use, outside any transaction."""
        for step in steps:
            async with self._connect() as connection:
                await connection.set_autocommit(True)
                await connection.execute(step.statement)


def _present(layered: store.Layered, change: Change) -> Change:
    found = layered.get((change.kind, change.id), {}).get(change.layer)
    app, body = found if found is not None else (change.app, None)
    return Change(change.kind, change.id, change.layer, app, body)


def _with(layered: store.Layered, changes: Iterable[Change]) -> store.Layered:
    wanted = {key: dict(found) for key, found in layered.items()}
    for change in changes:
        found = wanted.setdefault((change.kind, change.id), {})
        if change.body is None:
            found.pop(change.layer, None)
        else:
            found[change.layer] = (change.app, change.body)
    return {key: found for key, found in wanted.items() if found}


def _sorted_out(
    steps: Iterable[physical.Step], there: physical.Physical
) -> tuple[list[physical.Step], list[physical.Step]]:
    """The steps for the transaction, and those for afterwards, on tables that are in use."""
    now: list[physical.Step] = []
    later: list[physical.Step] = []
    for step in steps:
        if step.later is None or step.table not in there.tables:
            now.append(step)
        elif step.statement is not step.later:
            now.append(step)
            later.append(physical.Step(step.what, step.later, table=step.table))
        else:
            later.append(step)
    return now, later


async def _run(connection: AsyncConnection[Any], steps: Iterable[physical.Step]) -> None:
    for step in steps:
        try:
            await connection.execute(step.statement)
        except psycopg.errors.UniqueViolation as error:
            raise Duplicates(
                Text(
                    f"现有的值有重复，不能设为唯一（{step.what}）",
                    f"Values repeat, so they can't be unique ({step.what})",
                )
            ) from error


async def _record(connection: AsyncConnection[Any], plan: Plan, actor: UUID | None) -> Published:
    statements = queries.load("sanhuan.catalog", "definitions.sql")
    for change in plan.changes:
        name = "remove_definition" if change.body is None else "write_definition"
        await connection.execute(
            statements[name],
            {
                "kind": change.kind,
                "id": change.id,
                "layer": change.layer,
                "app": change.app,
                "body": Jsonb(change.body),
            },
        )
    cursor = await connection.execute(statements["bump_catalog"])
    (version,) = await cursor.fetchone() or (0,)
    cursor = await connection.execute(
        statements["write_publication"],
        {
            "actor": actor,
            "version": version,
            "steps": Jsonb(plan.words),
            "before": Jsonb([as_json(change) for change in plan.before]),
        },
    )
    (publication,) = await cursor.fetchone() or (None,)
    return Published(version, plan.words, publication)


def as_json(change: Change) -> dict[str, Any]:
    """A change as plain data: the arguments of `Change`."""
    return {
        "kind": change.kind,
        "id": change.id,
        "layer": change.layer,
        "app": change.app,
        "body": change.body,
    }
