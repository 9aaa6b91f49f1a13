"""The packages' catalog, against which sample data is held."""

from tests.unit.apps.conftest import all_packages, catalog

__all__ = ["all_packages", "catalog"]
