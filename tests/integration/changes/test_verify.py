"""Replaying the log gives the tables, and whatever does not fit is found."""

import random
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sanhuan import records
from sanhuan.catalog.runtime import ObjectType
from sanhuan.changes import digests, verify
from sanhuan.changes.verify import Difference
from sanhuan.database.pool import Connection
from sanhuan.records import Write
from tests import databases
from tests import kernel as kernels
from tests.kernel import Kernel


@pytest.fixture
async def kernel(database: databases.TestDatabase) -> AsyncIterator[Kernel]:
    async with kernels.started(database) as started:
        yield started


async def found(kernel: Kernel, name: str, **options: Any) -> list[tuple[object, ...]]:
    """What verifying an object finds: what, field, log, table."""
    catalog = kernel.records.catalog
    async with kernel.pool.connection() as connection:
        report = await verify.verify_object(connection, catalog, catalog.object(name), **options)
    return [(each.what, each.field_id, each.logged, each.stored) for each in report.differences]


async def tamper(kernel: Kernel, statement: str, *values: object) -> None:
    """What someone does who goes around the product."""
    async with await psycopg.AsyncConnection.connect(kernel.database.owner_dsn) as owner:
        assert (await owner.execute(statement.encode(), values)).rowcount > 0


async def test_every_kind_of_value_replays(kernel: Kernel) -> None:
    other = await kernel.create("customer", name="乙")
    customer = await kernel.create(
        "customer",
        name="甲",
        code="AB-001",
        phone="13812345678",
        email="a@b.cn",
        level="A",
        score=85,
        vip=True,
        since="2025-01-31",
        parent_company=str(other),
        friends=[str(other)],
        address={"province": "33", "city": "3301", "district": None, "detail": "文三路 1 号"},
    )
    deal = await kernel.create(
        "deal",
        name="一号",
        customer=str(customer),
        amount="120000",
        rate="0.05",
        closes_at="2026-03-31T10:30:00.250+08:00",
        lines={"create": [{"what": "瓷砖", "quantity": "2", "price": "30"}, {"what": "水泥"}]},
    )
    await kernel.update("customer", customer, friends=[], address=None, score=None, vip=False)
    await kernel.update("deal", deal, amount="1.5", lines={"create": [{"what": "沙子"}]})
    assert await found(kernel, "customer") == []
    assert await found(kernel, "deal") == []


async def test_binned_and_restored_records_replay(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="甲")
    deal = await kernel.create("deal", name="一号", lines={"create": [{"what": "瓷砖"}]})
    visit = await kernel.create("visit", about="初访", customer=str(customer))
    for name, record in (("deal", deal), ("visit", visit)):
        await kernel.save(name, Write("delete", id=record))
        assert await found(kernel, name) == []
    await kernel.save("deal", Write("restore", id=deal))
    assert await found(kernel, "deal") == []


async def test_whole_catalog_is_verified_in_small_pages(kernel: Kernel) -> None:
    for number in range(7):
        await kernel.create("customer", name=f"客户{number}")
    async with kernel.pool.connection() as connection:
        reports = await verify.verify(connection, kernel.records.catalog, page=3)
        unknown = await verify.unknown_objects(connection, kernel.records.catalog)
    by_name = {report.name: report for report in reports}
    assert by_name["customer"].records == 7
    assert "deal_line" not in by_name
    assert [report.differences for report in reports] == [[] for _ in reports]
    assert unknown == {}


@pytest.mark.parametrize(
    ("statement", "what", "field"),
    [
        ("update data.o_cust set f_name = '丙' where id = %s", "value", "name"),
        ("update data.o_cust set f_score = null where id = %s", "value", "score"),
        ("update data.o_cust set f_addr_detail = '文二路' where id = %s", "value", "addr"),
        ("delete from data.l_cust_friends where record = %s", "value", "friends"),
        ("update data.o_cust set version = 9 where id = %s", "version", None),
        ("update data.o_cust set owner_id = id where id = %s", "owner", None),
        ("update data.o_cust set department_id = id where id = %s", "department", None),
        ("update data.o_cust set deleted_at = now() where id = %s", "bin", None),
        ("delete from data.o_cust where id = %s", "no_row", None),
        ("delete from kernel.change where record_id = %s", "no_entry", None),
        ("delete from kernel.change where version = 2 and record_id = %s", "gap", None),
        ("delete from kernel.change where version = 1 and record_id = %s", "first", None),
        ("update kernel.change set kind = 'purge' where version = 3 and record_id = %s",
         "purged", None),
    ],
)  # fmt: skip
async def test_what_went_around_the_log_is_found(
    kernel: Kernel, statement: str, what: str, field: str | None
) -> None:
    other = await kernel.create("customer", name="乙")
    customer = await kernel.create(
        "customer", name="甲", score=1, address={"detail": "文三路"}, friends=[str(other)]
    )
    for score in (2, 3):
        await kernel.update("customer", customer, score=score)
    assert await found(kernel, "customer") == []
    await tamper(kernel, statement, customer)
    differences = await found(kernel, "customer")
    assert (what, field) in [difference[:2] for difference in differences]


