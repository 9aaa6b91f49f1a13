"""A database with the functions that compiled formulas call."""

from __future__ import annotations

from collections.abc import Iterator

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
    yield made
    made.dispose()
