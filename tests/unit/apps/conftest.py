"""The built-in packages, read once, and the catalog that they make together."""

from __future__ import annotations

from pathlib import Path

import pytest

import sanhuan.apps
from sanhuan.catalog import packages, runtime
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.packages import Package
from sanhuan.catalog.runtime import Catalog

FOLDER = Path(next(iter(sanhuan.apps.__path__)))
APPS = sorted(path.parent.name for path in FOLDER.glob("*/app.yaml"))


@pytest.fixture(scope="session")
def all_packages() -> dict[str, Package]:
    """The packages by name, each after those that it requires."""
    return {package.app.name: package for package in packages.read_all(FOLDER, Kinds())}


@pytest.fixture(scope="session")
def catalog(all_packages: dict[str, Package]) -> Catalog:
    definitions = [
        (kind, "vendor", definition)
        for package in all_packages.values()
        for kind, definition in package.definitions
    ]
    return runtime.compile_catalog(1, definitions)


@pytest.fixture(params=APPS)
def package(request: pytest.FixtureRequest, all_packages: dict[str, Package]) -> Package:
    """Each built-in package in turn: whatever is tested with it holds for every app."""
    return all_packages[request.param]
