"""Applying events: once each, in whatever order (TRUST G05, H10), and what people did."""

from __future__ import annotations

import asyncio
import os
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sanhuan.catalog.checks import Unfit
from sanhuan.database import errors as database_errors
from sanhuan.identity import system_caller
from sanhuan.records import Batch, Write
from sanhuan.touchpoints import heat, matching, part, state
from tests.integration.touchpoints.conftest import NOON, Outer, credit_code, event

HOUR = timedelta(hours=1)
LEADS = 600 if os.environ.get("SANHUAN_PROVE") == "1" else 12
"""Each with six events, sent three times on average: over 10,000 in `make prove`."""


def ago(hours: float) -> timedelta:
    return -HOUR * hours


async def test_older_event_that_comes_late_overwrites_nothing_newer(outer: Outer) -> None:
    """G05: and still sets what the newer one said nothing of."""
    await outer.send([event("lead.created", "1", at=ago(9), lead="w", name="王芳", need="旧")])
    await outer.apply()
    await outer.send([event("lead.updated", "3", at=ago(7), lead="w", need="新")])
    await outer.apply()
    await outer.send([event("lead.updated", "2", at=ago(8), lead="w", need="中", company="越辰")])
    await outer.apply()
    [lead] = await outer.list("lead")
    assert (lead["need"], lead["company"]) == ("新", "越辰")
    assert set((await outer.states()).values()) == {"applied"}


async def test_change_before_its_record_waits_for_it(outer: Outer) -> None:
    await outer.send([event("lead.updated", "2", at=ago(1), lead="w", need="新")])
    await outer.apply()
    async with outer.pool.connection() as connection:
        [waiting] = await state.events(connection, outer.records.catalog, "web_leads", "waiting")
    assert state.event_json(waiting, "zh")["waits_for"] == "w"
    await outer.send([event("lead.created", "1", at=ago(2), lead="w", name="王芳", need="旧")])
    await outer.apply()
    [lead] = await outer.list("lead")
    assert lead["need"] == "新"


async def test_call_before_its_lead_waits_for_it(outer: Outer) -> None:
    secret = await outer.new_secret("campaign")
    call = event("call.made", "c", at=ago(1), lead="p", attempt=1, seconds=200, result="interested")
    await outer.send([call], source="campaign", secret=secret)
    await outer.apply()
    assert await outer.list("activity") == []
    lead = event("lead.created", "l", at=ago(2), lead="p", name="王芳", phone="13812345678")
    await outer.send([lead], source="campaign", secret=secret)
    await outer.apply()
    [activity] = await outer.list("activity")
    assert (activity["lead"]["title"], activity["minutes"]) == ("王芳", 4)
    assert activity["content"] == "第 1 次外呼"
    assert activity["result"] == "interested"


async def test_shuffled_and_repeated_events_end_as_in_order(outer: Outer) -> None:
    """G05: each event one to five times, in any order, a tenth of them late."""
    seed = random.randrange(10**6)
    drawn = random.Random(seed)
    history = list(_history(drawn, leads=LEADS, changes=6))
    for start in range(0, len(history), 500):
        await outer.send(history[start : start + 500])
    await outer.apply()
    clean = await _leads(outer)

    copies = [one for one in history for _ in range(drawn.randint(1, 5))]
    drawn.shuffle(copies)
    late = len(copies) // 10
    renamed = [_renamed(one) for one in copies]
    for part_of in (renamed[late:], renamed[:late]):
        for start in range(0, len(part_of), 37):
            unique = {one["id"]: one for one in part_of[start : start + 37]}
            await outer.send(list(unique.values()))
            if drawn.random() < 0.5:
                await outer.apply()
    await outer.apply()
    again = {name.removeprefix("x-"): values for name, values in (await _leads(outer)).items()}
    assert again == clean, f"seed={seed}"
    assert set((await outer.states()).values()) == {"applied"}


