"""Undoing an operation: made records go, changed ones get their values back, binned ones return."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from sanhuan.changes.undo import Undo, Undone
from sanhuan.identity import Caller, system_caller
from sanhuan.records import Batch, Write
from tests import databases
from tests import kernel as kernels


@pytest.fixture
async def kernel(database: databases.TestDatabase) -> AsyncIterator[kernels.Kernel]:
    async with kernels.started(database) as started:
        yield started


async def undone(kernel: kernels.Kernel, operation: UUID, by: Caller | None = None) -> Undone:
    caller = by or system_caller("api")

    async def who(tx: Any) -> Caller:
        return caller

    steps = [done async for done in Undo(kernel.records).run(operation, uuid4(), who)]
    return steps[-1]


async def test_lines_are_put_back_as_they_were(kernel: kernels.Kernel) -> None:
    deal = await kernel.create(
        "deal",
        name="镜湖",
        lines={"create": [{"what": "防水", "price": "10"}, {"what": "涂料", "price": "20"}]},
    )
    before = await kernel.get("deal", deal)
    first, second = (line["id"] for line in before["lines"])
    saved = await kernel.update(
        "deal",
        deal,
        name="改名",
        lines={
            "create": [{"what": "瓷砖", "price": "5"}],
            "update": [{"id": first, "price": "11"}],
            "delete": [second],
        },
    )
    assert (await undone(kernel, saved.operation)).put_back == 1
    after = await kernel.get("deal", deal)
    assert after["name"] == "镜湖"
    assert after["total"] == before["total"]
    assert [(line["what"], line["price"]) for line in after["lines"]] == [
        (line["what"], line["price"]) for line in before["lines"]
    ]


async def test_what_was_binned_comes_back_with_what_went_along(kernel: kernels.Kernel) -> None:
    customer = await kernel.create("customer", name="越辰", level="A")
    visit = await kernel.create("visit", about="拜访", customer=str(customer))
    saved = await kernel.save("customer", Write("delete", id=customer))
    done = await undone(kernel, saved.operation)
    assert (done.restored, done.left) == (2, [])
    assert (await kernel.get("visit", visit))["customer"]["title"] == "越辰"


async def test_what_an_operation_set_off_is_undone_with_it(kernel: kernels.Kernel) -> None:
    operation = uuid4()
    made = await kernel.save("customer", Write("create", {"name": "越辰", "level": "A"}),
                             caller=system_caller("api", operation=operation))  # fmt: skip
    customer = made.results[0].id
    followed = system_caller("flow", cause=operation, root=operation, depth=1)
    await kernel.save(
        "visit", Write("create", {"about": "约见", "customer": str(customer)}), caller=followed
    )
    await kernel.save("customer", Write("update", {"name": "越辰建设"}, id=customer),
                      caller=followed)  # fmt: skip
    done = await undone(kernel, operation)
    assert (done.removed, done.left) == (2, [])
    assert await kernel.list("visit") == []


async def test_record_that_others_refer_to_now_is_left_with_the_reason(
    kernel: kernels.Kernel,
) -> None:
    saved = await kernel.save("customer", Write("create", {"name": "越辰", "level": "A"}))
    customer = saved.results[0].id
    await kernel.create("deal", name="镜湖", customer=str(customer))
    done = await undone(kernel, saved.operation)
    assert [(one.object, one.id, one.reason) for one in done.left] == [
        ("customer", customer, "referenced")
    ]


async def test_others_need_the_right_to_do_what_undoing_takes(kernel: kernels.Kernel) -> None:
    ming, hua = await kernel.person("明"), await kernel.person("华")
    see = kernels.grant("all", "see", "create", "edit")
    item = kernel.records.catalog.object("customer")
    clerk, other = (kernels.caller(user, {item.id: [see]}) for user in (ming, hua))
    saved = await kernel.save(
        "customer", Write("create", {"name": "越辰", "level": "A"}), caller=clerk
    )
    done = await undone(kernel, saved.operation, other)
    assert [one.reason for one in done.left] == ["forbidden"]
    assert (await undone(kernel, saved.operation, clerk)).removed == 1


async def test_large_operation_is_undone_in_batches(
    kernel: kernels.Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sanhuan.changes.undo.BATCH", 10)
    rows = [Write("create", {"name": f"客户{n}", "level": "A"}) for n in range(35)]
    saved = await kernel.records.run(
        lambda tx: kernel.records.save(tx, kernel.root, Batch("customer", rows))
    )

    async def who(tx: Any) -> Caller:
        return system_caller("api")

    steps = [done.removed async for done in Undo(kernel.records).run(saved.operation, uuid4(), who)]
    assert steps == [10, 20, 30, 35]
