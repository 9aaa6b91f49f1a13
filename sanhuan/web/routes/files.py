"""Files: uploaded, and had again by those who see a record that names them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import BinaryIO, Final
from urllib.parse import quote

from sanhuan.errors import Text
from sanhuan.files import store, uploads
from sanhuan.parts import Kernel
from sanhuan.records import NotFound
from sanhuan.web import answers, refusals
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Form, Nothing, Route, identifier

LIMIT: Final = 50 * 1024 * 1024
INERT: Final = frozenset(
    {
        "application/pdf", "application/zip", "application/msword", "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "audio/mpeg", "audio/x-wav", "image/gif", "image/jpeg", "image/png", "image/webp",
        "image/heic", "text/plain", "video/mp4",
    }
)  # fmt: skip
"""Types that are told as they are; all others are told as bytes."""


def files_of(kernel: Kernel) -> uploads.Files:
    """The files of an installation."""
    return uploads.Files(kernel.records, store.Store(kernel.settings.data))


async def upload(ask: Ask[Nothing, Form]) -> Answer:
    """Keep one file. It is then named in a record by its id."""
    sent = ask.body.files.get("file")
    if sent is None:
        raise refusals.Invalid("required", Text("缺少文件。", "A file is missing."), field="file")
    for name in (*ask.body.files, *ask.body.fields):
        if name != "file":
            raise refusals.Invalid(
                "unknown_field",
                Text(f"没有字段 {name[:60]}。", f"There is no field {name[:60]}."),
                field=name[:60],
            )
    files = files_of(ask.kernel)
    stored = await files.keep(sent.content)
    made = await files.note(ask.tx, ask.caller, sent.name, stored)
    shown = {"id": made, "name": uploads.clean_name(sent.name), **stored._asdict()}
    return answers.json(shown, 201, {"Location": f"/api/v1/files/{made}"})


async def download(ask: Ask[Nothing, None]) -> Answer:
    """The content of a file: always to be saved, never run by a browser."""
    files = files_of(ask.kernel)
    found = await files.find(ask.tx, ask.caller, identifier(ask.path["id"]))
    try:
        content = await asyncio.to_thread(files.store.open, found.sha256)
    except FileNotFoundError:
        raise NotFound from None
    return Answer(
        200,
        media_type=found.type if found.type in INERT else "application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
            "Content-Length": str(found.size),
        },
        chunks=_chunks(content),
    )


async def _chunks(content: BinaryIO) -> AsyncGenerator[bytes, None]:
    try:
        while chunk := await asyncio.to_thread(content.read, store.CHUNK):
            yield chunk
    finally:
        content.close()


ROUTES: Final = (
    Route(
        method="POST", path="/files", run=upload, body=Form, mode="write", limit=LIMIT,
        success=(201,), summary="Upload a file", tag="files", shape="file",
    ),
    Route(
        method="GET", path="/files/{id:str}", run=download, summary="Download a file",
        tag="files", shape="bytes", refuses=(404,),
    ),
)  # fmt: skip
