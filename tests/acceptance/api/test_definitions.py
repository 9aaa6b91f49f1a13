"""Objects made and changed over the API (S01): planned, published by a worker, used, taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sanhuan.catalog import publish
from sanhuan.studio import publications
from tests.workspace import Client, Workspace

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


async def carried_out(workspace: Workspace, client: Client, request: str) -> dict[str, Any]:
    """Let the worker's job run, and answer what became of it."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with await psycopg.AsyncConnection.connect(
            workspace.database.ddl_dsn, autocommit=True
        ) as connection:
            yield connection

    publisher = publish.Publisher(connect, workspace.kernel.kinds)
    await publications.carry_out(workspace.kernel.app, publisher, UUID(request))
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
