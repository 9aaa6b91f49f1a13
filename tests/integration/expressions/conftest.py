"""A database with the functions that compiled formulas call."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import psycopg
import pytest
import sqlalchemy as sa

from tests import databases


@pytest.fixture(scope="module")
def engine(module_database: databases.TestDatabase) -> Iterator[sa.Engine]:
    """An engine over the module's database; sessions are in UTC."""
    made = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(module_database.owner_dsn, options="-c timezone=UTC"),
        poolclass=sa.pool.StaticPool,
    )
    script = resources.files("sanhuan.expressions").joinpath("functions.sql").read_text("utf-8")
    with made.begin() as connection:
        connection.exec_driver_sql(script.replace("%", "%%"))
    yield made
    made.dispose()
