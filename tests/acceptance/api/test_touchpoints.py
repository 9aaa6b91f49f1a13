"""From outside to a record over HTTP: signed messages, files, a real history replayed."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from sanhuan.database import jobs
from sanhuan.identity import SYSTEM_USER
from sanhuan.sample import replaying
from sanhuan.touchpoints import messages, part, secrets, sending
from sanhuan.web import assembly
from tests.workspace import BASE_URL, Client, Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

FUNNEL = os.environ.get("SANHUAN_FUNNEL")
PROVE = os.environ.get("SANHUAN_PROVE") == "1"


async def secret_of(workspace: Workspace, source: str) -> bytes:
    async with workspace.kernel.app.connection() as connection:
        return await secrets.renew(connection, source, SYSTEM_USER, workspace.clock.now())


async def work(workspace: Workspace) -> None:
    """Do the jobs that wait, as a worker does."""
    tasks: list[jobs.Task] = [
        jobs.Task(name=one.name, run=one.run, queue=one.queue)
        for one in part.tasks(workspace.kernel)
    ]
    async with jobs.opened(workspace.kernel.access.app, tasks) as app:
        await jobs.work(app, wait=False)


async def send(
    workspace: Workspace, secret: bytes, body: Any, source: str = "web_leads", **headers: str
) -> httpx.Response:
    encoded = json.dumps(body).encode()
    signed = messages.sign(secret, uuid4().hex, workspace.clock.now(), encoded)
    async with workspace.client() as http:
        path = f"/api/v1/hooks/{source}"
        return await http.post(path, content=encoded, headers={**signed, **headers})


async def test_signed_message_is_stored_then_becomes_a_lead(workspace: Workspace) -> None:
    secret = await secret_of(workspace, "web_leads")
    event = {"id": "h-1", "type": "lead.created", "data": {"lead": "h-1", "name": "韩梅梅"}}
    answer = await send(workspace, secret, [event])
    assert (answer.status_code, answer.json()) == (200, {"stored": 1, "repeated": 0})
    await work(workspace)
    admin = await workspace.as_person("admin")
    found = (await admin.get("/records/lead", params={"q": "韩梅梅"})).json()["data"]
    assert [one["name"] for one in found] == ["韩梅梅"]


@pytest.mark.parametrize(
    ("headers", "source", "status", "code"),
    [
        ({"webhook-signature": "v1,AAAA"}, "web_leads", 401, "bad_signature"),
        ({}, "nobody", 404, "unknown_source"),
        ({"webhook-timestamp": "1"}, "web_leads", 401, "bad_signature"),
    ],
)
async def test_message_that_can_not_be_trusted_is_refused(
    workspace: Workspace, headers: dict[str, str], source: str, status: int, code: str
) -> None:
    secret = await secret_of(workspace, "web_leads")
    answer = await send(workspace, secret, {"type": "a", "data": {}}, source, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_refused_event_is_seen_with_its_reason_by_those_who_manage_sources(
    workspace: Workspace,
) -> None:
    """O11"""
    secret = await secret_of(workspace, "web_leads")
    event = {"id": "h-2", "type": "lead.created", "data": {"lead": "h-2", "industry": "x"}}
    await send(workspace, secret, [event])
    await work(workspace)
    admin, seller = await workspace.as_person("admin"), await workspace.as_person("xia")
    assert (await seller.get("/sources")).status_code == 403
    tray = (await admin.get("/sources/web_leads/events", params={"state": "refused"})).json()
    [refused] = [one for one in tray["data"] if one["event_id"] == "h-2"]
    assert [(one["field"], one["code"]) for one in refused["errors"]] == [
        ("industry", "unknown_choice")
    ]
    path = f"/sources/web_leads/events/{refused['id']}/replay"
    assert (await seller.post(path, {})).status_code == 403
    assert (await admin.post(path, {})).status_code == 200
    [state] = [
        one for one in (await admin.get("/sources")).json()["data"] if one["name"] == "web_leads"
    ]
    assert state["counts"]["new"] == 1
    await work(workspace)


async def upload(client: Client, path: str, content: bytes, **fields: str) -> httpx.Response:
    files = {"file": ("客户.csv", content, "text/csv")}
    return await client.http.post(f"/api/v1{path}", files=files, data=fields)


async def test_file_is_previewed_imported_watched_and_undone(workspace: Workspace) -> None:
    lu = await workspace.as_person("lu")
    content = "名称,电话\n越辰建设,13812345678\n曹娥钢构,1.38E+10\n".encode("gb18030")
    shown = (await upload(lu, "/imports/preview", content, object="account")).json()
    assert (shown["encoding"], shown["rows"]) == ("gb18030", 2)
    assert shown["preview"][1]["errors"][0]["code"] == "damaged_number"

    answer = await upload(lu, "/imports", content, object="account", mode="each")
    assert answer.status_code == 202, answer.text
    path = f"/imports/{answer.json()['id']}"
    assert (await lu.get(path)).json()["state"] == "waiting"
    await work(workspace)
    done = (await lu.get(path)).json()
    assert (done["state"], done["counts"]["created"], done["counts"]["refused"]) == ("done", 1, 1)
    assert done["refused"][0]["errors"][0]["field"] == "phone"
    told = (await lu.get(f"{path}/refused")).content.decode("utf-8-sig")
    assert told.splitlines()[0] == "名称,电话,错误"

    assert (await lu.post(f"{path}/undo")).status_code == 202
    await work(workspace)
    undone = (await lu.get(path)).json()
    assert (undone["state"], undone["undo"]["removed"]) == ("undone", 1)
    assert (await lu.post(f"{path}/undo")).status_code == 409
    assert (await lu.get("/records/account", params={"q": "越辰建设"})).json()["data"] == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "not_a_table"),
        (b"PK\x03\x04 broken", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_workbook"),
    ],
)
async def test_file_that_is_no_table_is_refused(
    workspace: Workspace, content: bytes, code: str
) -> None:
    """D05"""
    lu = await workspace.as_person("lu")
    for path in ("/imports/preview", "/imports"):
        answer = await upload(lu, path, content, object="account")
        assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest_asyncio.fixture(loop_scope="module")
async def sender(workspace: Workspace) -> AsyncIterator[sending.Sender]:
    """Sends to the campaign's source over HTTP."""
    transport = httpx.ASGITransport(cast(Any, workspace.app))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        secret = await secret_of(workspace, "campaign")

        async def sleep(seconds: float) -> None:
            workspace.clock.advance(timedelta(seconds=seconds))
            await asyncio.sleep(0)

        url = f"{BASE_URL}/api/v1/hooks/campaign"
        yield sending.Sender(url, secret, client, workspace.clock, sleep)


