"""What every test may use: a running PostgreSQL and databases in it."""

from collections.abc import Callable, Iterator

import pytest

from tests import databases


@pytest.fixture(scope="session")
def cluster() -> Iterator[databases.TestCluster]:
    """The PostgreSQL of this test process."""
    with databases.cluster() as running:
        yield running


@pytest.fixture(scope="session")
def template(cluster: databases.TestCluster) -> str:
    """The name of a database with all migrations applied. Never connect to it: clone it."""
    cluster.make_template()
    return databases.TEMPLATE


@pytest.fixture
def database(cluster: databases.TestCluster, template: str) -> Iterator[databases.TestDatabase]:
    """A fresh database for one test."""
    made = cluster.clone(template)
    yield made
    cluster.drop(made)


@pytest.fixture(scope="module")
def module_database(
    cluster: databases.TestCluster, template: str
) -> Iterator[databases.TestDatabase]:
    """A database that the tests of one module share."""
    made = cluster.clone(template)
    yield made
    cluster.drop(made)


@pytest.fixture
def make_database(
    cluster: databases.TestCluster, template: str
) -> Iterator[Callable[[], databases.TestDatabase]]:
    """Makes as many fresh databases as a test asks for."""
    made: list[databases.TestDatabase] = []

    def make() -> databases.TestDatabase:
        made.append(cluster.clone(template))
        return made[-1]

    yield make
    for each in made:
        cluster.drop(each)
