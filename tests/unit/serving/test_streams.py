"""Streams end when the web process stops; answers are finished."""

import asyncio
from typing import Any

from litestar import types

from sanhuan.serving import streams

Message = dict[str, Any]


class Client:
    """Sends a body in parts, then stays connected without a word."""

    def __init__(self, *parts: bytes) -> None:
        self.messages: list[Message] = [
            {"type": "http.request", "body": part, "more_body": part is not parts[-1]}
            for part in parts
        ]
        self.sent: list[Message] = []

    async def receive(self) -> Any:
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def request(app: Any, stopping: asyncio.Event, client: Client) -> None:
    """Run one request through an application."""
    scope: Any = {"type": "http"}
    await streams.EndingStreams(app, stopping)(scope, client.receive, client.send)


async def read_all_then_listen(
    scope: types.Scope, receive: types.Receive, send: types.Send
) -> None:
    """An application that echoes the body, then listens until its client has gone."""
    while (message := await receive())["type"] == "http.request":
        await send({"type": "http.response.body", "body": message["body"], "more_body": True})


async def test_listening_request_is_told_that_its_client_has_gone() -> None:
    client, stopping = Client(b""), asyncio.Event()
    running = asyncio.ensure_future(request(read_all_then_listen, stopping, client))
    await asyncio.sleep(0)
    assert not running.done()

    stopping.set()
    await running


async def test_body_is_read_to_its_end_although_we_stop() -> None:
    client, stopping = Client(b"a", b"b", b"c"), asyncio.Event()
    stopping.set()

    await request(read_all_then_listen, stopping, client)

    assert b"".join(message["body"] for message in client.sent) == b"abc"


async def test_real_end_of_the_client_comes_through() -> None:
    client = Client(b"")
    client.messages.append({"type": "http.disconnect"})

    await request(read_all_then_listen, asyncio.Event(), client)