async def test_line_that_was_changed_around_the_log_is_found(kernel: Kernel) -> None:
    await kernel.create("deal", name="一号", lines={"create": [{"what": "瓷砖"}]})
    await tamper(kernel, "update data.o_dline set f_what = '水泥'")
    ((what, field, logged, stored),) = await found(kernel, "deal")
    assert (what, field) == ("value", "lines")
    assert [line["what"] for line in logged] == ["瓷砖"]  # type: ignore[attr-defined]  # JSON
    assert [line["what"] for line in stored] == ["水泥"]  # type: ignore[attr-defined]  # JSON


async def test_value_from_before_a_scale_changed_counts_as_the_same(kernel: Kernel) -> None:
    await kernel.create("deal", name="一号", amount="12.00")
    await tamper(kernel, 'update kernel.change set after = after || \'{"amount": "12.0"}\'')
    assert await found(kernel, "deal") == []


async def test_erased_entries_are_not_replayed(kernel: Kernel) -> None:
    """Erasing a person blanks before and after; what is left to check is checked."""
    customer = await kernel.create("customer", name="甲")
    async with kernel.pool.connection() as connection:
        while await digests.reader().run_once(connection):
            pass
    ((change,),) = await kernel.rows("select id from kernel.change where record_id = %s", customer)
    async with await psycopg.AsyncConnection.connect(kernel.database.owner_dsn) as owner:
        await digests.erase(owner, [change], actor=UUID(int=1), reason="PIPL 47")
    assert await found(kernel, "customer") == []
    await tamper(kernel, "update data.o_cust set version = 2")
    assert [each[0] for each in await found(kernel, "customer")] == ["version"]


async def test_recounts_are_asked_page_by_page(kernel: Kernel) -> None:
    asked: list[Sequence[UUID]] = []
    customers = sorted([await kernel.create("customer", name=name) for name in "甲乙丙"])

    async def recount(
        connection: Connection, item: ObjectType, span: Sequence[UUID]
    ) -> Sequence[Difference]:
        asked.append(span)
        return [
            Difference(
                object_id=item.id, record_id=span[1], what="computed", field_id="deals",
                logged=0, stored=1,
            )
        ]  # fmt: skip

    differences = await found(kernel, "customer", page=2, recounts=[recount])
    assert asked == [[UUID(int=0), customers[1]], [customers[1], customers[2]]]
    assert differences == [("computed", "deals", 0, 1)] * 2


async def test_random_work_replays(kernel: Kernel) -> None:
    """G14, small: whatever people do, the log rebuilds the tables."""
    randoms = random.Random(14)
    customers = [await kernel.create("customer", name=f"客户{n}") for n in range(4)]
    deals: list[UUID] = []
    for step in range(120):
        try:
            await act(kernel, randoms, customers, deals, step)
        except (records.Refused, records.NotFound, records.NeedsConsent):
            continue  # refused work leaves no trace in log or table
    for name in ("customer", "deal"):
        assert await found(kernel, name) == []


async def act(
    kernel: Kernel, randoms: random.Random, customers: list[UUID], deals: list[UUID], step: int
) -> None:
    """One thing that someone does."""
    customer = randoms.choice(customers)
    deal = randoms.choice(deals) if deals else None
    match randoms.randrange(7):
        case 0 | 1:
            count = randoms.randrange(3)
            lines = [{"what": f"货{n}", "price": str(n)} for n in range(count)]
            made = await kernel.create(
                "deal", name=f"单{step}", customer=str(customer), lines={"create": lines}
            )
            deals.append(made)
        case 2 if deal:
            await kernel.update("deal", deal, amount=str(step), note=f"第{step}次")
        case 3 if deal:
            await kernel.update("deal", deal, stage=randoms.choice(["open", "won", "lost"]))
        case 4 if deal:
            await kernel.save("deal", Write(randoms.choice(["delete", "restore"]), id=deal))
        case 5:
            friends = [str(each) for each in randoms.sample(customers, 2)]
            await kernel.update("customer", customer, friends=friends, score=step % 100)
        case _:
            await kernel.update("customer", customer, level=randoms.choice(["A", "B", None]))