async def test_phone_campaign_is_replayed_through_the_webhook(
    workspace: Workspace, sender: sending.Sender
) -> None:
    limit = None if PROVE else 300
    events = replaying.history(None, until=date(2026, 3, 1))[:limit]
    done = await sending.at_once(sender, [one for _, one in events], lambda _: None)
    assert (done.stored, done.repeated, done.conflicts) == (len(events), 0, 0)
    await work(workspace)
    admin = await workspace.as_person("admin")
    told = (await admin.get("/sources")).json()["data"]
    [state] = [one for one in told if one["name"] == "campaign"]
    leads = {one.data["lead"] for _, one in events if one.type == "lead.created"}
    assert state["counts"]["refused"] == 0
    # A call waits for a lead that lies beyond the part which is replayed, never for another.
    orphans = sum(one.type == "call.made" and one.data["lead"] not in leads for _, one in events)
    assert state["counts"]["waiting"] == orphans
    assert state["counts"]["applied"] == len(events) - orphans
    again = await sending.at_once(sender, [one for _, one in events], lambda _: None)
    assert (again.stored, again.repeated) == (0, len(events))


async def test_history_is_replayed_at_the_speed_that_is_asked_for(
    workspace: Workspace, sender: sending.Sender
) -> None:
    events = replaying.now(replaying.history(None, until=date(2026, 3, 1), seed=2)[:40])
    renamed = [
        (at, sending.Sent(f"s-{one.id}", one.type, one.at, {**one.data, "lead": f"s-{at}"}))
        for at, one in events
    ]
    begun = workspace.clock.now()
    speed = 3_600.0
    done = await sending.at_speed(sender, renamed, speed, lambda _: None)
    took = workspace.clock.now() - begun
    span = (events[-1][0] - events[0][0]) / speed
    assert done.sent == 40
    assert span <= took <= span + timedelta(seconds=2)


@pytest.mark.skipif(not FUNNEL, reason="SANHUAN_FUNNEL names no folder with the funnel's files")
async def test_published_marketing_funnel_is_replayed_through_the_webhook(
    workspace: Workspace, sender: sending.Sender
) -> None:
    """5,625 leads, 573 deals (its licence keeps it from shipping with the product)."""
    events = replaying.history(Path(FUNNEL or ""), until=date(2026, 3, 1))
    assert len(events) == 5_625 + 573
    await sending.at_once(sender, [one for _, one in events], lambda _: None)
    await work(workspace)
    async with workspace.kernel.app.connection() as connection:
        cursor = await connection.execute(
            "select type, state, count(*) from kernel.source_event"
            " where source = 'campaign' and event_id = any(%s) group by 1, 2",
            ([one.id for _, one in events],),
        )
        assert sorted(await cursor.fetchall()) == [
            ("lead.created", "applied", 5_625),
            ("lead.won", "applied", 573),
        ]


async def test_every_task_of_the_outer_ring_is_known_to_workers(workspace: Workspace) -> None:
    names = {task.name for part_ in assembly.parts() for task in part_.tasks(workspace.kernel)}
    assert {"touchpoints.apply", "touchpoints.import", "touchpoints.undo_import"} <= names
