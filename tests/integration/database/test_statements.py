"""Every fixed statement of the product is one that PostgreSQL understands.

Statements over business tables are left to the tests of their packages: those tables are made from
definitions, and this database has none.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import sanhuan
from sanhuan.database import queries
from tests import databases

PACKAGE = Path(sanhuan.__file__).parent
PREPARABLE = ("select", "insert", "update", "delete", "with")
OPEN_TYPES = (
    psycopg.errors.AmbiguousFunction,
    psycopg.errors.IndeterminateDatatype,
    psycopg.errors.UndefinedFunction,
)
PARAMETER = re.compile(r"%\((\w+)\)s")


def statement_files() -> Iterator[Path]:
    """The files of named statements in all packages."""
    for path in sorted(PACKAGE.rglob("*.sql")):
        if "-- name: " in path.read_text(encoding="utf-8"):
            yield path


def numbered(sql: str) -> str:
    """The statement with PostgreSQL's own parameters, as PREPARE takes it."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return PARAMETER.sub(number, sql).replace("%%", "%")


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path.relative_to(PACKAGE))) for path in statement_files()]
)
def test_statements_can_be_prepared(path: Path, module_database: databases.TestDatabase) -> None:
    statements = queries.parse(path.read_text(encoding="utf-8"), source=path.name)

    with psycopg.connect(module_database.owner_dsn, autocommit=True) as connection:
        for statement in statements.values():
            text = numbered(statement.sql.decode())
            if text.startswith(PREPARABLE) and "data." not in text:
                # What stays open are types that come with the values.
                with contextlib.suppress(*OPEN_TYPES):
                    connection.execute(f'prepare "{statement.name}" as {text}'.encode())
