"""Lets a web process stop while browsers hold streams open.

A stream of events ends when the client goes away; a server that is asked to stop would wait for
that. So, once we stop, each request that has read its body and still listens is told that its
client has gone. Requests that only compute an answer do not listen, and finish.
"""

import asyncio
from typing import Any

from litestar import enums, types


class EndingStreams:
    """An ASGI application around another one, whose streams end when `stopping` is set."""

    def __init__(self, app: types.ASGIApp, stopping: asyncio.Event) -> None:
        self.app = app
        self.stopping = stopping

    async def __call__(self, scope: types.Scope, receive: types.Receive, send: types.Send) -> None:
        """Serve one request."""
        if scope["type"] != enums.ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        await self.app(scope, Receiving(receive, self.stopping), send)


class Receiving:
    """The `receive` of one request: its body as it comes, then the end of the client or of us."""

    def __init__(self, receive: types.Receive, stopping: asyncio.Event) -> None:
        self.receive = receive
        self.stopping = stopping
        self.is_read = False

    async def __call__(self) -> Any:
        """The next message."""
        if self.is_read:
            return await self.end()
        message = await self.receive()
        self.is_read = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def end(self) -> Any:
        """What comes first: a message about the client, or our own stop, told as the same."""
        message = asyncio.ensure_future(self.receive())
        stop = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait((message, stop), return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "http.disconnect"}
        finally:
            message.cancel()
            stop.cancel()
