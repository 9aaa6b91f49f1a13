"""Every route of the API, by area: one module each, one line here."""

from __future__ import annotations

from collections.abc import Iterator

from sanhuan.web.listening import Live
from sanhuan.web.routes import (
    actions,
    automation,
    catalog,
    changes,
    definitions,
    files,
    health,
    imports,
    insight,
    people,
    records,
    session,
    sharing,
    sources,
    tokens,
)
from sanhuan.web.routing import PublicRoute, Route


def signed_in(live: Live) -> Iterator[Route]:
    """The routes that ask for a session."""
    yield from session.ROUTES
    yield from catalog.ROUTES
    yield from definitions.ROUTES
    yield from records.ROUTES
    yield from actions.ROUTES
    yield from sharing.ROUTES
    yield from tokens.ROUTES
    yield from people.ROUTES
    yield from files.ROUTES
    yield from imports.ROUTES
    yield from sources.ROUTES
    yield from automation.ROUTES
    yield from insight.ROUTES
    yield from changes.routes(live)


def public() -> Iterator[PublicRoute]:
    """The routes that don't; tests/acceptance/api/public_routes.txt lists them again."""
    yield from health.PUBLIC
    yield from session.PUBLIC
    yield from people.PUBLIC
    yield from sources.PUBLIC
