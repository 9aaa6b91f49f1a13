"""`sanhuan catalog`: the definitions of an installation, compared with its tables."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import typer

from sanhuan.catalog import kinds, packages, physical, store
from sanhuan.database import installation, settings
from sanhuan.database.roles import Access

app = typer.Typer(no_args_is_help=True, help="业务对象的定义 · Definitions of business objects.")


@app.command()
def diff() -> None:
    """Compare definitions with tables. Exits with 1 when they differ."""
    with installation.reached(settings.read()) as access:
        steps, kept = asyncio.run(_differences(access))
    for what in steps:
        typer.echo(what)
    for column in kept:
        typer.echo(f"kept copy {column}")
    if steps:
        raise typer.Exit(1)
    typer.echo("定义与数据表一致 · Definitions and tables agree.")


async def _differences(access: Access) -> tuple[list[str], list[str]]:
    async with _connected(access.ddl) as connection:
        catalog = await store.load(connection, kinds.Kinds())
        there = await physical.present(connection)
    wanted = physical.asked(catalog)
    steps = [step.what for step in physical.steps(wanted, there)]
    return steps, sorted(physical.kept(wanted, there))


@asynccontextmanager
async def _connected(conninfo: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        yield connection


@app.command()
def schema() -> None:
    """Print the JSON Schema of the files of packages."""
    typer.echo(json.dumps(packages.json_schema(kinds.Kinds()), ensure_ascii=False, indent=2))
