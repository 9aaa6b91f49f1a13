"""The loop: in, dispatched, a task with a clock, silence, the next one, contacted (I09, M18)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sanhuan.identity.access import system_caller
from sanhuan.insight.metrics import figures
from sanhuan.records import Write
from sanhuan.web.routes.insight import SETS
from tests.loop import Loop

FIRST_DUE = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
"""Four working hours after noon: 13:30 to 17:30 in Shanghai."""


async def metric(loop: Loop, name: str) -> str | None:
    asked = figures.Questions(metrics=[figures.Asked(name=name, key="x")])
    records = loop.workspace.kernel.records
    async with records.transaction() as tx:
        answer = await figures.answer(tx, system_caller(), records, asked, SETS)
    value: str | None = answer["x"]["rows"][0]["value"]
    return value


async def states(loop: Loop, lead: Any) -> list[tuple[str, str | None]]:
    return [(gap["state"], gap["outcome"]) for gap in await loop.gaps(lead)]


async def test_lead_goes_its_whole_way(loop: Loop) -> None:
    assert await metric(loop, "open_gaps") == "0"
    assert await metric(loop, "first_response_median") is None
    lead = await loop.lead()
    await loop.follow()
    first = await loop.owner(lead)
    assert first is not None
    (task,) = await loop.all_of("task")
    assert (task["kind"], task["state"]) == ("first_contact", "open")
    assert task["subject"] == "首次联系 李工（某某建筑）"
    assert task["assignee"]["id"] == task["owner"]["id"] == str(loop.workspace.people[first])
    assert datetime.fromisoformat(task["due_at"]) == FIRST_DUE
    assert await metric(loop, "open_gaps") == "1"

    # Three working hours later the owner is reminded, his task is pressing.
    assert await loop.wait(hours=4, minutes=29) == 0
    assert await loop.wait(minutes=1) == 1
    (task,) = await loop.all_of("task")
    assert (task["kind"], task["state"]) == ("reminder", "open")
    (reminder,) = await loop.all_of("notification", kind="reminder")
    assert reminder["title"] == "该首次联系了：李工"
    assert reminder["body"] == "03-31 17:30 前还没首次联系，就转给别人"

    # Another hour, and it goes to the next one.
    assert await loop.wait(minutes=59) == 0
    assert await loop.wait(minutes=1) == 1
    second = await loop.owner(lead)
    assert second not in (None, first)
    assert await states(loop, lead) == [("closed", "moved"), ("open", None)]
    tasks = {task["assignee"]["id"]: task["state"] for task in await loop.all_of("task")}
    assert tasks == {
        str(loop.workspace.people[first]): "cancelled",
        str(loop.workspace.people[str(second)]): "open",
    }
    reason = (await loop.get(lead))["dispatch_reason"]
    assert reason.startswith(f"{task['assignee']['title']} 4 个工作小时内没有首次联系；")
    assert await metric(loop, "open_gaps") == "1"

    # He calls, and the gap is closed.
    client = await loop.workspace.as_person(str(second))
    loop.workspace.clock.advance(FIRST_DUE - FIRST_DUE)
    answer = await client.post(
        f"/records/lead/{lead}/actions/log_contact", {"content": "问了需求", "way": "call"}
    )
    assert answer.status_code == 200, answer.text
    await loop.follow()
    found = await loop.get(lead)
    assert found["state"] == "contacted"
    assert datetime.fromisoformat(found["first_contact_at"]) == FIRST_DUE
    assert (await states(loop, lead))[-1] == ("closed", "met")
    assert [t["state"] for t in await loop.all_of("task", state="open")] == []
    (done,) = await loop.all_of("task", state="done")
    assert done["done_at"] is not None
    assert await metric(loop, "open_gaps") == "0"
    assert await metric(loop, "first_response_median") == "19800"
    assert await loop.wait(days=3) == 0


async def test_hot_leads_have_an_hour(loop: Loop) -> None:
    lead = await loop.lead(source="referral", expected_amount="600000")
    await loop.follow()
    (gap,) = await loop.gaps(lead)
    assert gap["hours"] == 1
    assert gap["due_at"] == datetime(2026, 3, 31, 6, 30, tzinfo=UTC)
    assert gap["remind_at"] == datetime(2026, 3, 31, 6, 0, tzinfo=UTC)


async def test_manager_decides_after_two_let_it_lapse(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.follow()
    for _ in range(3):
        await loop.wait(days=1)
    assert [gap["state"] for gap in await loop.gaps(lead)] == ["closed", "closed", "breached"]
    assert len((await loop.gaps(lead))[-1]["lapsed"]) == 2
    (task,) = await loop.all_of("task", assignee=str(loop.workspace.people["lu"]))
    assert task["reason"].endswith("前后 3 人都没接住，由你决定")
    assert await loop.wait(days=1) == 0  # it rings no more

    # He gives it to someone; that one has his own time, and the manager is done.
    lin = loop.workspace.people["lin"]
    owner = await loop.owner(lead)
    other = loop.workspace.people["xia"] if owner == "lin" else lin
    lu = await loop.workspace.as_person("lu")
    await lu.post(f"/records/lead/{lead}/actions/assign", {"user": str(other)})
    await loop.follow()
    (task,) = await loop.all_of("task", assignee=str(loop.workspace.people["lu"]))
    assert task["state"] == "done"
    assert [gap["state"] for gap in await loop.gaps(lead)][-2:] == ["closed", "open"]


async def test_with_nobody_left_the_manager_is_asked_at_once(loop: Loop) -> None:
    await loop.deactivate("lin", "zhou")
    lead = await loop.lead()
    await loop.follow()
    await loop.wait(days=1)
    assert await loop.owner(lead) == "xia"
    (task,) = await loop.all_of("task", assignee=str(loop.workspace.people["lu"]))
    assert task["state"] == "open"
    assert [gap["state"] for gap in await loop.gaps(lead)] == ["breached"]


async def test_lead_that_is_lost_meanwhile_rings_no_more(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.follow()
    lost = {"state": "lost", "lost_reason": "spam"}
    await loop.workspace.save("lead", Write("update", lost, id=lead))
    loop.workspace.clock.advance(FIRST_DUE - datetime(2026, 3, 31, 4, tzinfo=UTC))
    await loop.ring()  # before the log was read
    assert await states(loop, lead) == [("closed", "dropped")]
    (task,) = await loop.all_of("task")
    assert task["state"] == "cancelled"
    assert await loop.all_of("notification", kind="reminder") == []


async def test_nobody_reached_is_no_contact(loop: Loop) -> None:
    """B09: only a follow-up that meets the rule stops the clock."""
    lead = await loop.lead()
    await loop.follow()
    await loop.act("log_contact", lead, content="没人接", result="no_answer")
    await loop.follow()
    assert (await loop.get(lead))["state"] == "assigned"
    assert await states(loop, lead) == [("open", None)]


async def test_unfit_leads_are_not_dispatched(loop: Loop) -> None:
    lead = await loop.lead(expected_amount="500")
    await loop.follow()
    found = await loop.get(lead)
    assert (found["qualification"], found["owner"], found["state"]) == ("unfit", None, "new")


async def test_lead_that_becomes_fit_is_dispatched(loop: Loop) -> None:
    lead = await loop.lead(expected_amount="500")
    await loop.follow()
    changed = Write("update", {"expected_amount": "200000"}, id=lead)
    await loop.workspace.save("lead", changed)
    await loop.follow()
    assert (await loop.get(lead))["state"] == "assigned"


async def test_lead_that_comes_back_is_dispatched_again(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.follow()
    for values in ({"state": "lost", "lost_reason": "no_need"}, {"state": "new", "owner": None}):
        await loop.workspace.save("lead", Write("update", values, id=lead))
        await loop.follow()
    assert (await loop.get(lead))["state"] == "assigned"
    assert [gap["outcome"] for gap in await loop.gaps(lead)] == ["dropped", None]


async def test_completed_task_is_done_for_who_may_complete_it(loop: Loop) -> None:
    """B01: the assignee, or his manager; for others there is no such task."""
    await loop.deactivate("zhou")
    lin = str(loop.workspace.people["lin"])
    await loop.lead(owner=lin)
    await loop.follow()
    (task,) = await loop.all_of("task")
    path = f"/records/task/{task['id']}/actions/complete"
    xia, lu = await loop.workspace.as_person("xia"), await loop.workspace.as_person("lu")
    assert (await xia.post(path)).status_code == 404
    answer = await lu.post(path)
    assert answer.status_code == 200, answer.text
    assert [one["object"] for one in answer.json()["changed"]] == ["task"]
    (task,) = await loop.all_of("task")
    assert (task["state"], task["done_at"] is not None) == ("done", True)


async def test_contact_is_logged_by_who_may_write_activities(loop: Loop) -> None:
    """The activity is the caller's own; about a lead he does not see there is nothing to log."""
    await loop.deactivate("lin", "zhou")
    lead = await loop.lead()
    await loop.follow()
    xia, lu = await loop.workspace.as_person("xia"), await loop.workspace.as_person("lu")
    body = {"content": "聊过了"}
    answer = await xia.post(f"/records/lead/{lead}/actions/log_contact", body)
    assert answer.status_code == 200, answer.text
    (activity,) = await loop.all_of("activity")
    assert (activity["owner"]["title"], activity["way"]) == ("夏承宇", "call")
    bad = await lu.post(f"/records/lead/{lead}/actions/log_contact", {**body, "way": "smoke"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "way")
    unknown = await lu.post(f"/records/account/{lead}/actions/log_contact", body)
    assert unknown.status_code == 404
