"""Who may ask at all: public routes, sessions, cookies, tokens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from sanhuan.web import listening, routes
from sanhuan.web.routing import Route
from tests.workspace import PASSWORD, Client, Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLIC = Path(__file__).with_name("public_routes.txt").read_text().split("\n")
PARAMETER = re.compile(r"\{(\w+):\w+\}")


async def test_public_routes_are_those_listed() -> None:
    """B22: an explicit list of at most 12."""
    found = sorted(f"{each.method} {plain(each.address)}" for each in routes.public())
    assert found == [line for line in PUBLIC if line]
    assert len(found) <= 12


def plain(path: str) -> str:
    return PARAMETER.sub(r"{\1}", path)


def protected(workspace: Workspace) -> list[Route]:
    return list(routes.signed_in(listening.Live(workspace.kernel)))


def address(route: Route) -> str:
    return "/api/v1" + PARAMETER.sub("x", route.path)


async def test_every_other_route_asks_for_a_session(workspace: Workspace) -> None:
    """B22: without one, with one that ended, with a token that is none."""
    ended = await workspace.sign_in("xia")
    await ended.delete("/session")
    async with workspace.client() as nobody:
        for route in protected(workspace):
            for headers in ({}, {"Authorization": f"Bearer {ended.token}"}, {"Cookie": "a=b"}):
                answer = await nobody.request(route.method, address(route), headers=headers)
                assert answer.status_code == 401, (route.method, route.path, answer.text)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/records/lead/bulk", "application/json"),
        ("/imports/preview", "multipart/form-data; boundary=x"),
    ],
)
async def test_large_body_of_nobody_is_not_read(workspace: Workspace, path: str, kind: str) -> None:
    """A11, A33: whoever is not signed in can't make us keep or parse it."""
    taken: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield b"[" * 65_536

    headers = {"Content-Type": kind, "Authorization": f"Bearer sh_s_{'A' * 43}"}
    async with workspace.client() as client:
        answer = await client.post(f"/api/v1{path}", content=body(), headers=headers)

    assert answer.status_code == 401
    assert len(taken) <= 1


async def test_expired_session_is_none(workspace: Workspace) -> None:
    client = await workspace.sign_in("zhou")
    workspace.clock.advance(timedelta(hours=13))
    assert (await client.get("/me")).status_code == 401
    workspace._clients.clear()


async def test_unknown_and_known_login_are_answered_alike(workspace: Workspace) -> None:
    """C02: same status, same body."""
    async with workspace.client("203.0.113.99") as nobody:
        bodies = []
        for login in ("nobody.at.all", "xia", "system"):
            answer = await nobody.post(
                "/api/v1/session", json={"login": login, "password": "wrong"}
            )
            assert answer.status_code == 401
            bodies.append({**answer.json(), "trace_id": None})
    assert bodies[0] == bodies[1] == bodies[2]


async def test_too_many_attempts_are_told_when_to_come_back(workspace: Workspace) -> None:
    wrong = {"login": "someone", "password": "wrong"}
    async with workspace.client("203.0.113.50") as nobody:
        for _ in range(10):
            assert (await nobody.post("/api/v1/session", json=wrong)).status_code == 401
        answer = await nobody.post("/api/v1/session", json=wrong)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


async def test_sign_in_begins_a_session_of_its_own_with_safe_cookies(workspace: Workspace) -> None:
    """C11: a cookie set before is not taken over; the session's is out of scripts' reach."""
    async with workspace.client() as browser:
        browser.cookies.set("sanhuan_session", "sh_s_" + "A" * 43)
        answer = await browser.post("/api/v1/session", json={"login": "xia", "password": PASSWORD})
    assert answer.status_code == 201
    session, csrf = answer.headers.get_list("set-cookie")
    assert answer.json()["token"] in session
    assert "A" * 43 not in session
    for flag in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in session
    assert "HttpOnly" not in csrf, "scripts of our own page read it"


async def browser_of(workspace: Workspace, login: str) -> tuple[Client, str]:
    """Someone who is signed in by cookie, and the CSRF token that scripts of his page read.

    The workspace's clock stands in the past, so that a real jar would drop the cookies.
    """
    async with workspace.client() as http:
        answer = await http.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    pairs = [each.partition(";")[0] for each in answer.headers.get_list("set-cookie")]
    return Client(workspace.client(Cookie="; ".join(pairs))), pairs[1].partition("=")[2]


