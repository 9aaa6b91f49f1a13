"""What others may not see is absent on every path, not only by its address."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from sanhuan.identity import policies
from sanhuan.identity.policies import Policy
from sanhuan.records import Write
from sanhuan.studio import installation
from tests.workspace import Client, Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "绝密工程"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unseen(workspace: Workspace) -> AsyncIterator[dict[str, str]]:
    """An account of 周's with a lead, which 夏 of another department does not see."""
    zhou = str(workspace.people["zhou"])
    account = await workspace.create("account", name=f"{SECRET}集团", owner=zhou)
    lead = await workspace.create(
        "lead",
        name=f"{SECRET}线索",
        source="web_form",
        owner=zhou,
        account=str(account),
        expected_amount="777777.00",
        state="assigned",
    )
    yield {"account": str(account), "lead": str(lead)}


def rule(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"filter": {"rules": [{"field": field, "operator": operator, "value": value}]}}


Request = tuple[str, str, Any]
"""Method, path below /api/v1, body."""


def asked(body: Any) -> Request:
    return "POST", "/records/lead/query", body


def grouped(object_name: str, field: str) -> Request:
    measures = [{"function": "count", "as": "n"}]
    return "POST", f"/records/{object_name}/aggregate", {"group_by": [field], "measures": measures}


def greatest(object_name: str, field: str) -> Request:
    measures = [{"function": "max", "field": field, "as": "m"}]
    return "POST", f"/records/{object_name}/aggregate", {"measures": measures}


PATHS: dict[str, Request] = {
    "list": ("GET", "/records/lead?limit=500", None),
    "count": asked({**rule("name", "contains", SECRET), "count": "exact"}),
    "capped count": ("GET", "/records/lead?count=capped&q=绝密", None),
    "picker": ("GET", "/records/account?q=绝密工程", None),
    "pinyin": ("GET", "/records/account?q=juemi", None),
    "search": ("GET", "/search?q=绝密工程", None),
    "search by pinyin": ("GET", "/search?q=jmgc", None),
    "filter by id": asked(rule("id", "=", "{lead}")),
    "filter through a reference": asked(rule("account.name", "contains", SECRET)),
    "sort": ("GET", "/records/lead?sort=-expected_amount&limit=500", None),
    "path": ("GET", "/records/lead?fields=name,account.name&limit=500", None),
    "reverse list": asked(rule("account", "=", "{account}")),
    "sum": greatest("lead", "expected_amount"),
    "group": grouped("lead", "name"),
    "group through a reference": grouped("lead", "account"),
    "timeline": ("GET", "/records/lead/{lead}/timeline", None),
    "shares": ("GET", "/records/lead/{lead}/shares", None),
    "record": ("GET", "/records/lead/{lead}", None),
}


@pytest.mark.parametrize("path", PATHS)
async def test_unseen_record_is_absent(
    workspace: Workspace, unseen: dict[str, str], path: str
) -> None:
    """B02"""
    xia = await workspace.as_person("xia")
    method, address, body = PATHS[path]
    for name, value in unseen.items():
        address = address.replace("{" + name + "}", value)
        body = json.loads(json.dumps(body).replace("{" + name + "}", value))
    answer = await xia.http.request(method, f"/api/v1{address}", json=body)
    assert answer.status_code in (200, 404), answer.text
    for trace in (SECRET, "777777", *unseen.values()):
        assert trace not in answer.text or trace in address
    if "count" in path:
        assert answer.json()["page"]["count"] == 0


async def test_unseen_record_refuses_as_a_missing_one_does(
    workspace: Workspace, unseen: dict[str, str]
) -> None:
    """B01: the two can't be told apart."""
    xia = await workspace.as_person("xia")
    missing = "019d0000-0000-7000-8000-000000000001"
    for method, suffix in (("GET", ""), ("GET", "/timeline"), ("PATCH", "")):
        bodies = []
        for record in (unseen["lead"], missing):
            answer = await xia.http.request(
                method,
                f"/api/v1/records/lead/{record}{suffix}",
                json={"name": "x"} if method == "PATCH" else None,
                headers={"If-Match": '"1"'},
            )
            assert answer.status_code == 404
            bodies.append({**answer.json(), "trace_id": None})
        assert bodies[0] == bodies[1]


async def test_reference_to_an_unseen_record_shows_no_title(
    workspace: Workspace, unseen: dict[str, str]
) -> None:
    lead = await workspace.create(
        "lead",
        name="指向别处",
        source="web_form",
        owner=str(workspace.people["xia"]),
        account=unseen["account"],
    )
    xia = await workspace.as_person("xia")
    shown = (await xia.get(f"/records/lead/{lead}")).json()
    assert shown["account"] == {"id": unseen["account"], "title": None}


