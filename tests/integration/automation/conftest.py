"""A workspace whose log is read and whose clock is moved step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import workspace as workspaces
from tests.databases import TestDatabase
from tests.loop import Loop


@pytest.fixture
async def loop(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Loop]:
    async with workspaces.started(database, tmp_path) as started:
        loop = Loop(started)
        await loop.lead_by("lu")
        yield loop
