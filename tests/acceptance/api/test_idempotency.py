"""The same POST again, and two people at once: nothing is doubled, nothing is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sanhuan.web import idempotency
from tests.workspace import Client, Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEAD = {"name": "只要一条", "source": "web_form"}


def keyed(key: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key}}


async def count(client: Client, name: str) -> int:
    asked = {
        "filter": {"rules": [{"field": "name", "operator": "=", "value": name}]},
        "count": "exact",
    }
    found: int = (await client.post("/records/lead/query", asked)).json()["page"]["count"]
    return found


async def test_repeated_post_is_answered_as_the_first(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    first = await xia.post("/records/lead", LEAD, **keyed("a-1"))
    again = await xia.post("/records/lead", LEAD, **keyed("a-1"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["ETag"] == first.headers["ETag"]
    assert await count(xia, "只要一条") == 1


async def test_twenty_at_once_make_one_record(workspace: Workspace) -> None:
    """F01: the others are told the first answer, or that the first is still running."""
    xia = await workspace.as_person("xia")
    lead = {**LEAD, "name": "并发"}
    answers = await asyncio.gather(
        *(xia.post("/records/lead", lead, **keyed("b-1")) for _ in range(20))
    )
    made = {each.json()["id"] for each in answers if each.status_code == 201}
    assert len(made) == 1
    for each in answers:
        assert each.status_code in (201, 409)
        if each.status_code == 409:
            assert each.json()["code"] == "still_running"
            assert "Retry-After" in each.headers
    assert await count(xia, "并发") == 1


async def test_key_with_another_body_is_refused(workspace: Workspace) -> None:
    """F02"""
    xia = await workspace.as_person("xia")
    await xia.post("/records/lead", {**LEAD, "name": "正文甲"}, **keyed("c-1"))
    other = await xia.post("/records/lead", {**LEAD, "name": "正文乙"}, **keyed("c-1"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await count(xia, "正文乙") == 0


async def test_key_is_of_one_person_and_one_route(workspace: Workspace) -> None:
    """F02: the same key of another, or for another route, is another key."""
    xia, lin = await workspace.as_person("xia"), await workspace.as_person("lin")
    mine = await xia.post("/records/lead", LEAD, **keyed("d-1"))
    theirs = await lin.post("/records/lead", LEAD, **keyed("d-1"))
    account = await xia.post("/records/account", {"name": "另一条路"}, **keyed("d-1"))
    assert len({mine.json()["id"], theirs.json()["id"], account.json()["id"]}) == 3


async def test_refused_post_may_be_tried_again_with_its_key(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    refused = await xia.post("/records/lead", {"colour": "red"}, **keyed("e-1"))
    assert refused.status_code == 422
    done = await xia.post("/records/lead", LEAD, **keyed("e-1"))
    assert done.status_code == 201


async def test_bulk_and_queries_take_keys_too(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    body = {"operation": "create", "rows": [{**LEAD, "name": "批量"}] * 3}
    first = await xia.post("/records/lead/bulk", body, **keyed("f-1"))
    again = await xia.post("/records/lead/bulk", body, **keyed("f-1"))
    assert first.content == again.content
    assert await count(xia, "批量") == 3
    query = await xia.post("/records/lead/query", {"limit": 1}, **keyed("f-2"))
    assert query.status_code == 200


async def test_key_is_forgotten_after_a_day(workspace: Workspace) -> None:
    """F03"""
    xia = await workspace.as_person("xia")
    first = await xia.post("/records/lead", LEAD, **keyed("g-1"))
    async with workspace.kernel.app.connection() as connection:
        await connection.execute(
            "update kernel.idempotency set at = at - interval '25 hours' where key = 'g-1'"
        )
    later = await xia.post("/records/lead", LEAD, **keyed("g-1"))
    assert later.json()["id"] != first.json()["id"]


async def test_failure_before_the_commit_keeps_neither_record_nor_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F03: both are of one transaction, so a retry does it once."""
    xia = await workspace.as_person("xia")
    lead = {**LEAD, "name": "断电"}

    async def fail(*_: Any) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr(idempotency, "_keep", fail)
        answer = await xia.post("/records/lead", lead, **keyed("h-1"))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "power" not in answer.text
    assert await count(xia, "断电") == 0
    assert (await xia.post("/records/lead", lead, **keyed("h-1"))).status_code == 201
    assert await count(xia, "断电") == 1