def _history(drawn: random.Random, leads: int, changes: int) -> Any:
    number = 0
    for lead in range(leads):
        for change in range(changes):
            number += 1
            data = {"lead": f"w{lead}", "company": f"公司 {drawn.randrange(50)}"}
            if change == 0:
                data["name"] = f"客户{lead}"
            if drawn.random() < 0.5:
                data["need"] = f"需求 {drawn.randrange(99)}"
            kind = "lead.created" if change == 0 else "lead.updated"
            yield event(kind, f"e{number}", at=ago(100) + HOUR * number / 60, **data)


def _renamed(one: dict[str, Any]) -> dict[str, Any]:
    data = {**one["data"], "lead": f"x-{one['data']['lead']}"}
    return {**one, "id": f"x-{one['id']}", "data": data}


async def _leads(outer: Outer) -> dict[str, tuple[Any, ...]]:
    """By outside id of those not seen before: what the lead ended as."""
    rows = await outer.rows("select outside_id, record_id from kernel.source_record")
    prefix = "x-" if any(str(name).startswith("x-") for name, _ in rows) else ""
    values = await outer.rows("select id, f_name, f_company, f_need from data.o_lead")
    found = {record: tuple(fields) for record, *fields in values}
    return {name: found[record] for name, record in rows if name.startswith(prefix)}


async def test_events_of_one_batch_for_one_lead_are_each_an_entry(outer: Outer) -> None:
    await outer.send(
        [
            event("lead.created", "1", at=ago(3), lead="w", name="王芳"),
            event("lead.updated", "2", at=ago(2), lead="w", need="一"),
            event("lead.updated", "3", at=ago(1), lead="w", need="二"),
        ]
    )
    await outer.apply()
    entries = await outer.rows(
        "select occurred_at, via from kernel.change where object_id = 'lead'"
        " and record_id in (select record_id from kernel.source_record) order by version"
    )
    assert [(at, via) for at, via in entries] == [
        (NOON + ago(hours), "source") for hours in (3, 2, 1)
    ]