async def test_change_by_cookie_needs_the_csrf_token(workspace: Workspace) -> None:
    """C12: a foreign page makes the browser send the cookie, not the header."""
    browser, token = await browser_of(workspace, "xia")
    lead = {"name": "跨站", "source": "web_form"}
    assert (await browser.get("/me")).status_code == 200
    assert (await browser.post("/records/lead", lead)).status_code == 403
    wrong = await browser.post("/records/lead", lead, headers={"X-CSRF-Token": "x"})
    assert wrong.status_code == 403
    right = await browser.post("/records/lead", lead, headers={"X-CSRF-Token": token})
    assert right.status_code == 201
    await browser.http.aclose()


async def test_sign_out_ends_the_session_at_once(workspace: Workspace) -> None:
    client = await workspace.sign_in("xia")
    assert (await client.delete("/session")).status_code == 204
    assert (await client.get("/me")).status_code == 401


async def test_me_gives_rights_and_menu_of_the_person(workspace: Workspace) -> None:
    xia, admin = await workspace.sign_in("xia"), await workspace.sign_in("admin")
    mine, his = (await xia.get("/me")).json(), (await admin.get("/me")).json()
    assert mine["user"]["department"]["title"] == "销售一部"
    assert mine["rights"] == []
    assert "create" in mine["objects"]["lead"]["acts"]
    pages = {item["page"] for app in mine["menu"] for item in app["items"]}
    assert "lead.list" in pages
    assert "system.people" not in pages
    assert "system.people" in {item["page"] for app in his["menu"] for item in app["items"]}


async def test_api_token_does_what_its_scopes_leave(workspace: Workspace) -> None:
    xia = await workspace.sign_in("xia")
    answer = await xia.post("/tokens", {"name": "报表", "scopes": ["lead:see"], "expires_at": None})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    program = Client(workspace.client(Authorization=f"Bearer {made['token']}"))
    assert (await program.get("/records/lead")).status_code == 200
    assert (await program.get("/records/account")).status_code == 404
    lead = {"name": "越权", "source": "web_form"}
    assert (await program.post("/records/lead", lead)).status_code == 403
    more = await program.post("/tokens", {"name": "x", "scopes": ["*"], "expires_at": None})
    assert more.status_code == 403
    assert [each["id"] for each in (await xia.get("/tokens")).json()["data"]] == [made["id"]]
    assert (await program.delete("/session")).status_code == 204
    assert (await xia.delete(f"/tokens/{made['id']}")).status_code == 404, "it has ended itself"
    assert (await program.get("/records/lead")).status_code == 401
    await program.http.aclose()


async def test_invited_person_sets_a_password_once_and_is_in(workspace: Workspace) -> None:
    admin = await workspace.sign_in("admin")
    answer = await admin.post("/people/invitations", {"name": "新人", "login": "xin.ren"})
    assert answer.status_code == 201, answer.text
    link = answer.json()["link"]
    assert link.startswith("http://test/invitations/"), "from the settings, not from the request"
    token = link.rpartition("/")[2]
    async with workspace.client(Host="evil.example") as nobody:
        path = f"/api/v1/invitations/{token}"
        assert (await nobody.get(path)).json() == {"name": "新人", "login": "xin.ren"}
        weak = await nobody.post(path, json={"password": "123456"})
        assert weak.status_code == 422
        first = await nobody.post(path, json={"password": PASSWORD})
        assert first.status_code == 201, first.text
        again = await nobody.post(path, json={"password": PASSWORD})
    assert again.status_code == 404
    assert (await workspace.sign_in("xin.ren")).user is not None


async def test_only_managers_of_people_invite(workspace: Workspace) -> None:
    xia = await workspace.sign_in("xia")
    answer = await xia.post("/people/invitations", {"name": "x", "login": "x"})
    assert answer.status_code == 403


def local(workspace: Workspace) -> httpx.AsyncClient:
    """Someone on the machine itself."""
    return workspace.client("127.0.0.1", Host="127.0.0.1:8000")


async def test_demo_people_are_told_to_this_machine_only(workspace: Workspace) -> None:
    async with local(workspace) as here, workspace.client() as there:
        for client in (here, there):
            answer = await client.get("/api/v1/workspace")
            assert answer.json()["demo_people"] == []
            assert answer.json()["sample"] is False


async def test_metrics_are_for_this_machine(workspace: Workspace) -> None:
    async with local(workspace) as here, workspace.client() as there:
        figures = (await here.get("/metrics")).text
        for name in ("sanhuan_requests_total", "sanhuan_pool_size", "sanhuan_stream_listeners"):
            assert name in figures
        assert (await there.get("/metrics")).status_code == 404
        proxied = await here.get("/metrics", headers={"X-Forwarded-For": "203.0.113.1"})
        assert proxied.status_code == 404
        assert (await here.get("/healthz")).status_code == 200
        assert (await here.get("/readyz")).status_code == 200
        page = await there.head("/")
        assert (page.status_code, page.content) in ((200, b""), (503, b""))
