"""The way of a save, row by row of the pipeline."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sanhuan import records
from sanhuan.records import Consent, Write
from tests.kernel import Kernel


async def test_new_record_gets_defaults_number_rules_and_formulas(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="越辰建设", level="A", score=85)
    deal = await kernel.create("deal", name="一号", customer=str(customer), amount="120000")

    shown = await kernel.get("deal", deal)

    assert shown["version"] == 1
    assert shown["number"] == "D-2026-0001"
    assert shown["stage"] == "open"
    assert (shown["amount"], shown["net"]) == ("120000.00", "120000.00")
    assert shown["customer"] == {"id": str(customer), "title": "越辰建设"}
    assert (shown["customer_level"], shown["is_big"]) == ("A", True)
    assert (await kernel.get("customer", customer))["tier"] == "钻石"


async def test_values_are_refused_with_field_and_code(kernel: Kernel) -> None:
    with pytest.raises(records.Refused) as refused:
        await kernel.create(
            "customer", code="x", score=101, level="Z", phone="12", email="no", site="ftp://a"
        )

    found = {fault.field: fault.code for fault in refused.value.faults}

    assert found == {
        "code": "pattern",
        "score": "out_of_range",
        "level": "unknown_choice",
        "phone": "bad_phone",
        "email": "bad_email",
        "site": "bad_url",
    }


async def test_missing_required_field_is_named(kernel: Kernel) -> None:
    with pytest.raises(records.Refused) as refused:
        await kernel.create("customer", level="A")

    assert [(f.field, f.code) for f in refused.value.faults] == [("name", "required")]


@pytest.mark.parametrize("name", ["id", "created_by", "version", "tier_", "deal_count"])
async def test_unknown_and_computed_fields_are_refused(kernel: Kernel, name: str) -> None:
    """A22: never ignored, never applied."""
    values: dict[str, Any] = {"name": "甲", name: "1"}
    with pytest.raises(records.Refused) as refused:
        await kernel.create("customer", **values)

    assert refused.value.faults[0].code in ("unknown_field", "read_only")


async def test_unique_value_is_refused_without_the_other_record(kernel: Kernel) -> None:
    """B06, A09: comparison on NFC."""
    await kernel.create("customer", name="甲", code="AB-001")

    with pytest.raises(records.NotUnique) as refused:
        await kernel.create("customer", name="乙", code="AB-001")

    assert (refused.value.faults[0].field, refused.value.code) == ("code", "not_unique")
    assert "甲" not in str(refused.value)


async def test_state_moves_only_along_its_ways(kernel: Kernel) -> None:
    deal = await kernel.create("deal", name="一号")

    with pytest.raises(records.Refused) as no_amount:
        await kernel.update("deal", deal, stage="won")
    await kernel.update("deal", deal, amount="10", stage="won")
    with pytest.raises(records.Refused) as no_way:
        await kernel.update("deal", deal, stage="open")

    assert no_amount.value.faults[0].message.zh == "先填金额再赢单"
    assert no_way.value.faults[0].code == "transition"
    assert (await kernel.get("deal", deal))["stage"] == "won"


async def test_warning_needs_consent_with_a_reason(kernel: Kernel) -> None:
    values = {"name": "一号", "amount": "100", "rate": "0.2"}
    with pytest.raises(records.NeedsConsent) as warned:
        await kernel.save("deal", Write("create", values))
    token = warned.value.warnings[0].token
    assert token is not None

    consent = [Consent(token, "老客户")]
    saved = await kernel.save("deal", Write("create", values, consent=consent))
    other = {**values, "rate": "0.5"}
    with pytest.raises(records.NeedsConsent):
        await kernel.save("deal", Write("create", other, consent=consent))

    ((trace,),) = await kernel.rows(
        "select trace from kernel.change where record_id = %s", saved.results[0].id
    )
    assert trace[0]["consent"] == "老客户"


async def test_block_rule_reads_beyond_the_record(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="丙公司", level="C")

    with pytest.raises(records.Refused) as blocked:
        await kernel.create("deal", name="大单", customer=str(customer), amount="50001")

    fault = blocked.value.faults[0]
    assert (fault.code, fault.rule, fault.field) == ("rule_blocked", "deal.limit", "amount")
    ((problems,),) = await kernel.rows("select problems from kernel.refusal")
    assert problems[0]["rule"] == "deal.limit"


async def test_reference_to_nothing_reads_as_missing(kernel: Kernel) -> None:
    """B05."""
    with pytest.raises(records.Refused) as refused:
        await kernel.create("deal", name="一号", customer="018f0000-0000-7000-8000-000000000000")

    assert refused.value.faults[0].code == "not_found"


async def test_second_editor_of_a_version_is_refused(kernel: Kernel) -> None:
    """F05."""
    deal = await kernel.create("deal", name="一号")
    await kernel.save("deal", Write("update", {"name": "二号"}, id=deal, version=1))

    with pytest.raises(records.VersionConflict):
        await kernel.save("deal", Write("update", {"name": "三号"}, id=deal, version=1))

    shown = await kernel.get("deal", deal)
    assert (shown["name"], shown["version"]) == ("二号", 2)


async def test_saving_the_same_again_changes_nothing(kernel: Kernel) -> None:
    deal = await kernel.create("deal", name="一号", amount="10")

    saved = await kernel.update("deal", deal, amount="10.00")

    assert saved.results[0].status == "unchanged"
    assert (await kernel.get("deal", deal))["version"] == 1


async def test_entry_says_what_changed_by_field_id(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="甲", level="B")
    await kernel.update("customer", customer, level="A", phone="138 1234 5678")

    entries = await kernel.rows(
        "select kind, version, before, after from kernel.change"
        " where record_id = %s order by version",
        customer,
    )

    assert entries[0][0:2] == ("create", 1)
    assert entries[0][2] is None
    assert entries[0][3]["level"] == "B"
    kind, version, before, after = entries[1]
    assert (kind, version) == ("update", 2)
    assert before == {"level": "B", "phone": None}
    assert after == {"level": "A", "phone": "13812345678"}


async def test_batch_of_all_saves_none_when_one_row_is_wrong(kernel: Kernel) -> None:
    with pytest.raises(records.Refused) as refused:
        await kernel.save(
            "customer", Write("create", {"name": "甲"}), Write("create", {"level": "A"})
        )

    assert [fault.index for fault in refused.value.faults] == [1]
    assert await kernel.list("customer") == []


async def test_batch_of_each_saves_the_rows_that_are_right(kernel: Kernel) -> None:
    saved = await kernel.save(
        "customer",
        Write("create", {"name": "甲", "code": "AA-001"}),
        Write("create", {"level": "A"}),
        Write("create", {"name": "乙", "code": "AA-001"}),
        mode="each",
    )

    assert [result.status for result in saved.results] == ["created", "refused", "refused"]
    assert saved.results[2].faults[0].code == "not_unique"
    assert [row["name"] for row in await kernel.list("customer")] == ["甲"]


async def test_upsert_finds_its_record_by_key(kernel: Kernel) -> None:
    await kernel.create("customer", name="甲", code="AA-001")

    saved = await kernel.save(
        "customer",
        Write("upsert", {"code": "AA-001", "name": "甲二"}),
        Write("upsert", {"code": "AA-002", "name": "乙"}),
        key="code",
    )

    assert [result.status for result in saved.results] == ["updated", "created"]
    assert sorted(row["name"] for row in await kernel.list("customer")) == ["乙", "甲二"]


async def test_lines_total_their_record(kernel: Kernel) -> None:
    deal = await kernel.create(
        "deal",
        name="一号",
        lines={
            "create": [
                {"what": "水泥", "price": "10"},
                {"what": "砂", "quantity": 3, "price": "2.5"},
            ]
        },
    )
    first = await kernel.get("deal", deal)

    lines = first["lines"]
    await kernel.update(
        "deal",
        deal,
        lines={
            "update": [{"id": lines[0]["id"], "quantity": 2}],
            "delete": [lines[1]["id"]],
            "create": [{"what": "灰", "price": "1"}],
        },
    )
    second = await kernel.get("deal", deal)

    assert (first["total"], [line["amount"] for line in lines]) == ("17.50", ["10.00", "7.50"])
    assert (second["total"], second["version"]) == ("21.00", 2)
    assert [line["what"] for line in second["lines"]] == ["水泥", "灰"]


async def test_fault_in_a_line_names_line_and_field(kernel: Kernel) -> None:
    with pytest.raises(records.Refused) as refused:
        await kernel.create("deal", name="一号", lines={"create": [{"what": "砂", "price": "-1"}]})

    assert [(f.field, f.code) for f in refused.value.faults] == [("lines[0].price", "out_of_range")]


async def test_rollups_follow_every_kind_of_write(kernel: Kernel) -> None:
    one = await kernel.create("customer", name="甲")
    two = await kernel.create("customer", name="乙")
    deal = await kernel.create("deal", name="一号", customer=str(one), amount="100")
    await kernel.create("deal", name="二号", customer=str(one), amount="300")

    async def figures(record: object) -> tuple[object, ...]:
        shown = await kernel.get("customer", record)  # type: ignore[arg-type]  # a UUID
        return tuple(shown[name] for name in ("deal_count", "open_amount", "biggest", "average"))

    assert await figures(one) == (2, "400.00", "300.00", "200.00")
    await kernel.update("deal", deal, customer=str(two))
    assert await figures(one) == (1, "300.00", "300.00", "300.00")
    assert await figures(two) == (1, "100.00", "100.00", "100.00")
    await kernel.update("deal", deal, stage="lost")
    assert await figures(two) == (1, "0.00", "100.00", "0.00")
    await kernel.save("deal", Write("delete", id=deal))
    assert await figures(two) == (0, "0.00", None, None)
    await kernel.save("deal", Write("restore", id=deal))
    assert await figures(two) == (1, "0.00", "100.00", "0.00")


async def test_formula_in_error_is_empty_with_its_code(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="甲")

    shown = await kernel.get("customer", customer)

    assert (shown["average"], shown["_errors"]) == (None, {"average": "division_by_zero"})


async def test_concurrent_writers_lose_no_rollup(kernel: Kernel) -> None:
    customer = await kernel.create("customer", name="甲")

    async def write(number: int) -> None:
        await kernel.create("deal", name=f"{number} 号", customer=str(customer), amount=str(number))

    await asyncio.gather(*(write(number) for number in range(1, 41)))

    shown = await kernel.get("customer", customer)
    assert (shown["deal_count"], shown["open_amount"], shown["biggest"]) == (40, "820.00", "40.00")


async def test_binning_follows_what_each_reference_says(kernel: Kernel) -> None:
    parent = await kernel.create("customer", name="母")
    child = await kernel.create("customer", name="子", parent_company=str(parent))
    visit = await kernel.create("visit", about="首访", customer=str(parent))
    deal = await kernel.create("deal", name="一号", customer=str(parent))

    with pytest.raises(records.Refused) as held:
        await kernel.save("customer", Write("delete", id=parent))
    await kernel.save("deal", Write("delete", id=deal))
    await kernel.save("customer", Write("delete", id=parent))

    assert held.value.faults[0].code == "referenced"
    assert (await kernel.get("customer", child))["parent_company"] is None
    with pytest.raises(records.NotFound):
        await kernel.get("visit", visit)

    await kernel.save("customer", Write("restore", id=parent))
    assert (await kernel.get("visit", visit))["customer"]["title"] == "母"


async def test_value_of_a_binned_record_is_free_again(kernel: Kernel) -> None:
    first = await kernel.create("customer", name="甲", code="AA-001")
    await kernel.save("customer", Write("delete", id=first))
    await kernel.create("customer", name="乙", code="AA-001")

    with pytest.raises(records.NotUnique):
        await kernel.save("customer", Write("restore", id=first))


async def test_many_to_many_keeps_each_pair_once(kernel: Kernel) -> None:
    one = await kernel.create("customer", name="甲")
    two = await kernel.create("customer", name="乙")
    three = await kernel.create("customer", name="丙", friends=[str(one), str(two), str(one)])
    await kernel.update("customer", three, friends=[str(two)])

    shown = await kernel.get("customer", three)

    assert shown["friends"] == [{"id": str(two), "title": "乙"}]
