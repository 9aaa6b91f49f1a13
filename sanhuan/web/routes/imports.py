"""Imports: looked at first, run by a worker, watched, cancelled, undone."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from sanhuan.errors import Text
from sanhuan.parts import Kernel
from sanhuan.touchpoints.imports import service
from sanhuan.touchpoints.imports.layout import Layout
from sanhuan.web import answers, bodies, refusals, strict_json
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Form, Nothing, Route, Upload, identifier

LIMIT: Final = 100 * 1024 * 1024


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of the form beside the file. `mapping` and `layout` are JSON."""

    object: str
    mapping: str | None = None
    layout: str | None = None
    mode: Literal["all", "each", "check"] = "each"
    key: str | None = None

    def parsed_mapping(self) -> Any:
        """The mapping as JSON; None lets it be guessed. Raises Unparsable, Invalid."""
        return None if self.mapping is None else _json(self.mapping)

    def parsed_layout(self) -> Layout | None:
        """How the file is read; None lets it be told from its bytes. Raises as parsed_mapping."""
        return None if self.layout is None else msgspec.convert(_json(self.layout), Layout)


class ListParameters(msgspec.Struct, frozen=True):
    """Where to go on in the list, the latest first."""

    before: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 50


def _json(text: str) -> Any:
    return strict_json.loads(text.encode(errors="surrogatepass"))


def _imports(kernel: Kernel) -> service.Imports:
    return service.Imports(kernel.records, kernel.app, kernel.directories)


def _asked(form: Form) -> tuple[Wanted, Upload]:
    """What a form asks for, and its file. Raises Invalid."""
    upload = form.files.get("file")
    if upload is None or len(form.files) > 1:
        raise refusals.Invalid("required", Text("缺少文件。", "A file is missing."), field="file")
    if any("\0" in value for value in form.fields.values()):
        raise bodies.bad_form()
    return msgspec.convert(dict(form.fields), Wanted), upload


@asynccontextmanager
async def _on_disk(kernel: Kernel, upload: Upload) -> AsyncIterator[Path]:
    """The file's content under a path of its own, which ends with its name's suffix."""
    folder = kernel.settings.data / "files"
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    handle, name = await asyncio.to_thread(lambda: tempfile.mkstemp(dir=folder, suffix=".part"))
    place = Path(name)
    try:
        await asyncio.to_thread(_write, handle, upload)
        yield place
    finally:
        await asyncio.to_thread(place.unlink, missing_ok=True)


def _write(handle: int, upload: Upload) -> None:
    with os.fdopen(handle, "wb") as target:
        shutil.copyfileobj(upload.content, target)


async def preview(ask: Ask[Nothing, Form]) -> Answer:
    """What importing a file would do; nothing is kept."""
    wanted, upload = _asked(ask.body)
    async with _on_disk(ask.kernel, upload) as path:
        found = await _imports(ask.kernel).preview(
            ask.caller,
            wanted.object,
            path,
            mapping=wanted.parsed_mapping(),
            layout=wanted.parsed_layout(),
            key=wanted.key,
        )
    return answers.json(found)


async def start(ask: Ask[Nothing, Form]) -> Answer:
    """Keep the file, and let a worker import it."""
    wanted, upload = _asked(ask.body)
    async with _on_disk(ask.kernel, upload) as path:
        made = await _imports(ask.kernel).start(
            ask.caller,
            wanted.object,
            path,
            upload.name,
            mapping=wanted.parsed_mapping(),
            mode=wanted.mode,
            key=wanted.key,
            layout=wanted.parsed_layout(),
            tx=ask.tx,
        )
    return answers.json({"id": made}, 202, {"Location": f"/api/v1/imports/{made}"})


async def get_import(ask: Ask[Nothing, None]) -> Answer:
    """How an import stands, with the first rows that were refused."""
    found = await _imports(ask.kernel).get(ask.caller, identifier(ask.path["id"]))
    return answers.json(shown(found))


async def list_imports(ask: Ask[ListParameters, None]) -> Answer:
    """One's imports, the latest first; everybody's for an administrator."""
    limit = min(ask.query.limit, 500)
    found = await _imports(ask.kernel).list(ask.caller, before=ask.query.before, limit=limit)
    return answers.json({"data": [shown(each) for each in found]})


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """An import as the API writes it: state, progress, counts, refused rows."""
    told = dict(found)
    progress = told.pop("progress")
    names = ("created", "updated", "unchanged", "refused")
    told["counts"] = {"total": told["rows"], **{name: told.pop(name) for name in names}}
    told["progress"] = {
        "phase": progress["phase"],
        "done": progress["rows"],
        "total": progress["of"],
    }
    if "refused_rows" in told:
        told["refused"] = told.pop("refused_rows")
    return told


async def cancel(ask: Ask[Nothing, None]) -> Answer:
    """Stop an import."""
    await _imports(ask.kernel).cancel(ask.caller, identifier(ask.path["id"]))
    return answers.NO_CONTENT


async def undo(ask: Ask[Nothing, Nothing]) -> Answer:
    """Let a worker undo an import, as one operation."""
    record = identifier(ask.path["id"])
    operation = await _imports(ask.kernel).undo(ask.caller, record, tx=ask.tx)
    return answers.json({"id": record, "operation": operation}, 202)


async def refused_rows(ask: Ask[Nothing, None]) -> Answer:
    """The rows that were refused as a file, to be mended and imported again."""
    imports = _imports(ask.kernel)
    record = identifier(ask.path["id"])
    await imports.get(ask.caller, record)
    return Answer(
        200,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=refused.csv"},
        chunks=_chunks(imports.refused_file(ask.caller, record)),
    )


async def _chunks(rows: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    async for chunk in rows:
        yield chunk


ONE: Final = "/imports/{id:str}"

ROUTES: Final = (
    Route(
        method="POST", path="/imports/preview", run=preview, body=Form, mode="alone", limit=LIMIT,
        summary="Look at a file before importing it", tag="imports", shape="preview",
        refuses=(403, 404),
    ),
    Route(
        method="POST", path="/imports", run=start, body=Form, mode="write", limit=LIMIT,
        success=(202,), summary="Import a file", tag="imports", shape="started",
        refuses=(403, 404),
    ),
    Route(
        method="GET", path="/imports", run=list_imports, query=ListParameters, mode="alone",
        summary="One's imports", tag="imports", shape="imports",
    ),
    Route(
        method="GET", path=ONE, run=get_import, mode="alone", summary="How an import stands",
        tag="imports", shape="import", refuses=(404,),
    ),
    Route(
        method="DELETE", path=ONE, run=cancel, mode="alone", success=(204,),
        summary="Cancel an import", tag="imports", refuses=(404, 409),
    ),
    Route(
        method="POST", path=f"{ONE}/undo", run=undo, body=Nothing, optional_body=True,
        mode="write", success=(202,), summary="Undo an import", tag="imports", shape="undoing",
        refuses=(403, 404, 409),
    ),
    Route(
        method="GET", path=f"{ONE}/refused", run=refused_rows, mode="alone",
        summary="The refused rows as a file", tag="imports", shape="bytes", refuses=(404,),
    ),
)  # fmt: skip
