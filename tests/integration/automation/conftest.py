"""A workspace whose log is read step by step, for the middle ring's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import workspace as workspaces
from tests.databases import TestDatabase


@pytest.fixture
async def workspace(
    database: TestDatabase, tmp_path: Path
) -> AsyncIterator[workspaces.Workspace]:
    async with workspaces.started(database, tmp_path) as started:
        yield started
