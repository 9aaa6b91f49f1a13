"""Files: kept by content, handed out inertly, to those who see a record that names them."""

from __future__ import annotations

from typing import Any

import pytest

from sanhuan.changes import dispatcher
from sanhuan.web import assembly
from tests.workspace import Client, Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PAGE = b"<html><script>alert(1)</script></html>"


async def upload(client: Client, name: str, content: bytes, **options: Any) -> Any:
    files = {"file": (name, content, "application/x-whatever")}
    answer = await client.http.post("/api/v1/files", files=files, **options)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def read_log(workspace: Workspace) -> None:
    """Let the readers of the log catch up, as a worker does."""
    readers = assembly.readers(workspace.kernel)
    kernel = workspace.kernel
    await dispatcher.Dispatcher(kernel.app, readers, random=kernel.random).run_once()


async def test_type_is_told_by_content_and_the_file_is_had_again(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    made = await upload(xia, "照片.html", PNG)
    assert (made["name"], made["type"], made["size"]) == ("照片.html", "image/png", len(PNG))
    answer = await xia.get(f"/files/{made['id']}")
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_page_is_handed_out_as_plain_text(workspace: Workspace) -> None:
    xia = await workspace.as_person("xia")
    made = await upload(xia, "x.html", PAGE)
    answer = await xia.get(f"/files/{made['id']}")
    assert made["type"] == "text/html" or answer.headers["content-type"] != "text/html"
    assert answer.headers["content-type"] in ("text/plain", "application/octet-stream")


async def test_file_is_for_its_uploader_until_a_record_names_it(workspace: Workspace) -> None:
    """B15: whoever sees the record may have the file, others not, nor by guessing."""
    xia, lin, zhou = [await workspace.as_person(name) for name in ("xia", "lin", "zhou")]
    made = await upload(xia, "报价.txt", "报价".encode())
    path = f"/files/{made['id']}"
    assert (await lin.get(path)).status_code == 404
    visit = await xia.create(
        "activity", content="拜访", way="visit", files=[made["id"]], at="2026-03-31T10:00:00+08:00"
    )
    assert visit["files"] == [made["id"]]
    await read_log(workspace)
    assert (await lin.get(path)).status_code == 200, "of the same department"
    assert (await zhou.get(path)).status_code == 404
    assert (await zhou.get("/files/not-an-id")).status_code == 404


async def test_naming_a_strangers_file_opens_it_to_nobody(workspace: Workspace) -> None:
    xia, zhou = await workspace.as_person("xia"), await workspace.as_person("zhou")
    made = await upload(xia, "秘密.txt", b"secret")
    await zhou.create(
        "activity", content="偷看", way="visit", files=[made["id"]], at="2026-03-31T10:00:00+08:00"
    )
    await read_log(workspace)
    assert (await zhou.get(f"/files/{made['id']}")).status_code == 404


async def test_same_upload_with_the_same_key_is_one_file(workspace: Workspace) -> None:
    """F03: the boundary of the form differs each time, the key and content do not."""
    xia = await workspace.as_person("xia")
    key = {"Idempotency-Key": "upload-1"}
    first = await upload(xia, "a.txt", b"same", headers=key)
    assert await upload(xia, "a.txt", b"same", headers=key) == first


@pytest.mark.parametrize(
    ("files", "data", "status"),
    [
        (None, {"file": "text"}, 415),
        ({"other": ("a.txt", b"x")}, None, 422),
        ({"file": ("...", b"x")}, None, 422),
        ({"file": ("a.txt", b"x" * (51 * 1024 * 1024))}, None, 413),
    ],
    ids=["urlencoded", "other name", "no name", "too large"],
)
async def test_bad_upload_is_refused(
    workspace: Workspace, files: Any, data: Any, status: int
) -> None:
    xia = await workspace.as_person("xia")
    answer = await xia.http.post("/api/v1/files", files=files, data=data)
    assert answer.status_code == status, answer.text
