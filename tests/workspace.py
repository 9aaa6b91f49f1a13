"""A workspace for tests: the shipped packages, a few people with roles, and clients signed in.

夏 seller        销售一部, reports to 陆
林 seller        销售一部, reports to 陆
周 seller        销售二部
陆 sales_manager 销售部 (above both)
admin administrator
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
from litestar import Litestar

from sanhuan.catalog import publish
from sanhuan.clock import ManualClock
from sanhuan.database import pool as pools
from sanhuan.database import roles as database_roles
from sanhuan.database.settings import Settings
from sanhuan.identity import credentials
from sanhuan.identity.access import Caller, system_caller
from sanhuan.identity.passwords import Cost, Passwords
from sanhuan.parts import Kernel
from sanhuan.records import Batch, Saved, Write
from sanhuan.studio import first_start, installation
from sanhuan.web import app as web
from sanhuan.web import assembly
from sanhuan.web import listening as listening_
from tests.databases import SECRET, TestDatabase

NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
CHEAP = Cost(passes=1, memory_kib=1024, lanes=1)
BASE_URL = "http://test"

DEPARTMENTS: Mapping[str, str | None] = {
    "销售部": None,
    "销售一部": "销售部",
    "销售二部": "销售部",
}
PEOPLE: Mapping[str, tuple[str, str, str | None, str | None]] = {
    # login: name, role, department, manager
    "lu": ("陆经鸣", "sales_manager", "销售部", None),
    "xia": ("夏承宇", "seller", "销售一部", "lu"),
    "lin": ("林一白", "seller", "销售一部", "lu"),
    "zhou": ("周然", "seller", "销售二部", None),
    "ma": ("马骏", "sales_manager", "销售二部", None),
}


@dataclass
class Client:
    """A person's way to the API: `get`, `post`, `patch` and `delete` on paths below /api/v1."""

    http: httpx.AsyncClient
    user: UUID | None = None
    token: str = ""

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.http.get(f"/api/v1{path}", **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.http.post(f"/api/v1{path}", json=body, **options)

    async def patch(
        self, path: str, body: Any, version: int | None = None, **options: Any
    ) -> httpx.Response:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.http.patch(
            f"/api/v1{path}",
            json=body,
            headers={**headers, **options.pop("headers", {})},
            **options,
        )

    async def delete(self, path: str, version: int | None = None) -> httpx.Response:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.http.delete(f"/api/v1{path}", headers=headers)

    async def create(self, object_name: str, **values: Any) -> dict[str, Any]:
        """A new record, as answered."""
        answer = await self.post(f"/records/{object_name}", values)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@dataclass
class Workspace:
    """The application, what it is made of, and the people."""

    kernel: Kernel
    app: Litestar
    clock: ManualClock
    database: TestDatabase
    people: dict[str, UUID] = field(default_factory=dict)
    departments: dict[str, UUID] = field(default_factory=dict)
    _clients: dict[str, Client] = field(default_factory=dict)

    def client(self, address: str = "203.0.113.7", **headers: str) -> httpx.AsyncClient:
        """Someone who is not signed in."""
        transport = httpx.ASGITransport(cast(Any, self.app), client=(address, 5000))
        return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)

    async def sign_in(self, login: str, password: str = PASSWORD) -> Client:
        """A new session of a person, used by its token."""
        http = self.client()
        answer = await http.post("/api/v1/session", json={"login": login, "password": password})
        assert answer.status_code == 201, answer.text
        http.cookies.clear()
        token = answer.json()["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        return Client(http, UUID(answer.json()["user"]["id"]), token)

    async def as_person(self, login: str) -> Client:
        """The person's client, signed in at the first call."""
        if login not in self._clients:
            self._clients[login] = await self.sign_in(login)
        return self._clients[login]

    async def save(
        self, object_name: str, *rows: Write, caller: Caller | None = None, **options: Any
    ) -> Saved:
        """Save as the platform, past the edge."""
        batch = Batch(object_name, rows, **options)
        by = caller or system_caller()
        return await self.kernel.records.run(lambda tx: self.kernel.records.save(tx, by, batch))

    async def create(self, object_name: str, **values: Any) -> UUID:
        """Create a record as the platform."""
        saved = await self.save(object_name, Write("create", values))
        made = saved.results[0].id
        assert made is not None
        return made

    async def close(self) -> None:
        for client in self._clients.values():
            await client.http.aclose()


def settings(folder: Path) -> Settings:
    """Those of a test's installation."""
    return Settings(
        host="127.0.0.1",
        port=8000,
        base_url=BASE_URL,
        data=folder,
        database_url=None,
        admin_password=PASSWORD,
        sample=False,
    )


def access(database: TestDatabase) -> database_roles.Access:
    return database_roles.Access(
        owner=database.owner_dsn, ddl=database.ddl_dsn, app=database.app_dsn, secret=SECRET
    )


@asynccontextmanager
async def started(database: TestDatabase, folder: Path) -> AsyncIterator[Workspace]:
    """An installation with its people. `folder` is for what lives in files."""
    clock = ManualClock(NOON)
    app = pools.create(database.app_dsn, pools.WEB)
    async with app:
        kernel = assembly.kernel(
            settings=settings(folder),
            access=access(database),
            app=app,
            clock=clock,
            random=random.Random(1),
            passwords=Passwords(CHEAP),
        )
        await install(kernel, database)
        application = web.build(kernel)
        workspace = Workspace(kernel, application, clock, database)
        await people(workspace)
        async with running(application):
            yield workspace
        await workspace.close()


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """The application's lifespan, in a task of its own: a fixture may end in another."""
    begun, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            begun.set()
            await stop.wait()

    task = asyncio.create_task(live())
    wait = asyncio.create_task(begun.wait())
    await asyncio.wait({task, wait}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        wait.cancel()
        await task
    yield
    stop.set()
    await task


async def install(kernel: Kernel, database: TestDatabase) -> None:
    """The packages that ship, their roles, the administrator, and what parts bring."""
    ddl = pools.create(database.ddl_dsn, pools.DDL)
    async with ddl:
        publisher = publish.Publisher(ddl.connection, kernel.kinds)
        shipped = installation.shipped(kernel.kinds)
        await installation.install(publisher, shipped, ddl.connection)
    async with kernel.app.connection() as connection:
        await kernel.catalogs.refresh(connection)
    await installation.bring_roles(kernel.records)
    hashing = kernel.authenticator.passwords
    await first_start.people(kernel.records, hashing, PASSWORD, kernel.clock.now())
    for part in assembly.parts():
        if part.set_up is not None:
            await part.set_up(kernel)


async def people(workspace: Workspace) -> None:
    """Departments and people, each with the same password."""
    kernel = workspace.kernel
    for name, above in DEPARTMENTS.items():
        values: dict[str, Any] = {"name": name}
        if above is not None:
            values["parent"] = str(workspace.departments[above])
        workspace.departments[name] = await workspace.create("department", **values)
    password_hash = await kernel.authenticator.passwords.hash(PASSWORD)
    for login, (name, role, department, manager) in PEOPLE.items():
        values = {"name": name, "login": login, "active": True}
        values["roles"] = [str(installation.role_id(kernel.catalog.roles[role]))]
        if department is not None:
            values["department"] = str(workspace.departments[department])
        if manager is not None:
            values["manager"] = str(workspace.people[manager])
        user = workspace.people[login] = await workspace.create("user", **values)
        async with kernel.app.connection() as connection:
            await credentials.set_password_hash(
                connection, user, password_hash, workspace.clock.now()
            )


@dataclass(frozen=True)
class Event:
    """One event of the stream."""

    name: str
    data: dict[str, Any]
    cursor: str | None


class Stream:
    """An open stream, read event by event."""

    def __init__(self) -> None:
        self.status = 0
        self.ended = False
        self.begun = asyncio.Event()
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._buffer = b""
        self._left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.begun.set()
        elif message["body"] or not message.get("more_body"):
            self.ended = not message.get("more_body")
            self._chunks.put_nowait(message["body"])

    async def next(self, within_s: float = 5.0) -> Event | None:
        """The next event; None at the end of the stream. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while b"\n\n" not in self._buffer:
                if self.ended and self._chunks.empty():
                    return None
                self._buffer += await self._chunks.get()
        raw, _, self._buffer = self._buffer.partition(b"\n\n")
        lines = dict(
            line.split(": ", 1) for line in raw.decode().split("\n") if not line.startswith(":")
        )
        if "event" not in lines:
            return await self.next(within_s)
        return Event(lines["event"], json.loads(lines["data"]), lines.get("id"))

    def leave(self) -> None:
        self._left.set()


@asynccontextmanager
async def listening(
    workspace: Workspace, client: Client, after: str | None = None
) -> AsyncIterator[Stream]:
    """A person's open stream."""
    stream = Stream()
    headers = [(b"authorization", f"Bearer {client.token}".encode()), (b"host", b"test")]
    if after is not None:
        headers.append((b"last-event-id", after.encode()))
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/v1/stream",
        "raw_path": b"/api/v1/stream",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("203.0.113.7", 5000),
        "server": ("test", 80),
        "state": {},
    }
    app = cast(Any, workspace.app)
    answering = asyncio.create_task(app(scope, stream.receive, stream.send))
    await stream.begun.wait()
    try:
        yield stream
    finally:
        stream.leave()
        await answering


def live_of(workspace: Workspace) -> listening_.Live:
    """The live side of the workspace's application."""
    live: listening_.Live = workspace.app.state.live
    return live
