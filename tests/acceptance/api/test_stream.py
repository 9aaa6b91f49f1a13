"""The stream: what happens, as it happens, to those who may see it."""

from __future__ import annotations

import pytest

from sanhuan.records import Write
from tests import workspace as workspaces
from tests.workspace import Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_change_reaches_owner_and_manager_but_no_other_department(
    workspace: Workspace,
) -> None:
    xia, lu, zhou = [await workspace.as_person(name) for name in ("xia", "lu", "zhou")]
    firm = await account(workspace)
    async with (
        workspaces.listening(workspace, xia) as mine,
        workspaces.listening(workspace, lu) as managers,
        workspaces.listening(workspace, zhou) as others,
    ):
        made = await xia.create("opportunity", name="镜湖三号", account=firm)
        theirs = await zhou.create("lead", name="别处", source="web_form")
        for stream in (mine, managers):
            event = await stream.next()
            assert event is not None
            assert (event.name, event.data["object"]) == ("change", "opportunity")
            assert (event.data["id"], event.data["version"]) == (made["id"], 1)
        heard = await others.next()
    assert heard is not None
    assert heard.data["id"] == theirs["id"], "the first that they hear of is their own"


async def account(workspace: Workspace) -> str:
    """An account of 夏's, made past the stream's listeners' sight of it: it is older."""
    owner = str(workspace.people["xia"])
    return str(await workspace.create("account", name="镜湖建设", owner=owner))


async def test_record_given_away_is_gone_for_its_former_owner(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    made = await xia.create("lead", name="要转走", source="web_form")
    lu = await workspace.as_person("lu")
    async with workspaces.listening(workspace, xia) as stream:
        answer = await lu.patch(
            f"/records/lead/{made['id']}", {"owner": str(workspace.people["zhou"])}, 1
        )
        assert answer.status_code == 200, answer.text
        event = await stream.next()
    assert event is not None
    assert (event.name, event.data) == (
        "gone",
        {"object": "lead", "id": made["id"], "version": 2},
    )


async def test_hidden_field_is_not_named_and_its_change_alone_not_told(
    workspace: Workspace,
) -> None:
    """B04: a seller sees leads of the department, but not their credit code."""
    lin, xia = await workspace.as_person("lin"), await workspace.as_person("xia")
    made = await xia.create("lead", name="同部门", source="web_form")
    path = f"/records/lead/{made['id']}"
    async with workspaces.listening(workspace, lin) as stream:
        hidden = await xia.patch(path, {"credit_code": "91330100MA27XW8T5D"}, 1)
        assert hidden.status_code == 200, hidden.text
        await xia.patch(path, {"name": "同部门的"}, 2)
        event = await stream.next()
    assert event is not None
    assert event.data["version"] == 3
    assert event.data["fields"] == ["name"]


async def test_listener_goes_on_from_the_last_event_it_had(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    async with workspaces.listening(workspace, xia) as stream:
        await xia.create("lead", name="第一", source="web_form")
        first = await stream.next()
    assert first is not None
    missed = await xia.create("lead", name="没听到", source="web_form")
    async with workspaces.listening(workspace, xia, after=first.cursor) as stream:
        event = await stream.next()
    assert event is not None
    assert event.data["id"] == missed["id"]


async def test_altered_cursor_is_refused(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    async with workspaces.listening(workspace, xia, after="1-1-1.forged") as stream:
        assert stream.status == 400


async def test_stream_ends_with_its_session(workspace: Workspace) -> None:
    """B09: whoever signs out, or is made inactive, hears nothing after two seconds."""
    xia = await workspace.sign_in("xia")
    async with workspaces.listening(workspace, xia) as stream:
        assert (await xia.delete("/session")).status_code == 204
        assert await stream.next(within_s=3) is None


async def test_listener_is_told_when_his_rights_change(workspace: Workspace) -> None:
    """From then on he is judged by what he may see now."""
    zhou = await workspace.as_person("zhou")
    async with workspaces.listening(workspace, zhou) as stream:
        live = workspaces.live_of(workspace)
        await live.look()
        write = Write(
            "update",
            {"department": str(workspace.departments["销售一部"])},
            id=workspace.people["zhou"],
        )
        await workspace.save("user", write)
        await live.look()
        heard = {(await next_of(stream)).name for _ in range(2)}
        assert heard == {"change", "catalog"}, "his own record, and his rights"
        await (await workspace.as_person("lin")).create("lead", name="新同事", source="other")
        assert (await next_of(stream)).data["object"] == "lead"


async def next_of(stream: workspaces.Stream) -> workspaces.Event:
    event = await stream.next()
    assert event is not None
    return event


async def test_task_reaches_its_assignee_by_a_condition(workspace: Workspace) -> None:
    """The member's policy on tasks is a condition over the record."""
    xia, lin = await workspace.as_person("xia"), await workspace.as_person("lin")
    async with (
        workspaces.listening(workspace, xia) as mine,
        workspaces.listening(workspace, lin) as others,
    ):
        task = await workspace.create(
            "task", subject="去电", assignee=str(workspace.people["xia"]), kind="todo"
        )
        own = await lin.create("lead", name="自己的", source="web_form")
        event = await mine.next()
        heard = await others.next()
    assert event is not None
    assert heard is not None
    assert event.data["id"] == str(task)
    assert heard.data["id"] == own["id"]


async def test_task_given_to_another_is_gone_for_the_first(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    task = await workspace.create(
        "task", subject="转办", assignee=str(workspace.people["xia"]), kind="todo"
    )
    async with workspaces.listening(workspace, xia) as stream:
        write = Write("update", {"assignee": str(workspace.people["lin"])}, id=task)
        await workspace.save("task", write)
        event = await stream.next()
    assert event is not None
    assert (event.name, event.data["id"]) == ("gone", str(task))


async def test_log_is_read_in_order_by_those_with_the_right(workspace: Workspace) -> None:
    admin, xia = await workspace.as_person("admin"), await workspace.as_person("xia")
    assert (await xia.get("/changes")).status_code == 403
    place, seen = None, []
    while True:
        path = "/changes?limit=50" + (f"&after={place}" if place else "")
        answer = (await admin.get(path)).json()
        seen += [entry["id"] for entry in answer["data"]]
        if answer["page"]["next"] == place:
            break
        place = answer["page"]["next"]
    assert len(seen) == len(set(seen)) > 10
