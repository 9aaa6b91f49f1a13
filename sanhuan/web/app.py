"""The web application, put together from its parts by a function: nothing is made at import."""

from __future__ import annotations

import asyncio
import contextlib
import random as randoms
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request
from litestar.exceptions import HTTPException
from litestar.response import Response

from sanhuan import clock as clocks
from sanhuan.database import installation, pool
from sanhuan.database import settings as environment
from sanhuan.parts import Kernel
from sanhuan.web import (
    assembly,
    languages,
    listening,
    metrics,
    openapi,
    problems,
    refusals,
    routes,
    sending,
    static,
)
from sanhuan.web.edge import Edge, trace_id

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app() -> Litestar:
    """The application of a web process, by the environment's settings.

    Raises installation.NotServed when the database was never set up.
    """
    settings = environment.read()
    access = installation.access(settings)
    app = pool.create(access.app, pool.WEB)
    kernel = assembly.kernel(
        settings=settings,
        access=access,
        app=app,
        clock=clocks.SystemClock(),
        random=randoms.SystemRandom(),
    )

    @asynccontextmanager
    async def pools(_: Litestar) -> AsyncIterator[None]:
        async with app:
            yield

    return build(kernel, lifespan=[pools])


def build(
    kernel: Kernel, *, lifespan: list[Lifespan] | None = None, dist: Path = static.DIST
) -> Litestar:
    """The application over a kernel. `lifespan` surrounds its own; `dist` holds the built UI."""
    live = listening.Live(kernel)
    edge = Edge(kernel, figures_of(kernel, live), written=live.hub.wake)

    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        following = asyncio.create_task(live.run())
        try:
            yield
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
            await edge.settle()

    signed_in, public = list(routes.signed_in(live)), list(routes.public())
    signed_in.append(openapi.route(openapi.Documents(signed_in, public)))
    app = Litestar(
        route_handlers=[
            *(edge.handler(route) for route in signed_in),
            *(edge.public_handler(route) for route in public),
            *static.handlers(dist),
        ],
        lifespan=[*(lifespan or []), running],
        exception_handlers={HTTPException: refused, Exception: failed},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
        debug=False,
    )
    app.state.live = live
    return app


def figures_of(kernel: Kernel, live: listening.Live) -> metrics.Figures:
    """The figures of a web process: its requests, its connections, its listeners."""
    figures = metrics.Figures()

    def of_pool(name: str) -> Callable[[], float]:
        return lambda: kernel.app.get_stats().get(name, 0)

    figures.watch("sanhuan_stream_listeners", "Open streams", lambda: live.hub.listeners)
    figures.watch("sanhuan_pool_size", "Connections to the database", of_pool("pool_size"))
    figures.watch("sanhuan_pool_free", "Of them unused", of_pool("pool_available"))
    figures.watch("sanhuan_pool_waiting", "Requests waiting for one", of_pool("requests_waiting"))
    return figures


def refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """The answer where the router found no route."""
    found: Exception = refusals.NoRoute()
    if error.status_code == 405:
        found = refusals.WrongMethod()
    elif error.status_code >= 500:
        found = error
    return _problem(request, found)


def failed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to what no route caught."""
    return _problem(request, error)


def _problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    answer = problems.answer(
        error,
        language=languages.preferred(request.headers.get("accept-language")),
        trace_id=trace_id(request.headers),
    )
    return Response(
        answer.body,
        status_code=answer.status,
        media_type=answer.media_type,
        headers=sending.texts(answer),
    )