async def test_secret_that_is_shown_once_is_made_once(workspace: Workspace) -> None:
    """A repeated request makes no second token, and the first one's is kept nowhere."""
    xia = await workspace.as_person("xia")
    asked = {"name": "一次", "scopes": ["lead:see"], "expires_at": None}
    first = await xia.post("/tokens", asked, **keyed("i-1"))
    again = await xia.post("/tokens", asked, **keyed("i-1"))
    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "answered_once")
    listed = (await xia.get("/tokens")).json()["data"]
    assert [each["name"] for each in listed] == ["一次"]
    async with workspace.kernel.app.connection() as connection:
        found = await connection.execute("select answer from kernel.idempotency where key = 'i-1'")
        assert await found.fetchall() == [(b"",)]


async def test_second_editor_is_told_what_the_first_made_of_it(workspace: Workspace) -> None:
    """F05: nothing is lost, and both values are at hand."""
    xia = await workspace.as_person("xia")
    made = await xia.create("lead", **{**LEAD, "name": "两个人改"})
    path = f"/records/lead/{made['id']}"
    assert (await xia.patch(path, {"name": "先改"}, 1)).status_code == 200
    second = await xia.patch(path, {"name": "后改"}, 1)
    assert (second.status_code, second.json()["code"]) == (412, "version_conflict")
    current = second.json()["current"]
    assert (current["name"], current["version"]) == ("先改", 2)
    assert current["updated_by"]["title"] == "夏承宇"


async def test_of_many_editors_of_one_version_one_wins(workspace: Workspace) -> None:
    """F05"""
    xia = await workspace.as_person("xia")
    made = await xia.create("lead", **{**LEAD, "name": "抢着改"})
    path = f"/records/lead/{made['id']}"
    answers = await asyncio.gather(
        *(xia.patch(path, {"name": f"第{number}个"}, 1) for number in range(10))
    )
    statuses = sorted(each.status_code for each in answers)
    assert statuses == [200] + [412] * 9
    assert (await xia.get(path)).json()["version"] == 2


async def test_record_not_changed_since_is_not_sent_again(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    made = await xia.create("lead", **LEAD)
    path = f"/records/lead/{made['id']}"
    same = await xia.get(path, headers={"If-None-Match": '"1"'})
    assert (same.status_code, same.content) == (304, b"")
    await xia.patch(path, {"name": "变了"}, 1)
    assert (await xia.get(path, headers={"If-None-Match": '"1"'})).status_code == 200


async def test_record_given_out_of_sight_is_answered_by_id_and_version(
    workspace: Workspace,
) -> None:
    xia = await workspace.as_person("xia")
    made = await xia.create("lead", **{**LEAD, "name": "送出去"})
    answer = await xia.patch(
        f"/records/lead/{made['id']}", {"owner": str(workspace.people["zhou"])}, 1
    )
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": made["id"], "version": 2}
    assert (await xia.get(f"/records/lead/{made['id']}")).status_code == 404


async def test_deleted_record_is_restored(workspace: Workspace) -> None:
    lu = await workspace.as_person("lu")
    made = await lu.create("lead", **{**LEAD, "name": "误删"})
    path = f"/records/lead/{made['id']}"
    assert (await lu.delete(path, 1)).status_code == 204
    assert (await lu.get(path)).status_code == 404
    restored = await lu.post(f"{path}/restore")
    assert restored.status_code == 200, restored.text
    assert restored.json()["name"] == "误删"
    assert restored.headers["ETag"] == f'"{restored.json()["version"]}"'


async def test_warning_is_consented_to_with_a_reason(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    account = await xia.create("account", name="要警告的")
    deal = {"name": "让利", "account": account["id"], "discount": "0.5"}
    first = await xia.post("/records/opportunity", deal)
    assert (first.status_code, first.json()["code"]) == (409, "needs_consent"), first.text
    (warning,) = first.json()["warnings"]
    assert warning["message"].startswith("让利超过 15%")
    consent = [{"token": warning["token"], "reason": "经理同意"}]
    second = await xia.post("/records/opportunity", {**deal, "consent": consent})
    assert second.status_code == 201, second.text
