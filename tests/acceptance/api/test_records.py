"""Records over HTTP, as CONTRACT.md says."""

from __future__ import annotations

import pytest

from tests.workspace import Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_record_created_is_answered_with_its_address_and_version(
    workspace: Workspace,
) -> None:
    xia = await workspace.as_person("xia")
    answer = await xia.post("/records/lead", {"name": "张三", "source": "web_form"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["Location"] == f"/api/v1/records/lead/{made['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert made["owner"] == {"id": str(xia.user), "title": "夏承宇"}


async def test_list_tells_next_page_and_count(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    for number in range(3):
        await xia.create("lead", name=f"翻页{number}", source="web_form")
    first = (await xia.get("/records/lead?limit=2&q=翻页&count=exact&sort=name")).json()
    assert [each["name"] for each in first["data"]] == ["翻页0", "翻页1"]
    assert first["page"]["count"] == 3
    rest = await xia.get(f"/records/lead?limit=2&q=翻页&sort=name&after={first['page']['next']}")
    assert [each["name"] for each in rest.json()["data"]] == ["翻页2"]
    assert rest.json()["page"]["next"] is None
