"""Computed values counted anew: what a wrong one looks like."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from sanhuan.records import Write
from sanhuan.records.recount import Recounter
from tests.kernel import Kernel

FIRST, LAST = UUID(int=0), UUID(int=(1 << 128) - 1)


async def wrong(kernel: Kernel, name: str) -> list[tuple[UUID, str, Any, Any]]:
    item = kernel.records.catalog.object(name)
    recounter = Recounter(kernel.records.catalog, kernel.records.context(kernel.root))
    async with kernel.records.transaction() as tx:
        found = await recounter.wrong(tx, item, FIRST, LAST)
    return [(one.record, one.field_id, one.counted, one.stored) for one in found]


async def test_values_kept_by_the_pipeline_are_right(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="甲")
    made = [
        await kernel.create(
            "deal",
            name=amount,
            customer=str(customer),
            amount=amount,
            lines={"create": [{"what": "砂", "price": amount}]},
        )
        for amount in ("10", "20", "30")
    ]
    await kernel.save("deal", Write("delete", id=made[0]))

    assert await wrong(kernel, "customer") == []
    assert await wrong(kernel, "deal") == []
    assert await wrong(kernel, "deal_line") == []


async def test_value_changed_behind_the_pipeline_is_found(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="甲")
    deal = await kernel.create("deal", name="一号", customer=str(customer), amount="10")
    async with await psycopg.AsyncConnection.connect(
        kernel.database.owner_dsn, autocommit=True
    ) as owner:
        await owner.execute("update data.o_cust set f_deals = 7")
        await owner.execute("update data.o_deal set f_net = 1")

    assert (customer, "deals", 1, 7) in await wrong(kernel, "customer")
    assert await wrong(kernel, "deal") == [(deal, "net", "10.00", "1.00")]


async def test_restored_record_is_what_it_was(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="甲", level="A", score=90)
    before = await kernel.get("customer", customer)
    await kernel.save("customer", Write("delete", id=customer))

    await kernel.save("customer", Write("restore", id=customer))

    after = await kernel.get("customer", customer)
    changing = {"version", "updated_at"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }
    assert after["version"] == 3
