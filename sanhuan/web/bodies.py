"""Reads bodies and query strings: within limits, of the right kind, as the route declares them."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Mapping
from typing import Any, BinaryIO, Final, cast
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.types import Receive

from sanhuan.errors import Text
from sanhuan.web import refusals, strict_json
from sanhuan.web.routing import Form, Upload

TIME_LIMIT_S: Final = 30.0
FORM_TIME_LIMIT_S: Final = 300.0
MOST_PARAMETERS: Final = 50
SMALL: Final = 64 * 1024
PARSED_IN_THREAD: Final = 256 * 1024
"""Bytes from which on a body is parsed beside the event loop."""


def is_small(headers: Mapping[str, str]) -> bool:
    """Whether a request says that its body is small enough to be read from anybody."""
    announced = headers.get("content-length", "")
    return announced.isascii() and announced.isdigit() and int(announced[:20]) <= SMALL


async def read(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """The body, of at most `limit` bytes.

    Refuses what says that it is larger before it is read. Raises TooLarge, TooSlow, Disconnected.
    """
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise refusals.TooLarge(limit)
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            return await _read(receive, limit)
    except TimeoutError:
        raise refusals.TooSlow from None


async def _read(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise refusals.Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise refusals.TooLarge(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def read_form(request: Request[Any, Any, Any], limit: int) -> Form:
    """The body as a form; its files lie on disk when they are large.

    Raises WrongType, TooLarge, TooSlow, Unparsable.
    """
    kind, options = request.content_type
    if kind != "multipart/form-data" or "boundary" not in options:
        raise refusals.WrongType("multipart/form-data")
    try:
        async with asyncio.timeout(FORM_TIME_LIMIT_S):
            found = await request.form()
    except TimeoutError:
        raise refusals.TooSlow from None
    except HTTPException as error:
        if error.status_code == 413:
            raise refusals.TooLarge(limit) from None
        raise bad_form() from None
    except (ValueError, LookupError):
        raise bad_form() from None
    names = list(found.multi_items())
    if len(dict(names)) != len(names):
        raise refusals.Unparsable(
            "duplicate_field", Text("表单字段出现了两次。", "A field of the form is there twice.")
        )
    return Form(
        fields={name: value for name, value in names if isinstance(value, str)},
        files={
            name: Upload(value.filename, cast(BinaryIO, value.file))
            for name, value in names
            if isinstance(value, UploadFile)
        },
    )


def bad_form() -> refusals.Unparsable:
    """The refusal of a form that can't be read."""
    return refusals.Unparsable("bad_form", Text("表单无法解析。", "The form can't be read."))


async def digest(form: Form) -> bytes:
    """What tells two forms apart: their boundary does not count."""
    return await asyncio.to_thread(_digest, form)


def _digest(form: Form) -> bytes:
    found = hashlib.sha256()
    for name in sorted(form.fields):
        found.update(repr((name, form.fields[name])).encode())
    for name in sorted(form.files):
        upload = form.files[name]
        found.update(repr((name, upload.name)).encode())
        while chunk := upload.content.read(PARSED_IN_THREAD):
            found.update(chunk)
        upload.content.seek(0)
    return found.digest()


def check_json_type(headers: Mapping[str, str]) -> None:
    """Raise WrongType unless the body says that it is JSON in UTF-8, as it is."""
    written = headers.get("content-type", "")
    kind, *options = (part.strip().lower() for part in written.split(";"))
    charsets = [part.partition("=")[2].strip('"') for part in options if part.startswith("charset")]
    if kind != "application/json" or any(each not in ("utf-8", "utf8") for each in charsets):
        raise refusals.WrongType("application/json; charset=utf-8")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise refusals.WrongType("application/json (identity)")


async def parse(body: bytes) -> Any:
    """The JSON of a body, read strictly. Raises Unparsable, Invalid."""
    if len(body) < PARSED_IN_THREAD:
        return strict_json.loads(body)
    return await asyncio.to_thread(strict_json.loads, body)


def parameters(query_string: bytes) -> dict[str, str]:
    """The parameters of an address, each there once. Raises Unparsable, Invalid."""
    if not query_string:
        return {}
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except (ValueError, UnicodeError):
        raise refusals.Unparsable(
            "bad_query", Text("地址中的参数无法解析。", "The parameters can't be read.")
        ) from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise refusals.Unparsable(
            "duplicate_parameter", Text("参数出现了两次。", "A parameter is there twice.")
        )
    if any("\0" in text for pair in pairs for text in pair):
        raise refusals.Invalid(
            "bad_character", Text("参数含有不能使用的字符。", "A parameter has a bad character.")
        )
    return found


def convert_parameters(found: Mapping[str, str], to: Any) -> Any:
    """The parameters as a route's struct. Raises Invalid, naming the one at fault."""
    known = names_of(to)
    for name in found:
        if name not in known:
            raise refusals.Invalid(
                "unknown_parameter",
                Text(f"没有参数 {name[:60]}。", f"There is no parameter {name[:60]}."),
                field=name[:60],
            )
    return msgspec.convert(found, to, strict=False)


@functools.cache
def names_of(struct: Any) -> frozenset[str]:
    """The names of a struct's members as they are written outside."""
    return frozenset(each.encode_name for each in msgspec.structs.fields(struct))
