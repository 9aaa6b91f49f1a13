"""The sales app with its sources on a fresh database, and a sender that signs."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sanhuan.catalog import kinds, publish, store
from sanhuan.changes.reader import Reader
from sanhuan.clock import ManualClock
from sanhuan.database import pool as pools
from sanhuan.identity import Caller, versions
from sanhuan.identity.access import SYSTEM_USER
from sanhuan.identity.directory import Directories
from sanhuan.records import Records
from sanhuan.studio import installation
from sanhuan.touchpoints import applying, following, messages, part, secrets, sources
from sanhuan.touchpoints.inbox import Inbox, Received
from tests import databases, kernel

NOON = kernel.NOON


@dataclass
class Outer(kernel.Kernel):
    """A kernel with the outer ring, and a sender outside."""

    sources: sources.Sources = field(default_factory=sources.Sources)
    secret: bytes = b""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    directories: Directories = field(default_factory=Directories)

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.records.catalogs, self.pool, self.clock)

    @property
    def applier(self) -> applying.Applier:
        return applying.Applier(self.records, self.sources)

    async def send(
        self,
        body: Any,
        *,
        source: str = "web_leads",
        id_: str | None = None,
        secret: bytes | None = None,
        signed_at: datetime | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Received:
        """Sign a message as a sender does and hand it in; a single event's id is the message's."""
        if isinstance(body, dict) and "id" in body:
            body, id_ = {name: body[name] for name in body if name != "id"}, body["id"]
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        message = id_ or f"msg-{next(self.numbers)}"
        signed = messages.sign(
            secret or self.secret, message, signed_at or self.clock.now(), encoded
        )
        return await self.inbox.receive(source, encoded, {**signed, **(headers or {})})

    async def apply(self) -> int:
        """Apply until nothing is left to apply."""
        handled = 0
        while count := await self.applier.run_once():
            handled += count
        return handled

    def reader(self) -> Reader:
        """The reader that matches what others changed."""
        return following.Following(self.records).reader()

    async def read(self, reader: Reader) -> None:
        """Let a reader read up."""
        async with self.pool.connection() as connection:
            while await reader.run_once(connection):
                pass

    def as_kernel(self) -> Any:
        """What jobs are given, as far as those of the outer ring use it."""

        async def up_to_date(connection: Any) -> None:
            return None

        return SimpleNamespace(
            app=self.pool,
            records=self.records,
            catalog=self.records.catalog,
            clock=self.clock,
            up_to_date=up_to_date,
        )

    async def new_secret(self, source: str) -> bytes:
        """A secret of another source."""
        async with self.pool.connection() as connection:
            return await secrets.renew(connection, source, SYSTEM_USER, self.clock.now())

    async def colleague(self, role: str | None = None) -> UUID:
        """A person with a role."""
        number = next(self.numbers)
        values: dict[str, Any] = {"name": f"同事{number}", "login": f"c{number}", "active": True}
        if role is not None:
            found = self.records.catalog.roles[role]
            values["roles"] = [str(installation.role_id(found))]
        return await self.create("user", **values)

    async def caller_of(self, user: UUID) -> Caller:
        """The person as one who asks, now."""
        async with self.pool.connection() as connection:
            now_is = await versions.read(connection)
            directory = await self.directories.at(connection, now_is.policies)
        found = directory.caller(user)
        assert found is not None
        return found

    async def dismiss(self, user: UUID) -> None:
        """Let a person leave."""
        await self.update("user", user, active=False)

    async def drop_field(self, object_name: str, field_name: str) -> None:
        """Publish that a field is dropped; the catalog of this process does not know yet."""
        item = self.records.catalog.object(object_name)
        body = publish.body_of(item.definition)
        [dropped] = [one for one in body["fields"] if one["name"] == field_name]
        dropped["dropped"] = True
        change = publish.Change("object", item.id, "vendor", item.definition.app, body)
        await self.publisher.publish([change])

    async def publish_source(self, name: str, events: list[dict[str, Any]]) -> None:
        """Publish one more source, and load the catalog."""
        body = {"id": name, "name": name, "label": {"zh": name}, "events": events}
        await self.publisher.publish([publish.Change("source", name, "local", "sales", body)])
        async with self.pool.connection() as connection:
            await self.records.catalogs.refresh(connection)

    async def add_choice(self, object_name: str, field_name: str, key: str) -> None:
        """Publish one more choice of a field, and load the catalog."""
        item = self.records.catalog.object(object_name)
        body = publish.body_of(item.definition)
        [changed] = [one for one in body["fields"] if one["name"] == field_name]
        changed["choices"].append({"key": key, "label": {"zh": key, "en": key}})
        change = publish.Change("object", item.id, "vendor", item.definition.app, body)
        await self.publisher.publish([change])
        async with self.pool.connection() as connection:
            await self.records.catalogs.refresh(connection)

    async def states(self) -> dict[str, str]:
        """The state of each event by its id."""
        found = await self.rows("select event_id, state from kernel.source_event")
        return dict(found)

    async def reasons(self) -> dict[str, list[tuple[str, str | None]]]:
        """Code and field of what was refused, by the event's id."""
        found = await self.rows(
            "select event_id, reason from kernel.source_event where reason is not null"
        )
        return {id_: [(one["code"], one["field"]) for one in reason] for id_, reason in found}


