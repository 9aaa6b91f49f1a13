"""What measurements run on: an installation with the data in it, kept between runs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from benchmarks import dataset, people
from benchmarks import installation as served
from sanhuan.catalog import packages, publish
from sanhuan.database.pool import Connection
from sanhuan.database.roles import Access
from sanhuan.studio import installation
from sanhuan.web import assembly

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "benchmarks"
SMALL = dataset.Size(people=200, accounts=2_000, opportunities=20_000, names=5_000)


@dataclass(frozen=True)
class Ground:
    """An installation that serves, who asks, and how much there is."""

    running: served.Running
    people: Mapping[str, people.Person]
    size: dataset.Size

    @property
    def access(self) -> Access:
        return self.running.access


@contextmanager
def laid(size: dataset.Size) -> Iterator[Ground]:
    """Serve the data of this size, made first where it is not there yet."""
    folder = BUILD / str(size.opportunities)
    known = folder / "people.json"
    if not known.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with served.serving(folder / "data") as running:
        if not known.exists():
            ids = asyncio.run(_fill(running.access, size))
            known.write_bytes(msgspec.json.encode(ids))
    with served.serving(folder / "data") as running:  # the second start: all is there
        ids = msgspec.json.decode(known.read_bytes(), type=dict[str, UUID])
        yield Ground(running, asyncio.run(_sign_in(running.access, ids)), size)


async def _fill(access: Access, size: dataset.Size) -> dict[str, UUID]:
    measured = await asyncio.to_thread(dataset.load, access.owner, size)
    await _install(access)
    async with connected(access.app) as connection:
        return await people.make(connection, measured)


async def _install(access: Access) -> None:
    """Publish the packages of the benchmarks."""
    found = packages.read_all(HERE / "packages", assembly.kinds())
    await installation.install(publisher(access), found, _connect(access))


def publisher(access: Access) -> publish.Publisher:
    """What changes definitions and tables."""
    return publish.Publisher(_connect(access), assembly.kinds())


def _connect(access: Access) -> publish.Connect:
    @asynccontextmanager
    async def connect() -> AsyncIterator[Connection]:
        async with connected(access.ddl) as connection:
            yield connection

    return connect


async def _sign_in(access: Access, ids: Mapping[str, UUID]) -> Mapping[str, people.Person]:
    async with connected(access.app) as connection:
        return {
            name: people.Person(id_, await people.token(connection, id_))
            for name, id_ in ids.items()
        }


@asynccontextmanager
async def connected(conninfo: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """One connection in autocommit."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        yield connection
