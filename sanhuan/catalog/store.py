"""The catalog of a running process: read from the database, kept until its version changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import AsyncConnection

from sanhuan.catalog import layers, packages
from sanhuan.catalog.definitions import Definition
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.runtime import Catalog, compile_catalog
from sanhuan.database import queries

Layered = Mapping[tuple[str, str], Mapping[str, tuple[str, Any]]]
"""By kind and id: for each layer, the app and the body."""


class CatalogStore:
    """Holds the current catalog. A request that sees another version calls `refresh` first."""

    def __init__(self, kinds: Kinds | None = None) -> None:
        self.kinds = kinds or Kinds()
        self._current = Catalog(version=0)
        self._loading = asyncio.Lock()

    @property
    def current(self) -> Catalog:
        return self._current

    async def refresh(
        self, connection: AsyncConnection[Any], version: int | None = None
    ) -> Catalog:
        """Load what the database holds, unless that is `version` and here already."""
        async with self._loading:
            if version is None or self._current.version != version:
                self._current = await load(connection, self.kinds)
            return self._current


async def load(connection: AsyncConnection[Any], kinds: Kinds) -> Catalog:
    """The catalog that the database holds."""
    version, layered = await read(connection)
    return compile_catalog(version, effective(layered, kinds))


async def read(connection: AsyncConnection[Any]) -> tuple[int, dict[tuple[str, str], Any]]:
    """The catalog's version, and every definition with its layers."""
    statements = queries.load("sanhuan.catalog", "definitions.sql")
    cursor = await connection.execute(statements["read_definitions"])
    layered: dict[tuple[str, str], dict[str, tuple[str, Any]]] = {}
    version = 0
    for version_now, kind, id_, layer, app, body in await cursor.fetchall():
        version = version_now
        if kind is not None:
            layered.setdefault((kind, id_), {})[layer] = (app, body)
    return version, layered


def effective(layered: Layered, kinds: Kinds) -> Iterable[tuple[str, str, Definition]]:
    """The definitions that hold: vendor, app and local laid over one another.

    Kinds that this process does not know are passed over: a ring that is not installed.
    """
    for (kind, id_), found in layered.items():
        if kind not in kinds:
            continue
        present = [layer for layer in layers.LAYERS if layer in found]
        body: Any = {}
        for layer in present:
            body = layers.merge(body, found[layer][1])
        definition = packages.decode(kinds[kind], body, source=f"{kind} {id_}")
        definition.app = found[present[0]][0]
        yield kind, present[0], definition
