"""A workspace behind a real server: granian in a thread of its own, asked over the loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from granian import constants
from granian.server import embed

from tests import serving, workspace
from tests.databases import TestDatabase

Done = TypeVar("Done")


@dataclass
class Served:
    """The workspace, where it is served, and a way to run something on its event loop."""

    base_url: str
    workspace: workspace.Workspace
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, Done]) -> Done:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def token(self, login: str) -> str:
        return self.run(self.workspace.sign_in(login)).token


@contextmanager
def served(database: TestDatabase, folder: Path) -> Iterator[Served]:
    """Serve until the end of the block."""
    ready: Future[Served] = Future()
    stopping: list[Any] = []
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(database, folder, ready, stopping)), daemon=True
    )
    thread.start()
    found = ready.result(60)
    yield found
    for stop in stopping:
        found.loop.call_soon_threadsafe(stop)
    thread.join(30)


async def _serve(
    database: TestDatabase, folder: Path, ready: Future[Served], stopping: list[Any]
) -> None:
    try:
        async with workspace.started(database, folder) as begun:
            port = serving.free_port()
            server = embed.Server(
                without_lifespan(begun.app),
                address="127.0.0.1",
                port=port,
                interface=constants.Interfaces.ASGINL,
                http=constants.HTTPModes.http1,
                websockets=False,
                log_enabled=False,
            )
            stopping.append(server.stop)
            work = asyncio.create_task(server.serve())
            await _until_it_listens(port)
            ready.set_result(Served(f"http://127.0.0.1:{port}", begun, asyncio.get_running_loop()))
            await work
    except BaseException as error:
        if not ready.done():
            ready.set_exception(error)
        raise


async def _until_it_listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def without_lifespan(app: Any) -> Any:
    """The application, whose lifespan the workspace keeps."""

    async def called(scope: Any, receive: Any, send: Any) -> None:
        await cast(Any, app)(scope, receive, send)

    return called
