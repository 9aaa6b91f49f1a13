"""What all routes have in common, from the request to the answer.

    credentials -> body -> one connection: who asks (one statement), definitions and rights brought
    up to date, what the route does -> answer, or problem

Nobody waits with a connection in hand: the body is read before, the answer sent after. What is
wrong with a body is told only to those who have a session, and a large one is read only from them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import psycopg
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from sanhuan.database import errors as database
from sanhuan.database.pool import Connection
from sanhuan.identity import authentication, recognition, sessions
from sanhuan.identity.access import Caller
from sanhuan.identity.directory import Directory
from sanhuan.parts import Kernel
from sanhuan.web import bodies, credentials, idempotency, languages, metrics, problems
from sanhuan.web.answers import Answer
from sanhuan.web.refusals import Disconnected
from sanhuan.web.routing import Ask, Form, PublicAsk, PublicRoute, Route
from sanhuan.web.sending import Sent

PREFIX: Final = "/api/v1"
NOBODY: Final = "0.0.0.0"
"""Stands for a client that has no address."""


@dataclass(slots=True)
class Taken:
    """A request as taken in: the query and the body as the route's structs.

    `problem` is what is wrong with them, to be told once it is known who asks.
    """

    raw: bytes = b""
    query: Any = None
    body: Any = None
    problem: Exception | None = None


def nothing_written() -> None:
    """What to do after a commit: nothing."""


@dataclass(slots=True)
class Edge:
    """Answers the requests of one process. `written` is called after each commit of a write."""

    kernel: Kernel
    figures: metrics.Figures
    written: Callable[[], None] = nothing_written
    _touching: set[asyncio.Task[None]] = field(default_factory=set)

    def handler(self, route: Route) -> HTTPRouteHandler:
        """The route for Litestar."""
        name = metrics.label(route.method, route.path)

        async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
            return await self._respond(request, name, lambda: self._answer(route, request))

        return HTTPRouteHandler(
            PREFIX + route.path,
            http_method=route.method,
            name=name,
            status_code=200,
            request_max_body_size=route.limit if route.body is Form else None,
        )(handle)

    def public_handler(self, route: PublicRoute) -> HTTPRouteHandler:
        """A route without a session for Litestar."""
        name = metrics.label(route.method, route.path)

        async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
            return await self._respond(request, name, lambda: self._answer_public(route, request))

        return HTTPRouteHandler(
            route.address, http_method=route.method, name=name, status_code=200
        )(handle)

    async def _respond(
        self, request: Request[Any, Any, Any], name: str, answer: Callable[[], Awaitable[Answer]]
    ) -> Sent:
        with self.figures.measured(name) as measure:
            try:
                found = await answer()
            except Disconnected:
                found = Answer(499)
            except Exception as error:  # noqa: BLE001 - the one place where errors become answers
                found = problems.answer(
                    error,
                    language=languages.preferred(request.headers.get("accept-language")),
                    trace_id=trace_id(request.headers),
                )
            measure.status = found.status
        return Sent(found)

    # With a session

    async def _answer(self, route: Route, request: Request[Any, Any, Any]) -> Answer:
        headers = request.headers
        who = credentials.of(route.method, headers)
        if route.body is Form or (route.body is not None and not bodies.is_small(headers)):
            # Nobody unknown makes us keep or parse what is large.
            async with self.kernel.app.connection() as connection:
                await self._recognise(who, connection)
        taken = await self._take(route, request)
        try:
            return await self._attempt(route, request, who, taken)
        except (psycopg.Error, database.SchemaChanged) as error:
            if not _is_schema_change(error):
                raise
        # Definitions changed between the look-up and the statement: load them and try once more.
        async with self.kernel.app.connection() as connection:
            await self.kernel.catalogs.refresh(connection)
        return await self._attempt(route, request, who, taken)

    async def _take(self, route: Route, request: Request[Any, Any, Any]) -> Taken:
        taken = Taken()
        try:
            found = bodies.parameters(request.scope["query_string"])
            taken.query = bodies.convert_parameters(found, route.query)
            if route.body is Form:
                taken.body = await bodies.read_form(request, route.limit)
                if "idempotency-key" in request.headers:
                    taken.raw = await bodies.digest(taken.body)
            elif route.body is not None:
                taken.raw = await bodies.read(request.receive, request.headers, route.limit)
                taken.body = await parsed(route, request.headers, taken.raw)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 - kept, and raised when it is known who asks
            taken.problem = error
        return taken

    async def _attempt(
        self,
        route: Route,
        request: Request[Any, Any, Any],
        who: credentials.Credentials,
        taken: Taken,
    ) -> Answer:
        key = request.headers.get("idempotency-key") if route.method == "POST" else None
        if route.mode == "alone":
            async with self.kernel.app.connection() as connection:
                caller, directory = await self._recognise(who, connection)
            return await route.run(self._ask(request, taken, caller, directory, connection))
        if route.mode == "read" and key is None:
            async with self.kernel.app.connection() as connection:
                return await self._run(route, request, who, taken, connection)

        async def act(tx: Connection) -> Answer:
            return await self._run(route, request, who, taken, tx, key)

        answer = await self.kernel.records.run(act)
        if route.mode == "write":
            self.written()
        return answer

    async def _run(
        self,
        route: Route,
        request: Request[Any, Any, Any],
        who: credentials.Credentials,
        taken: Taken,
        tx: Connection,
        key: str | None = None,
    ) -> Answer:
        caller, directory = await self._recognise(who, tx)
        ask = self._ask(request, taken, caller, directory, tx)
        once = idempotency.key_of(
            key, scope=caller.user, route=f"{route.method} {request.scope['path']}", body=taken.raw
        )
        if once is None:
            return await route.run(ask)
        return await idempotency.once(tx, once, lambda: route.run(ask), is_secret=route.secret)

    def _ask(
        self,
        request: Request[Any, Any, Any],
        taken: Taken,
        caller: Caller,
        directory: Directory,
        tx: Connection,
    ) -> Ask[Any, Any]:
        """What the route is given. Raises what is wrong with the request."""
        if taken.problem is not None:
            raise taken.problem
        return Ask(
            kernel=self.kernel,
            caller=caller,
            directory=directory,
            tx=tx,
            path=request.path_params,
            query=taken.query,
            body=taken.body,
            headers=request.headers,
            language=languages.preferred(request.headers.get("accept-language")),
            address=address(request),
        )

    async def _recognise(
        self, who: credentials.Credentials, connection: Connection
    ) -> tuple[Caller, Directory]:
        """Who asks, with catalog and directory at least as new as the database's right now."""
        kernel = self.kernel
        now = kernel.clock.now()
        caller, signed_in = await recognition.recognise(
            connection, kernel.directories, who.token, now, via=who.via
        )
        directory = await kernel.at(connection, signed_in.versions)
        if signed_in.is_stale(now):
            self._touch(signed_in.id)
        return caller, directory

    def _touch(self, session: UUID) -> None:
        """Note, beside the answer, that a session is in use."""

        async def touch() -> None:
            async with self.kernel.app.connection() as connection:
                await sessions.touch(connection, [session], self.kernel.clock.now())

        task = asyncio.create_task(touch())
        self._touching.add(task)
        task.add_done_callback(self._touched)

    def _touched(self, task: asyncio.Task[None]) -> None:
        self._touching.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            problems.log.warning("session_not_touched", exc_info=error)

    async def settle(self) -> None:
        """Wait for what goes on beside the answers."""
        await asyncio.gather(*self._touching, return_exceptions=True)

    # Without one

    async def _answer_public(self, route: PublicRoute, request: Request[Any, Any, Any]) -> Answer:
        headers = request.headers
        found = bodies.parameters(request.scope["query_string"])
        raw = b""
        body: Any = None
        if route.body is not None:
            if route.from_own_pages:
                credentials.refuse_cross_site(headers, self.kernel.settings.base_url)
            raw = await bodies.read(request.receive, headers, route.limit)
            body = await parsed(route, headers, raw)
        ask = PublicAsk(
            kernel=self.kernel,
            figures=self.figures,
            path=request.path_params,
            query=bodies.convert_parameters(found, route.query),
            body=body,
            raw=raw,
            headers=headers,
            language=languages.preferred(headers.get("accept-language")),
            address=address(request),
        )
        return await route.run(ask)