async def test_reader_by_share_neither_prolongs_it_nor_takes_from_others(
    workspace: Workspace, unseen: dict[str, str]
) -> None:
    """B02, B16: what was opened for a time ends then; what another opened is not his to change."""
    people, path = workspace.people, f"/records/lead/{unseen['lead']}/shares"
    admin, xia = await workspace.as_person("admin"), await workspace.as_person("xia")
    until = (workspace.clock.now() + timedelta(days=20_000)).isoformat()
    for who, level in (("xia", "read"), ("ma", "edit")):
        body = {"principal": str(people[who]), "level": level, "until": until}
        assert (await admin.post(path, body)).status_code == 201

    answers = [
        await xia.post(path, {"principal": str(people["xia"]), "level": "read"}),
        await xia.post(path, {"principal": str(workspace.departments["销售一部"])}),
        await xia.post(path, {"principal": str(people["ma"]), "level": "read"}),
        await xia.delete(f"{path}/{people['ma']}"),
    ]

    assert [each.status_code for each in answers] == [403] * 4
    assert (await xia.post(path, {"principal": str(people["lin"])})).status_code == 201
    for who in ("xia", "ma", "lin"):
        assert (await admin.delete(f"{path}/{people[who]}")).status_code == 204


# Fields


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def colleagues(workspace: Workspace) -> AsyncIterator[str]:
    """A lead of 林's: 夏 of the same department sees it, its phone masked, its code not."""
    lead = await workspace.create(
        "lead",
        name="同事的",
        source="web_form",
        phone="13812345678",
        credit_code="91330100MA27XW8T5D",
        owner=str(workspace.people["lin"]),
    )
    yield str(lead)


HIDDEN_PATHS: dict[str, Request] = {
    "record": ("GET", "/records/lead/{lead}", None),
    "list": ("GET", "/records/lead?limit=500", None),
    "fields": ("GET", "/records/lead?fields=name,phone&limit=500", None),
    "timeline": ("GET", "/records/lead/{lead}/timeline", None),
    "search": ("GET", "/search?q=13812345678", None),
    "search by code": ("GET", "/search?q=91330100MA27XW8T5D", None),
    "filter": asked(rule("phone", "contains", "1381234")),
    "filter by code": asked(rule("credit_code", "=", "91330100MA27XW8T5D")),
    "group": grouped("lead", "phone"),
    "group by code": grouped("lead", "credit_code"),
    "max": greatest("lead", "credit_code"),
}


@pytest.mark.parametrize("path", HIDDEN_PATHS)
async def test_masked_and_hidden_values_are_nowhere(
    workspace: Workspace, colleagues: str, path: str
) -> None:
    """B04"""
    xia = await workspace.as_person("xia")
    method, address, body = HIDDEN_PATHS[path]
    address = address.replace("{lead}", colleagues)
    answer = await xia.http.request(method, f"/api/v1{address}", json=body)
    assert answer.status_code in (200, 422), answer.text
    for value in ("13812345678", "91330100MA27XW8T5D"):
        assert value not in answer.text or value in address
    if path.startswith("filter"):
        assert answer.json()["data"] == []


async def test_masked_text_written_back_is_refused(workspace: Workspace, colleagues: str) -> None:
    xia = await workspace.as_person("xia")
    shown = (await xia.get(f"/records/lead/{colleagues}")).json()
    assert shown["phone"] == "138****5678"
    assert "phone" in shown["_masked"]
    assert "credit_code" not in shown
    answer = await xia.patch(f"/records/lead/{colleagues}", {"phone": shown["phone"]}, 1)
    assert answer.status_code in (403, 422)


# Policies


async def with_policies(workspace: Workspace, login: str, *written: Policy) -> Client:
    """A person whose only role, beside that of all members, has these policies."""
    role = await workspace.create("role", key=f"role_{login}", name=f"role {login}")
    user = await workspace.create(
        "user",
        name=login,
        login=login,
        active=True,
        roles=[str(role)],
        department=str(workspace.departments["销售二部"]),
    )
    async with workspace.kernel.app.connection() as connection, connection.transaction():
        await policies.replace_policies(connection, role, written)
    workspace.people[login] = user
    answer = await (await workspace.as_person("admin")).post(f"/people/{user}/invitations")
    token = answer.json()["link"].rpartition("/")[2]
    async with workspace.client() as nobody:
        password = {"password": "correct horse battery staple"}
        await nobody.post(f"/api/v1/invitations/{token}", json=password)
    return await workspace.sign_in(login)


def conditional(*rules: Any, **options: Any) -> Policy:
    return Policy(
        "lead",
        frozenset({"see"}),
        "condition",
        {"combinator": "and", "rules": list(rules)},
        **options,
    )


