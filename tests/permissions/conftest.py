"""A bench that the proofs about rights share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import TestDatabase
from tests.permissions.proof import Examination


@pytest.fixture(scope="module")
def examination(module_database: TestDatabase) -> Iterator[Examination]:
    """People, departments and the package `ward` in place; one per module."""
    made = Examination.begin(module_database)
    yield made
    made.end()
