"""One installation for the tests that leave it whole, and the account that they write about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.served import Connection, Served, served


@pytest.fixture(scope="session")
def installation() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def administrator(installation: Served) -> Iterator[Connection]:
    """The administrator's connection."""
    connection = installation.connection(installation.sign_in())
    yield connection
    connection.close()