BROKEN = {
    "deleted field": {"field": "no_such_field", "operator": "=", "value": 1},
    "wrong type": {"field": "expected_amount", "operator": "=", "value": {"me": True}},
    "unknown operator": {"field": "name", "operator": "resembles", "value": "x"},
    "unknown person": {"field": "owner", "operator": "=", "value": str(UUID(int=7))},
    "no rules": {"combinator": "and"},
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_policy_that_errs_denies(
    workspace: Workspace, unseen: dict[str, str], broken: str
) -> None:
    """B17: never allow."""
    login = "b17." + broken.replace(" ", ".")
    client = await with_policies(workspace, login, conditional(BROKEN[broken]))
    listed = await client.get("/records/lead?limit=500")
    assert listed.status_code == 200, listed.text
    assert listed.json()["data"] == []
    assert (await client.get(f"/records/lead/{unseen['lead']}")).status_code == 404


async def test_policy_with_empty_operands_is_two_valued(
    workspace: Workspace, unseen: dict[str, str]
) -> None:
    """B18: `!=` and `notIn` include empty; `in` of nothing takes nothing."""
    everything = {"field": "lost_reason", "operator": "!=", "value": "price"}
    none_of = {"field": "lost_reason", "operator": "notIn", "value": ["price", "no_need"]}
    nothing = {"field": "state", "operator": "in", "value": []}
    for number, (policy_rule, sees) in enumerate(
        ((everything, True), (none_of, True), (nothing, False))
    ):
        client = await with_policies(workspace, f"b18.{number}", conditional(policy_rule))
        found = await client.get(f"/records/lead/{unseen['lead']}")
        assert found.status_code == (200 if sees else 404), policy_rule


async def test_role_taken_away_holds_from_the_next_request(
    workspace: Workspace, unseen: dict[str, str]
) -> None:
    """B09"""
    client = await with_policies(workspace, "b09", Policy("lead", frozenset({"see"}), "all"))
    path = f"/records/lead/{unseen['lead']}"
    assert (await client.get(path)).status_code == 200
    admin = await workspace.as_person("admin")
    user = str(workspace.people["b09"])
    version = (await admin.get(f"/records/user/{user}")).json()["version"]
    changed = await admin.patch(f"/records/user/{user}", {"roles": []}, version)
    assert changed.status_code == 200, changed.text
    assert (await client.get(path)).status_code == 404
    gone = await admin.patch(f"/records/user/{user}", {"active": False}, version + 1)
    assert gone.status_code == 200
    assert (await client.get("/me")).status_code == 401


async def test_nobody_gives_a_role_beyond_his_own(workspace: Workspace) -> None:
    """B10: whoever may edit people can't make himself an administrator."""
    everybody = Policy("user", frozenset({"see", "create", "edit"}), "all")
    client = await with_policies(workspace, "b10", everybody)
    administrator = str(installation.role_id(workspace.kernel.catalog.roles["administrator"]))
    mine = str(workspace.people["b10"])
    version = (await client.get(f"/records/user/{mine}")).json()["version"]
    roles = {"roles": [administrator]}
    for answer in (
        await client.patch(f"/records/user/{mine}", roles, version),
        await client.post(
            "/records/user", {"name": "x", "login": "b10.x", "active": True, **roles}
        ),
        await client.post(
            "/records/user/bulk", {"operation": "update", "rows": [{"id": mine, **roles}]}
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "cannot_grant"), answer.text
    assert (await client.get("/me")).json()["rights"] == []
    renamed = await client.patch(f"/records/user/{mine}", {"title": "助理"}, version)
    assert renamed.status_code == 200, "what gives nothing is not in the way"


async def test_nobody_moves_a_post_to_where_he_sees_more(workspace: Workspace) -> None:
    """B10: also when the change names the department alone, and when a post comes back."""
    posts = Policy("post", frozenset({"see", "edit", "delete"}), "all")
    leads = Policy("lead", frozenset({"see"}), "department")
    client = await with_policies(workspace, "b10.post", posts, leads)
    mine, above = str(workspace.people["b10.post"]), str(workspace.departments["销售部"])
    own = str(workspace.departments["销售二部"])
    post = await workspace.create("post", user=mine, department=own, title="专员")
    gone = await workspace.create("post", user=mine, department=above, title="兼岗")
    await workspace.save("post", Write("delete", id=gone))

    answers = [
        await client.patch(f"/records/post/{post}", {"department": above}, 1),
        await client.post(f"/records/post/{gone}/restore"),
    ]

    assert [each.json()["code"] for each in answers] == ["cannot_grant"] * 2
    renamed = await client.patch(f"/records/post/{post}", {"title": "助理"}, 1)
    assert renamed.status_code == 200, renamed.text
