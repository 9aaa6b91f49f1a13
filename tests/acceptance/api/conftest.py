"""One workspace per module of tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests import workspace as workspaces
from tests.databases import TestDatabase


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workspace(
    module_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[workspaces.Workspace]:
    folder: Path = tmp_path_factory.mktemp("data")
    async with workspaces.started(module_database, folder) as started:
        yield started
