"""A worker killed with kill -9 while it imports: TRUST D08, G15.

In `make prove` a file of 20,000 rows and a hundred kills; here a small file and a few.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from tests.integration.touchpoints.conftest import Outer, credit_code
from tests.integration.touchpoints.test_imports import Office

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
ROWS = 20_000 if PROVE else 1_500
KILLS = 100 if PROVE else 4
CHUNK = 100
MOST_STARTS = 10 * KILLS


async def test_import_whose_worker_is_killed_ends_as_an_undisturbed_one(
    outer: Outer, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    drawn = random.Random(seed)
    user = await outer.colleague("sales_administrator")
    office = Office(outer, await outer.caller_of(user), tmp_path)
    rows = [["名称", "统一社会信用代码"], *([f"客户{n}", credit_code(n)] for n in range(ROWS))]
    rows[5][0] = ""
    id_ = await office.start(rows, key="credit_code")

    kills = await killed(outer, id_, drawn)
    done = await office.imports.get(office.caller, id_)
    told = f"seed={seed} kills={kills}"
    assert (done["state"], done["created"], done["refused"]) == ("done", ROWS - 1, 1), told
    [(records, codes)] = await outer.rows(
        "select count(*), count(distinct f_credit_code) from data.o_account"
    )
    [(entries,)] = await outer.rows(
        "select count(*) from kernel.change where object_id = 'account'"
    )
    assert (records, codes, entries) == (ROWS - 1, ROWS - 1, ROWS - 1), told
    assert kills >= KILLS // 2, "the kills came too late to prove anything"


async def killed(outer: Outer, id_: UUID, drawn: random.Random) -> int:
    """Run the import in processes that are killed at random; how many were at work then."""
    kills = 0
    for start in range(MOST_STARTS):
        process = spawn(outer, id_)
        if kills < KILLS and start < MOST_STARTS - 1:
            before = await progress(outer)
            while process.poll() is None and await progress(outer) == before:  # noqa: ASYNC110 - what it waits for is in another process
                await asyncio.sleep(0.005)
            await asyncio.sleep(drawn.uniform(0, 0.05))
            kills += process.poll() is None
            process.kill()
        if process.wait(timeout=600) == 0:
            return kills
    raise AssertionError("it never ended")


def spawn(outer: Outer, id_: UUID) -> subprocess.Popen[bytes]:
    module = "tests.integration.touchpoints.importing"
    command = [sys.executable, "-m", module, outer.database.app_dsn, str(id_), str(CHUNK)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[3])


async def progress(outer: Outer) -> int:
    [(count,)] = await outer.rows("select count(*) from kernel.import_chunk")
    return int(count)
