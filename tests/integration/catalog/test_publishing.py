"""Publishing at run time: tables follow definitions, nothing is lost, everything can go back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from sanhuan import records
from sanhuan.catalog import checks, physical, publish, store
from sanhuan.catalog.publish import Change, Published
from sanhuan.records import Write
from tests.kernel import Kernel

Body = Mapping[str, Any]


async def local(kernel: Kernel, *fields: Body, **more: Any) -> Published:
    """Publish a local change of `customer`, and let the process see it."""
    body = {"fields": list(fields), **more}
    published = await kernel.publisher.publish([Change("object", "cust", "local", "trade", body)])
    async with kernel.pool.connection() as connection:
        await kernel.records.catalogs.refresh(connection)
    return published


def text(field_id: str, name: str, **more: Any) -> Body:
    return {"id": field_id, "name": name, "type": "text", "label": {"zh": name}, **more}


async def test_second_publication_of_the_same_has_no_steps(kernel: Kernel) -> None:
    plan = await kernel.publisher.plan([])

    assert plan.words == []


async def test_added_field_is_there_for_the_next_save(kernel: Kernel) -> None:
    before = await kernel.create("customer", name="甲")

    published = await local(kernel, text("motto", "motto"))
    after = await kernel.create("customer", name="乙", motto="稳")

    assert published.steps == ["add o_cust.f_motto text"]
    assert (await kernel.get("customer", before))["motto"] is None
    assert (await kernel.get("customer", after))["motto"] == "稳"


async def test_renamed_field_keeps_its_values(kernel: Kernel) -> None:
    record = await kernel.create("customer", name="甲", code="AB-001")

    published = await local(kernel, {"id": "code", "name": "customer_code"})

    assert published.steps == []
    assert (await kernel.get("customer", record))["customer_code"] == "AB-001"


async def test_dropped_field_keeps_a_copy_and_comes_back_by_undo(kernel: Kernel) -> None:
    record = await kernel.create("customer", name="甲", site="https://a.cn")

    published = await local(kernel, {"id": "site", "dropped": True})
    gone = await kernel.get("customer", record)
    assert published.id is not None
    await kernel.publisher.undo(published.id)
    async with kernel.pool.connection() as connection:
        await kernel.records.catalogs.refresh(connection)

    assert "site" not in gone
    assert (await kernel.get("customer", record))["site"] == "https://a.cn"


async def test_field_in_use_is_not_dropped_and_its_users_are_named(kernel: Kernel) -> None:
    """I04."""
    with pytest.raises(checks.Unfit, match=r"role clerk: customer\.email"):
        await local(kernel, {"id": "email", "dropped": True})


async def test_number_widens_without_rewriting_the_table(kernel: Kernel) -> None:
    record = await kernel.create("customer", name="甲", score=7)

    published = await local(
        kernel, {"id": "score", "type": "decimal", "scale": 1, "min": "0", "max": "100"}
    )

    assert published.steps == []
    assert (await kernel.get("customer", record))["score"] == "7.0"


async def test_local_label_survives_a_new_version_of_the_vendor(kernel: Kernel) -> None:
    await local(kernel, {"id": "name", "label": {"zh": "公司全称", "en": "Full name"}})
    async with kernel.pool.connection() as connection:
        _, layered = await store.read(connection)
    app, body = layered["object", "cust"]["vendor"]
    newer = {**body, "label": {"zh": "客户（新）", "en": "Customer"}}

    await kernel.publisher.publish([Change("object", "cust", "vendor", app, newer)])
    async with kernel.pool.connection() as connection:
        await kernel.records.catalogs.refresh(connection)

    item = kernel.records.catalog.object("customer")
    assert item.definition.label.zh == "客户（新）"
    assert item.fields["name"].label.zh == "公司全称"


async def test_field_with_repeated_values_does_not_become_unique(kernel: Kernel) -> None:
    for _ in range(2):
        await kernel.create("customer", name="甲")

    with pytest.raises(publish.Duplicates):
        await local(kernel, {"id": "name", "unique": True})

    assert not kernel.records.catalog.object("customer").fields["name"].unique


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        (text("a b", "motto"), "does not match"),
        (text("motto", "x;drop table"), "must match"),
        (text("motto", "created_at"), "is taken"),
        ({**text("motto", "motto"), "type": "formula", "formula": "1 +"}, "syntax"),
        ({**text("motto", "motto"), "type": "formula", "formula": "没有 + 1"}, "unknown_name"),
        ({**text("motto", "motto"), "type": "reference", "object": "nothing"}, "is no object"),
        ({**text("motto", "motto"), "type": "lookup", "path": "name.more"}, "breaks"),
    ],
)
async def test_definition_that_does_not_fit_is_refused_whole(
    kernel: Kernel, field: Body, complaint: str
) -> None:
    """I01: names are data, physical names come from ids alone."""
    with pytest.raises(checks.Unfit, match=complaint):
        await local(kernel, field)

    columns = await kernel.rows(
        "select 1 from information_schema.columns where column_name = 'f_motto'"
    )
    assert columns == []


async def test_formulas_in_a_cycle_are_refused_with_the_way_round(kernel: Kernel) -> None:
    """E05."""
    one = {**text("one", "one"), "type": "formula", "result": "decimal", "formula": "two + 1"}
    two = {**text("two", "two"), "type": "formula", "result": "decimal", "formula": "one + 1"}

    with pytest.raises(checks.Unfit, match=r"one → two → one|two → one → two"):
        await local(kernel, one, two)


async def test_drift_between_tables_and_definitions_is_told(kernel: Kernel) -> None:
    async with await psycopg.AsyncConnection.connect(
        kernel.database.owner_dsn, autocommit=True
    ) as owner:
        await owner.execute("alter table data.o_cust drop column f_site cascade")
        await owner.execute("drop index data.i_cust_level")

        there = await physical.present(owner)

    steps = physical.steps(physical.asked(kernel.records.catalog), there)
    assert [step.what for step in steps] == [
        "add o_cust.f_site text",
        "create index i_cust_level on o_cust",
    ]


async def test_publishing_waits_for_locks_and_goes_through(kernel: Kernel) -> None:
    """I06: waiting is short and tried again, so that no queue builds up behind it."""
    async with await psycopg.AsyncConnection.connect(kernel.database.owner_dsn) as holder:
        await holder.execute("lock table data.o_cust in row exclusive mode")
        publishing = asyncio.create_task(local(kernel, text("motto", "motto")))
        async with await psycopg.AsyncConnection.connect(
            kernel.database.owner_dsn, autocommit=True
        ) as watcher:
            while not await waits(watcher):  # noqa: ASYNC110 - another session's lock has no event
                await asyncio.sleep(0.02)
        await holder.commit()

    assert (await publishing).steps == ["add o_cust.f_motto text"]


async def waits(watcher: psycopg.AsyncConnection[Any]) -> bool:
    found = await watcher.execute("select 1 from pg_locks where not granted")
    return await found.fetchone() is not None


async def test_process_with_an_old_catalog_is_told_by_the_database(kernel: Kernel) -> None:
    """A reader that has not heard of a publication still reads right: columns only come."""
    record = await kernel.create("customer", name="甲")
    old = kernel.records.catalog
    body = {"fields": [text("motto", "motto")]}
    await kernel.publisher.publish([Change("object", "cust", "local", "trade", body)])

    assert kernel.records.catalog is old
    assert (await kernel.get("customer", record))["name"] == "甲"
    with pytest.raises(records.Refused):
        await kernel.save("customer", Write("update", {"motto": "稳"}, id=record))
