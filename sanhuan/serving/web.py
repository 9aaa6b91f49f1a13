"""The web process: the application under granian, one process and one event loop."""

import asyncio
import importlib
import signal

import uvloop
from granian import constants
from granian.server import embed

from sanhuan.database import settings as environment
from sanhuan.serving import streams

FACTORY = ("sanhuan.web.app", "create_app")
BACKLOG = 512


def run(settings: environment.Settings) -> None:
    """Serve until SIGTERM or SIGINT. What can't be started raises and ends the process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


async def serve(settings: environment.Settings) -> None:
    """Serve on the address of the settings until asked to stop."""
    module, name = FACTORY
    create_app = getattr(importlib.import_module(module), name)
    stopping = asyncio.Event()
    server = embed.Server(
        streams.EndingStreams(create_app(), stopping),
        address=settings.host,
        port=settings.port,
        interface=constants.Interfaces.ASGI,
        http=constants.HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
    )

    def stop() -> None:
        stopping.set()
        server.stop()  # type: ignore[no-untyped-call]  # granian gives it no types

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve()