async def test_killed_while_applying_leaves_all_or_nothing(
    outer: Outer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def settle(*_: Any) -> None:
        raise Killed

    await outer.send([event("lead.created", "1", lead="w", name="王芳", phone="13812345678")])
    with monkeypatch.context() as patched:
        patched.setattr("sanhuan.touchpoints.applying.Applier._settle", settle)
        with pytest.raises(Killed):
            await outer.apply()
    assert await outer.list("lead") == []
    assert await outer.list("account") == []
    assert await outer.states() == {"1": "new"}
    await outer.apply()
    assert len(await outer.list("lead")) == 1


async def test_event_that_breaks_its_transaction_stops_itself_alone(
    outer: Outer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program in one event: its neighbours are applied, it is set aside."""
    save = outer.records.save

    async def failing(tx: Any, caller: Any, batch: Batch) -> Any:
        if any(row.values.get("name") == "毒" for row in batch.rows):
            raise LookupError("a fault of the program")
        return await save(tx, caller, batch)

    monkeypatch.setattr(outer.records, "save", failing)
    await outer.send(
        [
            event("lead.created", f"{n}", lead=f"w{n}", name="毒" if n == 1 else "好")
            for n in range(4)
        ]
    )
    await outer.apply()
    assert await outer.states() == {"0": "applied", "1": "refused", "2": "applied", "3": "applied"}
    assert await outer.reasons() == {"1": [("internal", None)]}


async def test_database_that_is_away_refuses_no_event(
    outer: Outer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise psycopg.OperationalError("the connection is lost")

    await outer.send([event("lead.created", "1", lead="w", name="王芳")])
    with monkeypatch.context() as patched:
        patched.setattr(outer.records, "save", away)
        with pytest.raises(database_errors.Unavailable):
            await outer.apply()
    assert await outer.states() == {"1": "new"}


async def test_two_workers_apply_each_event_once(outer: Outer) -> None:
    await outer.send([event("lead.created", f"{n}", lead=f"w{n}", name="王芳") for n in range(60)])

    async def work() -> None:
        while await outer.applier.run_once():
            pass

    await asyncio.gather(*(work() for _ in range(4)))
    await outer.apply()
    assert len(await outer.list("lead", limit=500)) == 60
    assert set((await outer.states()).values()) == {"applied"}


# One customer


async def test_leads_with_one_phone_join_one_account(outer: Outer) -> None:
    """O12, B10: a phone is the same however it is written."""
    await outer.send(
        [
            event("lead.created", "1", lead="a", name="王芳", company="越辰", phone="13812345678"),
            event("lead.created", "2", lead="b", name="李四", phone="+86 138-1234-5678"),
            event("lead.created", "3", lead="c", name="赵六", phone="13812345679"),
        ]
    )
    await outer.apply()
    leads = {one["name"]: one["account"] for one in await outer.list("lead")}
    assert leads["王芳"] == leads["李四"] != leads["赵六"]
    assert len(await outer.list("account")) == 2


async def test_credit_code_goes_before_phone_and_the_other_is_named(outer: Outer) -> None:
    by_code = await outer.create("account", name="甲", credit_code="91330602MA00000003")
    by_phone = await outer.create("account", name="乙", phone="13812345678")
    await outer.send(
        event("lead.created", lead="a", name="王芳", phone="13812345678",
              credit_code="91330602MA00000003")
    )  # fmt: skip
    await outer.apply()
    [lead] = await outer.list("lead")
    assert lead["account"]["id"] == str(by_code)
    [why] = await outer.rows("select by, also, created from kernel.match_made")
    assert why == (["credit_code"], [by_phone], False)


async def test_lead_without_anything_to_match_by_stands_alone(outer: Outer) -> None:
    await outer.send(event("lead.created", lead="a", name="王芳"))
    await outer.apply()
    [lead] = await outer.list("lead")
    assert lead["account"] is None


async def test_two_transactions_at_once_with_one_phone_make_one_account(outer: Outer) -> None:
    """Each waits for the other's lock on the phone, then finds what it made."""
    ids = [await outer.create("lead", name=f"客户{n}", phone="13812345678") for n in range(8)]

    async def join(record: UUID) -> None:
        async def act(tx: Any) -> int:
            return await matching.join(tx, outer.records, system_caller(), "lead", [record])

        await outer.records.run(act)

    await asyncio.gather(*(join(record) for record in ids))
    [account] = await outer.list("account")
    leads = await outer.list("lead")
    assert {one["account"]["id"] for one in leads} == {account["id"]}


async def test_lead_written_by_hand_joins_after_the_log_is_read(outer: Outer) -> None:
    """B10: the same for the API and for files; the change names what it followed from."""
    reader = outer.reader()
    await outer.read(reader)
    account = await outer.create("account", name="越辰", phone="13812345678")
    lead = await outer.create("lead", name="王芳", phone="13812345678")
    await outer.read(reader)
    assert (await outer.get("lead", lead))["account"]["id"] == str(account)
    [(cause, root, depth)] = await outer.rows(
        "select cause, root, depth from kernel.change where record_id = %s and version = 2", lead
    )
    [(operation,)] = await outer.rows(
        "select operation from kernel.change where record_id = %s and version = 1", lead
    )
    assert (cause, root, depth) == (operation, operation, 1)


async def test_account_made_for_a_lead_gets_the_leads_owner(outer: Outer) -> None:
    reader = outer.reader()
    await outer.read(reader)
    seller = await outer.colleague("seller")
    await outer.send(event("lead.created", lead="a", name="王芳", phone="13812345678"))
    await outer.apply()
    [lead] = await outer.list("lead")
    await outer.update("lead", UUID(lead["id"]), owner=str(seller), state="assigned")
    await outer.read(reader)
    [account] = await outer.list("account")
    assert account["owner"]["id"] == str(seller)


async def test_account_that_has_an_owner_keeps_him(outer: Outer) -> None:
    reader = outer.reader()
    await outer.read(reader)
    seller, other = await outer.colleague("seller"), await outer.colleague("seller")
    await outer.create("account", name="越辰", phone="13812345678", owner=str(other))
    lead = await outer.create("lead", name="王芳", phone="13812345678", owner=str(seller))
    await outer.read(reader)
    [account] = await outer.list("account")
    assert account["owner"]["id"] == str(other)
    assert (await outer.get("lead", lead))["account"]["id"] == account["id"]


# What people did


async def test_behaviour_raises_heat_and_is_kept(outer: Outer) -> None:
    await outer.send([event("lead.created", "1", at=ago(2), lead="w", name="王芳")])
    await outer.apply()
    [before] = await outer.list("lead")
    await outer.send(
        [
            event("page.viewed", "2", at=ago(1), lead="w", seconds=90),
            event("file.downloaded", "3", at=ago(1), lead="w", file="样本.pdf"),
            event("message.replied", "4", at=ago(1), lead="w", channel="wechat"),
        ]
    )
    await outer.apply()
    [lead] = await outer.list("lead")
    assert before["heat"] == 25
    assert lead["heat"] == heat.lifted(25, 44)
    async with outer.pool.connection() as connection:
        found = await state.behaviour(connection, "lead", UUID(lead["id"]))
    assert [(one["kind"], one["points"]) for one in found] == [
        ("reply", 25.0), ("download", 15.0), ("page_view", 4.0),
    ]  # fmt: skip


async def test_behaviour_of_a_visitor_counts_once_he_is_known(outer: Outer) -> None:
    await outer.send([event("file.downloaded", "1", at=ago(3), lead="visitor-7")])
    await outer.apply()
    assert await outer.states() == {"1": "applied"}
    await outer.send([event("lead.created", "2", lead="w", visitor="visitor-7", name="王芳")])
    await outer.apply()
    [lead] = await outer.list("lead")
    assert lead["heat"] == heat.lifted(25, 15)


async def test_heat_is_the_same_in_whatever_order_behaviour_came(outer: Outer) -> None:
    acts = [
        event("page.viewed", "a", at=ago(200), seconds=90),
        event("message.replied", "b", at=ago(100)),
        event("file.downloaded", "c", at=ago(1)),
    ]
    for lead, order in (("w", acts), ("x", acts[::-1])):
        await outer.send([event("lead.created", f"{lead}0", at=ago(300), lead=lead, name="王芳")])
        for act in order:
            one = {**act, "id": f"{lead}-{act['id']}", "data": {**act["data"], "lead": lead}}
            await outer.send([one])
            await outer.apply()
    first, second = await outer.list("lead")
    assert first["heat"] == second["heat"]


async def test_heat_cools_down_to_its_base(outer: Outer) -> None:
    await outer.send([event("lead.created", "1", at=ago(2), lead="w", name="王芳")])
    await outer.send([event("message.replied", "2", at=ago(1), lead="w")])
    await outer.apply()
    [lead] = await outer.list("lead")
    assert lead["heat"] == heat.lifted(25, 25)
    outer.clock.advance(timedelta(days=7))
    assert await part.cool_down(outer.as_kernel()) == 1
    [lead] = await outer.list("lead")
    assert lead["heat"] == heat.lifted(25, 12.5)
    outer.clock.advance(timedelta(days=200))
    await part.cool_down(outer.as_kernel())
    [lead] = await outer.list("lead")
    assert lead["heat"] == 25


async def test_heat_set_by_a_rule_meanwhile_is_a_new_base(outer: Outer) -> None:
    await outer.send([event("lead.created", "1", at=ago(2), lead="w", name="王芳")])
    await outer.send([event("page.viewed", "2", at=ago(1), lead="w", seconds=5)])
    await outer.apply()
    [lead] = await outer.list("lead")
    row = Write("update", {"expected_amount": "2000000", "industry": "e47"}, id=UUID(lead["id"]))
    await outer.save("lead", row)
    [lead] = await outer.list("lead")
    assert lead["heat"] == 88
    await outer.send([event("page.viewed", "3", at=ago(0.5), lead="w", seconds=5)])
    await outer.apply()
    [lead] = await outer.list("lead")
    assert lead["heat"] == heat.lifted(88, 4)


async def test_settled_events_are_forgotten_and_refused_ones_stay(outer: Outer) -> None:
    """H08: ids are kept longer than any sender repeats."""
    await outer.send([event("lead.created", "1", lead="w", name="王芳")])
    await outer.send([event("lead.created", "2", lead="x")])
    await outer.apply()
    outer.clock.advance(timedelta(days=59))
    assert await part.forget_settled(outer.as_kernel()) == 0
    outer.clock.advance(timedelta(days=2))
    assert await part.forget_settled(outer.as_kernel()) == 1
    assert await outer.states() == {"2": "refused"}


async def test_record_that_did_not_come_from_the_source_is_found_by_its_key(outer: Outer) -> None:
    """`key`: an upsert by a field of the object, and from then on by the source's own id."""
    await outer.publish_source(
        "erp",
        [
            {
                "type": "account.changed",
                "carries": [{"name": "no"}, {"name": "code"}, {"name": "name"}, {"name": "level"}],
                "record": {
                    "object": "account",
                    "identity": "no",
                    "key": "credit_code",
                    "values": {"credit_code": "code", "name": "name", "level": "level"},
                },
            }
        ],
    )
    secret = await outer.new_secret("erp")
    code = credit_code(1)
    account = await outer.create("account", name="越辰", credit_code=code)
    first = event("account.changed", "1", at=ago(2), no="K7", code=code, level="A")
    second = event("account.changed", "2", at=ago(1), no="K7", name="越辰建设")
    new = event("account.changed", "3", at=ago(1), no="K8", code=credit_code(2), name="曹娥")
    bad = event("account.changed", "4", at=ago(1), no="K9", code="x" * 40, name="柯岩")
    await outer.send([first, second, new, bad], source="erp", secret=secret)
    await outer.apply()
    found = await outer.get("account", account)
    assert (found["name"], found["level"]) == ("越辰建设", "A")
    assert {one["name"] for one in await outer.list("account")} == {"越辰建设", "曹娥"}
    assert await outer.reasons() == {"4": [("too_long", "credit_code")]}


async def test_source_may_keep_what_is_there_and_ignore_what_is_not(outer: Outer) -> None:
    carries = [{"name": "no"}, {"name": "name"}]
    effect = {"object": "account", "identity": "no", "values": {"name": "name"}}
    await outer.publish_source(
        "erp",
        [
            {"type": "made", "carries": carries, "record": {**effect, "known": "keep"}},
            {"type": "changed", "carries": carries, "record": {**effect, "unknown": "ignore"}},
        ],
    )
    secret = await outer.new_secret("erp")
    told = [
        event("changed", "1", at=ago(4), no="K1", name="还没有"),
        event("made", "2", at=ago(3), no="K1", name="甲"),
        event("made", "3", at=ago(2), no="K1", name="乙"),
        event("changed", "4", at=ago(1), no="K1", name="丙"),
    ]
    for one in told:
        await outer.send([one], source="erp", secret=secret)
        await outer.apply()
    assert await outer.states() == {"1": "ignored", "2": "applied", "3": "applied", "4": "applied"}
    assert [one["name"] for one in await outer.list("account")] == ["丙"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"object": "nothing"}, "is no object"),
        ({"identity": "other"}, "not among what it carries"),
        ({"values": {"nothing": "no"}}, "no field of account to write"),
        ({"values": {"order_count": "1"}}, "no field of account to write"),
        ({"values": {"name": "nothing & no"}}, "nothing"),
        ({"key": "nothing"}, "is no field of account"),
        ({"find": {"name": {"by": "name"}}}, "no reference"),
    ],
)
async def test_source_that_does_not_fit_the_catalog_is_not_published(
    outer: Outer, change: dict[str, Any], complaint: str
) -> None:
    record = {"object": "account", "identity": "no", "values": {"name": "no"}, **change}
    with pytest.raises(Unfit, match=complaint):
        await outer.publish_source(
            "erp", [{"type": "t", "carries": [{"name": "no"}], "record": record}]
        )
