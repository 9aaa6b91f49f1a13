"""Dispatch: to whom it suits best, once, with the reason; nobody lost (G13, I07, I08)."""

from __future__ import annotations

import asyncio
import os
from collections import Counter

import msgspec
import pytest

from sanhuan.records import Write
from sanhuan.records.errors import BadRequest
from tests.loop import Loop

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
AT_ONCE = 50
ROUNDS = 20 if PROVE else 1


async def test_lead_goes_to_who_knows_what_it_is_about_with_the_reason(loop: Loop) -> None:
    await loop.knows("xia", "防水", "瓷砖胶")
    await loop.knows("lin", "防水")
    lead = await loop.lead(interests=list(loop.tags.values()))
    outcome = await loop.act("dispatch", lead)
    found = await loop.get(lead)
    assert await loop.owner(lead) == "xia"
    assert found["state"] == "assigned"
    assert found["department"]["title"] == "销售一部"
    assert found["dispatch_reason"] == (
        "擅长 瓷砖胶、防水；手上 0 条，最少；次选 林一白 -20 分：只懂 防水"
    )
    assert outcome.message is not None
    assert outcome.message.zh.startswith("派给 夏承宇：擅长")
    assert [(one.object, one.id, one.version) for one in outcome.changed] == [("lead", lead, 2)]
    scores = msgspec.json.decode(found["dispatch_scores"])
    assert [(one["name"], one["score"]) for one in scores] == [
        ("夏承宇", "40"), ("林一白", "20"), ("周然", "0"),
    ]  # fmt: skip


