"""Objects made and changed over the API (S01): planned, published by a worker, used, taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sanhuan.catalog import publish
from sanhuan.identity import credentials
from sanhuan.studio import installation, publications
from tests.workspace import PASSWORD, Client, Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

VISIT = {
    "name": "showroom",
    "label": {"zh": "展厅", "en": "Showroom"},
    "title_field": "name",
    "fields": [
        {"name": "name", "type": "text", "label": {"zh": "名称", "en": "Name"}, "required": True},
        {"name": "area", "type": "decimal", "label": {"zh": "面积", "en": "Area"}},
    ],
}


async def carried_out(
    workspace: Workspace, client: Client, request: str, *, administers: bool = False
) -> dict[str, Any]:
    """Let the worker's job run, and answer what became of it."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with await psycopg.AsyncConnection.connect(
            workspace.database.ddl_dsn, autocommit=True
        ) as connection:
            yield connection

    publisher = publish.Publisher(connect, workspace.kernel.kinds)
    await publications.carry_out(
        workspace.kernel.app, publisher, UUID(request), administers=administers
    )
    found: dict[str, Any] = (await client.get(f"/publications/{request}")).json()
    return found


async def test_object_made_over_the_api_is_used_at_once_and_taken_back(
    workspace: Workspace,
) -> None:
    admin = await workspace.as_person("admin")
    asked = {"changes": [{"kind": "object", "body": VISIT}]}
    planned = await admin.post("/definitions/plan", asked)
    assert planned.status_code == 200, planned.text
    assert planned.json()["steps"][0].startswith("create table o_x")

    answer = await admin.post("/definitions/publish", asked)
    assert answer.status_code == 202, answer.text
    done = await carried_out(workspace, admin, answer.json()["id"])
    assert done["state"] == "done"

    made = await admin.create("showroom", name="杭州展厅", area="120.5")
    assert made["area"] == "120.50"
    names = [each["name"] for each in (await admin.get("/objects")).json()["data"]]
    assert "showroom" in names

    undo = await admin.post(f"/publications/{answer.json()['id']}/undo")
    assert (await carried_out(workspace, admin, undo.json()["id"]))["state"] == "done"
    assert (await admin.get("/records/showroom")).status_code == 404


async def test_definition_that_does_not_fit_is_told_when_planned(workspace: Workspace) -> None:
    admin = await workspace.as_person("admin")
    body = {"id": "lead", "title_field": "nothing"}

    answer = await admin.post("/definitions/plan", {"changes": [{"kind": "object", "body": body}]})

    assert answer.status_code == 422
    assert answer.json()["code"] == "definitions_unfit"


async def test_seller_may_neither_read_nor_change_definitions(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    asked = {"changes": [{"kind": "object", "body": VISIT}]}

    for answer in (
        await xia.get("/definitions/role"),
        await xia.post("/definitions/plan", asked),
        await xia.post("/definitions/publish", asked),
    ):
        assert answer.status_code == 403


def trigger(**do: Any) -> dict[str, Any]:
    return {
        "kind": "trigger",
        "body": {
            "name": "lead.raise",
            "label": {"zh": "提权", "en": "Raise"},
            "object": "lead",
            "do": {"do": "set", **do},
        },
    }


GIVING_RIGHTS: Sequence[dict[str, Any]] = (
    trigger(record="owner", values={"active": "TRUE"}),
    {
        "kind": "source",
        "body": {
            "name": "people",
            "label": {"zh": "人员", "en": "People"},
            "events": [
                {
                    "type": "person",
                    "carries": [{"name": "login"}, {"name": "roles", "type": "list"}],
                    "record": {
                        "object": "user",
                        "key": "login",
                        "values": {"login": "login", "name": "login", "roles": "roles"},
                    },
                }
            ],
        },
    },
    {
        "kind": "rule",
        "body": {
            "name": "user.raise",
            "label": {"zh": "提权", "en": "Raise"},
            "object": "user",
            "effect": {"do": "set", "values": {"active": "TRUE"}},
        },
    },
    {"kind": "object", "body": {"id": "post", "label": {"zh": "岗", "en": "Post"}}},
)


@pytest.mark.parametrize("change", GIVING_RIGHTS, ids=lambda change: str(change["kind"]))
async def test_builder_publishes_nothing_that_writes_what_rights_follow_from(
    workspace: Workspace, change: dict[str, Any]
) -> None:
    """B10: sources, triggers and rules act with the platform's right."""
    builder = await builder_of(workspace)

    planned = await builder.post("/definitions/plan", {"changes": [change]})
    asked = await builder.post("/definitions/publish", {"changes": [change]})
    done = await carried_out(workspace, builder, asked.json()["id"])

    assert planned.status_code == 403, planned.text
    assert (done["state"], done["complaint"]["code"]) == ("refused", "forbidden")


async def test_builder_publishes_a_trigger_over_what_he_may_see(workspace: Workspace) -> None:
    builder = await builder_of(workspace)
    change = trigger(values={"need": '"triggered"'})

    planned = await builder.post("/definitions/plan", {"changes": [change]})

    assert planned.status_code == 200, planned.text


async def test_builder_takes_back_no_change_of_a_role(workspace: Workspace) -> None:
    """B10: what an administrator took from a role can't be given back by its holder."""
    admin, builder = await workspace.as_person("admin"), await builder_of(workspace)
    change = {"kind": "role", "body": {"id": "sales_administrator", "rights": ["build"]}}
    asked = (await admin.post("/definitions/publish", {"changes": [change]})).json()["id"]
    done = await carried_out(workspace, admin, asked, administers=True)
    assert done["state"] == "done", done

    undo = await builder.post(f"/publications/{asked}/undo")

    assert (await carried_out(workspace, builder, undo.json()["id"]))["state"] == "refused"


async def builder_of(workspace: Workspace) -> Client:
    """Someone who may build but not administer."""
    if "builder" not in workspace.people:
        role = workspace.kernel.catalog.roles["sales_administrator"]
        person = await workspace.create(
            "user", name="建模", login="builder", roles=[str(installation.role_id(role))]
        )
        hashed = await workspace.kernel.authenticator.passwords.hash(PASSWORD)
        async with workspace.kernel.app.connection() as connection:
            await credentials.set_password_hash(connection, person, hashed, workspace.clock.now())
        workspace.people["builder"] = person
    return await workspace.as_person("builder")
