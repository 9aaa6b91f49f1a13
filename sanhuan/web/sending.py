"""Sends an answer, with the headers that every answer has."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from litestar.types import Receive, Scope, Send

from sanhuan.web.answers import Answer

log = structlog.get_logger(__name__)

Headers = list[tuple[bytes, bytes]]

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
COMMON: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(self), camera=(self), microphone=()"),
]
DEFAULTS: Final = {
    "cache-control": b"no-store",
    "content-security-policy": API_POLICY.encode(),
}


class Sent:
    """An answer as an ASGI application."""

    __slots__ = ("answer",)

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; one in chunks until its end, or until the client goes away."""
        answer = self.answer
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": headers(answer)}
        )
        if answer.chunks is None or scope.get("method") == "HEAD":
            body = b"" if scope.get("method") == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body, "more_body": False})
            return
        await _until_disconnected(self._send_chunks(send), receive)

    async def _send_chunks(self, send: Send) -> None:
        assert self.answer.chunks is not None
        try:
            async with contextlib.aclosing(self.answer.chunks) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except Exception as error:
            log.error("answer_broken_off", exc_info=error)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_disconnected(sending: Coroutine[Any, Any, None], receive: Receive) -> None:
    work = asyncio.create_task(sending)
    watch = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watch.cancel()
        if not work.done():
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def texts(answer: Answer) -> dict[str, str]:
    """The head of an answer as texts, without what a framework adds by itself."""
    return {
        name.decode(): value.decode("latin-1")
        for name, value in headers(answer)
        if name not in (b"content-type", b"content-length")
    }


def headers(answer: Answer) -> Headers:
    """The head of an answer."""
    found: Headers = list(COMMON)
    if answer.status not in (204, 304):
        found.append((b"content-type", answer.media_type.encode()))
        if answer.chunks is None:
            found.append((b"content-length", str(len(answer.body)).encode()))
    own = {name.lower(): value for name, value in answer.headers.items()}
    found += [(name.encode(), value) for name, value in DEFAULTS.items() if name not in own]
    found += [(name.encode(), value.encode("latin-1")) for name, value in own.items()]
    found += [(b"set-cookie", cookie.encode()) for cookie in answer.cookies]
    return found