async def test_decision_is_kept_and_the_chosen_one_is_told(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.act("dispatch", lead)
    (decision,) = await loop.decisions(lead)
    assert decision["kind"] == "dispatch"
    assert len(decision["candidates"]) == 3
    assert decision["reason"]["en"].startswith("holds 0, the fewest")
    assert decision["probability"] is None
    (change,) = await loop.rows(
        "select via, cause, operation from kernel.change where record_id = %s and version = 2",
        lead,
    )
    assert (change["via"], change["operation"]) == ("flow", decision["operation"])
    (message,) = await loop.all_of("notification")
    assert message["user"]["id"] == str(decision["chosen"])
    assert (message["kind"], message["title"]) == ("assigned", "派给你：李工")
    assert (message["about_object"], message["about_record"]) == ("lead", str(lead))


async def test_managers_who_also_sell_are_not_candidates(loop: Loop) -> None:
    roles = await loop.all_of("role")
    both = [one["id"] for one in roles if one["key"] in ("seller", "sales_manager")]
    person = loop.workspace.people["lu"]
    await loop.workspace.save("user", Write("update", {"roles": both}, id=person))
    lead = await loop.lead()
    await loop.act("dispatch", lead)
    (decision,) = await loop.decisions(lead)
    assert "陆经鸣" not in {one["name"] for one in decision["candidates"]}


async def test_own_customer_goes_to_who_looks_after_it(loop: Loop) -> None:
    await loop.knows("xia", "防水")
    zhou = str(loop.workspace.people["zhou"])
    account = await loop.workspace.create("account", name="老客户公司", owner=zhou)
    lead = await loop.lead(account=str(account), interests=list(loop.tags.values()))
    await loop.act("dispatch", lead)
    assert await loop.owner(lead) == "zhou"
    assert (await loop.get(lead))["dispatch_reason"].startswith("老客户「老客户公司」归他")


async def test_who_worked_in_the_place_comes_first(loop: Loop) -> None:
    hangzhou = {"province": "33", "city": "3301"}
    lin = str(loop.workspace.people["lin"])
    await loop.lead("旧线索", region=hangzhou, owner=lin, state="assigned")
    lead = await loop.lead(region=hangzhou)
    await loop.act("dispatch", lead)
    assert await loop.owner(lead) == "lin"
    assert "同地跟过 1 条" in (await loop.get(lead))["dispatch_reason"]


async def test_dispatching_again_leaves_it_where_it_is(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.act("dispatch", lead)
    before = await loop.get(lead)
    outcome = await loop.act("dispatch", lead)
    assert outcome.changed == ()
    assert outcome.message is not None
    assert outcome.message.zh == f"已经派给 {before['owner']['title']}"
    assert (await loop.get(lead))["version"] == before["version"]
    assert len(await loop.decisions(lead)) == 1


async def test_sellers_own_find_stays_with_him(loop: Loop) -> None:
    lead = await loop.lead(owner=str(loop.workspace.people["zhou"]))
    await loop.act("dispatch", lead)
    found = await loop.get(lead)
    assert (await loop.owner(lead), found["state"]) == ("zhou", "assigned")
    assert found["dispatch_reason"] == "周然 自己带来的"


async def test_lead_that_is_past_dispatch_is_left_alone(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.act("dispatch", lead)
    await loop.workspace.save("lead", Write("update", {"state": "contacted"}, id=lead))
    outcome = await loop.act("redispatch", lead)
    assert (outcome.changed, outcome.message and outcome.message.zh) == ((), "现在不用派")


async def test_many_at_once_each_get_one_owner_and_equally_many(loop: Loop) -> None:
    """G13: two dispatchers at once; loads are counted right, fairness within ±1."""
    for _ in range(ROUNDS):
        leads = [await loop.lead(f"线索 {number}") for number in range(AT_ONCE)]
        await asyncio.gather(*(loop.act("dispatch", lead) for lead in leads))
        given_to = Counter([await loop.owner(lead) for lead in leads])
        assert set(given_to) == {"xia", "lin", "zhou"}
        assert max(given_to.values()) - min(given_to.values()) <= 1
        lost = {"state": "lost", "lost_reason": "no_need"}
        await loop.workspace.save("lead", *(Write("update", lost, id=lead) for lead in leads))
    (kept,) = await loop.rows(
        "select count(*) as n, count(distinct record_id) as records from kernel.dispatch_decision"
    )
    assert (kept["n"], kept["records"]) == (AT_ONCE * ROUNDS, AT_ONCE * ROUNDS)


async def test_one_lead_claimed_by_many_at_once_goes_to_one(loop: Loop) -> None:
    lead = await loop.lead()
    outcomes = await asyncio.gather(*(loop.act("dispatch", lead) for _ in range(AT_ONCE)))
    assert sum(len(outcome.changed) for outcome in outcomes) == 1
    assert len(await loop.decisions(lead)) == 1
    assert len(await loop.all_of("notification")) == 1


async def test_a_batch_is_spread_as_if_one_after_the_other(loop: Loop) -> None:
    leads = [await loop.lead(f"线索 {number}") for number in range(9)]
    outcome = await loop.act("dispatch", *leads)
    assert len(outcome.changed) == 9
    counts = Counter([await loop.owner(lead) for lead in leads])
    assert counts == {"xia": 3, "lin": 3, "zhou": 3}


async def test_nobody_to_take_it_asks_the_manager_once_and_says_so(loop: Loop) -> None:
    """G13: no eligible seller: a task for who answers for it, and a visible state."""
    await loop.lead_by("lu")
    await loop.deactivate("xia", "lin", "zhou")
    lead = await loop.lead(department=str(loop.workspace.departments["销售二部"]))
    outcome = await loop.act("dispatch", lead)
    await loop.act("dispatch", lead)
    assert outcome.changed == ()
    found = await loop.get(lead)
    assert (found["state"], found["owner"]) == ("new", None)
    assert found["dispatch_reason"] == "没有在职、能接的人"
    (task,) = await loop.all_of("task")
    assert task["assignee"]["title"] == "陆经鸣"
    assert (task["kind"], task["subject"]) == ("check", "没人能接：李工（某某建筑）")
    assert {one["chosen"] for one in await loop.decisions(lead)} == {None}
    (warning,) = await loop.all_of("notification")
    assert (warning["kind"], warning["title"]) == ("warning", "没人能接：李工")
    assert warning["user"]["title"] == "陆经鸣"


async def test_message_is_in_the_language_of_who_gets_it(loop: Loop) -> None:
    await loop.deactivate("xia", "lin")
    person = loop.workspace.people["zhou"]
    await loop.workspace.save("user", Write("update", {"language": "en"}, id=person))
    await loop.act("dispatch", await loop.lead())
    (message,) = await loop.all_of("notification")
    assert message["title"] == "Assigned to you: 李工"
    assert message["body"] == "holds 0, the fewest; nobody else can take it"


async def test_all_at_their_cap_is_nobody(loop: Loop) -> None:
    await loop.deactivate("lin", "zhou")
    xia = str(loop.workspace.people["xia"])
    rows = [
        Write("create", {"name": f"旧 {n}", "source": "other", "owner": xia, "state": "assigned"})
        for n in range(60)
    ]
    await loop.workspace.save("lead", *rows)
    lead = await loop.lead()
    await loop.act("dispatch", lead)
    assert (await loop.get(lead))["dispatch_reason"] == "没有在职、能接的人；1 人都已满 60 条"


async def test_redispatch_goes_past_those_who_had_it(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.act("dispatch", lead)
    first = await loop.owner(lead)
    await loop.act("redispatch", lead, because={"zh": "他没联系", "en": "he did not call"})
    second = await loop.owner(lead)
    had = [str(loop.workspace.people[str(one)]) for one in (first, second)]
    await loop.act("redispatch", lead, exclude=had)
    assert len({first, second, await loop.owner(lead)}) == 3
    reasons = [one["reason"]["zh"] for one in await loop.decisions(lead)]
    assert reasons[1].startswith("他没联系；手上")
    assert reasons[2].endswith("只有他能接")


async def test_person_named_by_a_manager_gets_it_and_that_is_kept(loop: Loop) -> None:
    lu = await loop.workspace.as_person("lu")
    lead, lin = await loop.lead(), loop.workspace.people["lin"]
    answer = await lu.post(f"/records/lead/{lead}/actions/assign", {"user": str(lin)})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "changed": [{"object": "lead", "id": str(lead), "version": 2}],
        "message": {"zh": "派给 林一白：陆经鸣 指定", "en": "To 林一白: Named by 陆经鸣"},
    }
    assert await loop.owner(lead) == "lin"
    (decision,) = await loop.decisions(lead)
    assert (decision["kind"], decision["chosen"], decision["actor"]) == ("assign", lin, lu.user)
    (change,) = await loop.rows(
        "select actor, via from kernel.change where record_id = %s and version = 2", lead
    )
    assert change["actor"] == lu.user


async def test_who_left_is_given_nothing(loop: Loop) -> None:
    await loop.deactivate("zhou")
    lead = await loop.lead()
    with pytest.raises(BadRequest, match="not active"):
        await loop.act("assign", lead, user=str(loop.workspace.people["zhou"]))
    assert (await loop.get(lead))["owner"] is None


async def test_button_does_only_what_its_presser_may(loop: Loop) -> None:
    """B01: what one does not see is not there; what one sees but may not assign is refused."""
    lead = await loop.lead()
    xia, lin, lu = [await loop.workspace.as_person(login) for login in ("xia", "lin", "lu")]
    path = f"/records/lead/{lead}/actions/dispatch"
    assert (await xia.post(path)).status_code == 404
    assert (await lu.post(path)).status_code == 200
    await loop.act("assign", lead, user=str(lin.user))
    answer = await xia.post(
        f"/records/lead/{lead}/actions/assign", {"user": str(loop.workspace.people["zhou"])}
    )
    assert answer.status_code == 403, answer.text
    assert await loop.owner(lead) == "lin"


async def test_objects_without_a_policy_have_no_such_action(loop: Loop) -> None:
    account = await loop.workspace.create("account", name="某某公司")
    admin = await loop.workspace.as_person("admin")
    answer = await admin.post(f"/records/account/{account}/actions/dispatch")
    assert answer.status_code == 404
    offered = (await admin.get("/objects/account")).json()["actions"]
    assert "dispatch" not in {one["name"] for one in offered}
    names = {one["name"] for one in (await admin.get("/objects/lead")).json()["actions"]}
    assert names == {"dispatch", "assign", "log_contact"}