async def parsed(route: Route | PublicRoute, headers: Mapping[str, str], raw: bytes) -> Any:
    """The body as the route's struct; the raw bytes for a route that reads them itself."""
    if route.body is bytes:
        return raw
    if not raw and route.optional_body:
        return msgspec.convert({}, route.body)
    bodies.check_json_type(headers)
    return msgspec.convert(await bodies.parse(raw), route.body)


def _is_schema_change(error: Exception) -> bool:
    found = problems.known(error)
    return isinstance(found, database.SchemaChanged)


def address(request: Request[Any, Any, Any]) -> str:
    """The IP address that a request came from, NOBODY where that can't be told."""
    client = request.scope.get("client")
    return origin(client[0] if client else NOBODY, request.headers)


def origin(peer: str, headers: Mapping[str, str]) -> str:
    """Where a request that `peer` handed us came from.

    What comes from another machine is from there, whatever it says. On this machine stands perhaps
    a proxy: then the address that it noted counts, which is the last one, and who came through a
    proxy that noted none is not from this machine.
    """
    if not authentication.is_loopback(peer):
        return peer
    noted = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    if noted:
        return noted if is_address(noted) else NOBODY
    is_passed_on = any(name in headers for name in ("forwarded", "x-real-ip", "via"))
    return NOBODY if is_passed_on or not is_for_this_machine(headers) else peer


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_for_this_machine(headers: Mapping[str, str]) -> bool:
    """Whether a request names this machine as the one that it is for."""
    try:
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or authentication.is_loopback(name)


def trace_id(headers: Mapping[str, str]) -> str:
    """What an answer is found by in logs: of the caller's trace (W3C Trace Context), or new."""
    parts = headers.get("traceparent", "").split("-")
    if len(parts) == 4 and len(parts[1]) == 32 and set(parts[1]) <= set("0123456789abcdef"):
        return parts[1]
    return secrets.token_hex(16)
