"""`sanhuan verify`."""

import msgspec
import psycopg
import pytest

from sanhuan.catalog.runtime import UnknownObject
from sanhuan.changes import commands, digests
from tests import databases
from tests import kernel as kernels


async def test_untouched_installation_holds(database: databases.TestDatabase) -> None:
    async with kernels.started(database) as kernel:
        await kernel.create("customer", name="甲")
        async with kernel.pool.connection() as connection:
            while await digests.reader().run_once(connection):
                pass
    found = await commands.run(database.app_dsn)
    told = commands.lines(found)
    assert found.holds
    assert "✓ customer: 1 条记录 records" in told
    assert told[-1].startswith("✓ 摘要链")
    assert found.head in msgspec.json.decode(msgspec.json.encode(found))["head"]


async def test_tampering_is_told_without_the_values(database: databases.TestDatabase) -> None:
    async with kernels.started(database) as kernel:
        customer = await kernel.create("customer", name="甲")
    async with await psycopg.AsyncConnection.connect(database.owner_dsn) as owner:
        await owner.execute("update data.o_cust set f_name = '丙'")
    found = await commands.run(database.app_dsn, "customer")
    assert not found.holds
    assert commands.lines(found)[:2] == [
        "✗ customer: 1 条记录 records",
        f"  → {customer} [name] 值不符 has another value than the log",
    ]


async def test_unknown_object_is_refused(database: databases.TestDatabase) -> None:
    with pytest.raises(UnknownObject):
        await commands.run(database.app_dsn, "nothing")
