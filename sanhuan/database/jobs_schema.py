"""The tables and functions of procrastinate, in a schema `jobs` of their own.

They come from the installed package, its own upgrades included: those it ships are applied once
each, in the order of their names. The triggers that send a NOTIFY for each new job are switched
off, because a NOTIFY inside a business transaction queues up every commit behind the one before
(measured at a quarter of the throughput); workers poll instead.
"""

from collections.abc import Iterable
from importlib import resources

import psycopg
from procrastinate import schema

from sanhuan.database import queries


def apply(connection: psycopg.Connection) -> list[str]:
    """Install or upgrade the schema; returns the names of the steps that it took, [] for none."""
    statements = queries.load("sanhuan.database", "jobs_schema.sql")
    with connection.transaction():
        connection.execute(statements["search_path"])
        applied = {row[0] for row in connection.execute(statements["applied"])}
        steps = upgrades()
        if not applied:
            connection.execute(schema.SchemaManager.get_schema().encode())
            todo = ["schema.sql"]
            noted: Iterable[str] = steps
        else:
            noted = todo = [name for name in steps if name not in applied]
            for name in todo:
                connection.execute(read(name))
        for name in noted:
            connection.execute(statements["record"], {"name": name})
        if todo:
            connection.execute(statements["finish"])
    return todo


def upgrades() -> list[str]:
    """The names of the upgrades that the package ships, in order."""
    folder = resources.files("procrastinate.sql").joinpath("migrations")
    return sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))


def read(name: str) -> bytes:
    """The SQL of one upgrade."""
    return resources.files("procrastinate.sql").joinpath("migrations", name).read_bytes()
