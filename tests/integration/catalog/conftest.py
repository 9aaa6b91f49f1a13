"""A kernel for the tests of the catalog."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests import kernel as kernels
from tests.databases import TestDatabase


@pytest.fixture
async def kernel(database: TestDatabase) -> AsyncIterator[kernels.Kernel]:
    async with kernels.started(database) as started:
        yield started