def credit_code(number: int) -> str:
    """A unified social credit code with its check character (GB 32100-2015)."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91330602MA{number:07d}"
    total = sum(letters.index(one) * pow(3, place, 31) for place, one in enumerate(body))
    return body + letters[-total % 31]


def event(
    kind: str, id_: str | None = None, *, at: datetime | timedelta | None = None, **data: Any
) -> dict[str, Any]:
    """An event as a sender writes it; `at` may be the time from noon."""
    moment = NOON + at if isinstance(at, timedelta) else at
    made: dict[str, Any] = {"type": kind, "data": data}
    if id_ is not None:
        made["id"] = id_
    if moment is not None:
        made["timestamp"] = moment.isoformat()
    return made


@asynccontextmanager
async def opened(database: databases.TestDatabase) -> AsyncIterator[Outer]:
    """What a process with the outer ring holds, on a database with the sales app."""
    known = kinds.Kinds([*kinds.KERNEL, *part.kinds()])
    connect = connector(database)
    async with pools.create(database.app_dsn, pools.WEB) as pool:
        catalogs = store.CatalogStore(known)
        async with pool.connection() as connection:
            await catalogs.refresh(connection)
        clock = ManualClock(NOON)
        records = Records(
            catalogs, pool, secret=b"0" * 32, time=clock, reactions=versions.REACTIONS
        )
        async with pool.connection() as connection:
            secret = await secrets.renew(connection, "web_leads", SYSTEM_USER, clock.now())
        yield Outer(
            records,
            pool,
            publish.Publisher(connect, known),
            clock,
            database,
            secret=secret,
        )


def connector(database: databases.TestDatabase) -> publish.Connect:
    @asynccontextmanager
    async def connect() -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with await psycopg.AsyncConnection.connect(
            database.ddl_dsn, autocommit=True
        ) as connection:
            yield connection

    return connect


@pytest.fixture(scope="session")
def sales(cluster: databases.TestCluster, template: str) -> str:
    """The name of a database with the sales app. Never connect to it: clone it."""
    database = cluster.clone(template)
    asyncio.run(install(database))
    return database.name


async def install(database: databases.TestDatabase) -> None:
    known = kinds.Kinds([*kinds.KERNEL, *part.kinds()])
    connect = connector(database)
    publisher = publish.Publisher(connect, known)
    await installation.install(publisher, installation.shipped(known), connect)
    async with pools.create(database.app_dsn, pools.WEB) as pool:
        catalogs = store.CatalogStore(known)
        async with pool.connection() as connection:
            await catalogs.refresh(connection)
        records = Records(catalogs, pool, secret=b"0" * 32, time=ManualClock(NOON))
        await installation.bring_roles(records)


@pytest.fixture
async def outer(cluster: databases.TestCluster, sales: str) -> AsyncIterator[Outer]:
    database = cluster.clone(sales)
    async with opened(database) as made:
        yield made
    cluster.drop(database)
