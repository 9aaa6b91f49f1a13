"""A process that runs one import, to be killed: `python -m … dsn id`."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from sanhuan.catalog import kinds, store
from sanhuan.clock import SystemClock
from sanhuan.database import pool as pools
from sanhuan.identity import versions
from sanhuan.identity.directory import Directories
from sanhuan.records import Records
from sanhuan.touchpoints import part
from sanhuan.touchpoints.imports import running


async def run(dsn: str, id_: UUID, chunk: int) -> None:
    running.CHUNK = chunk  # type: ignore[misc]  # small, so that a kill hits between chunks
    async with pools.create(dsn, pools.WORKER) as pool:
        catalogs = store.CatalogStore(kinds.Kinds([*kinds.KERNEL, *part.kinds()]))
        records = Records(
            catalogs, pool, secret=b"0" * 32, time=SystemClock(), reactions=versions.REACTIONS
        )
        await running.Running(records, pool, Directories()).run(id_)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], UUID(sys.argv[2]), int(sys.argv[3])))
