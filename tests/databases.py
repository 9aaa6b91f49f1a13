"""Databases for tests: a PostgreSQL per test process, and clones of one template in it."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from sanhuan.database import migrations, roles, server

TEMPLATE = "template_sanhuan"
SECRET = "a secret for tests"

# A test's cluster is thrown away: tests about durability start servers of their own.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
}


@dataclass(frozen=True)
class TestDatabase:
    """A database with all migrations applied; one connection string per role."""

    __test__ = False  # pytest takes classes named Test... for tests

    name: str
    app_dsn: str
    ddl_dsn: str
    owner_dsn: str


class TestCluster:
    """A running PostgreSQL for one test process, and the databases in it."""

    __test__ = False

    def __init__(self, running: server.Server) -> None:
        self.server = running
        self.admin = psycopg.connect(running.superuser_conninfo(), autocommit=True)
        self._numbers = itertools.count(1)

    def access(self, name: str) -> roles.Access:
        """The connection strings of a database."""
        return roles.access(self.server.superuser_conninfo(name), SECRET)

    def make_template(self) -> None:
        """Make the database that the others are copies of."""
        self.admin.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
        access = self.access(TEMPLATE)
        roles.provision(access)
        migrations.apply(access.owner)
        self.admin.execute("checkpoint")

    def empty(self) -> TestDatabase:
        """A new database without roles' rights or migrations."""
        return self._create("template1")

    def clone(self, template: str = TEMPLATE) -> TestDatabase:
        """A new copy of the template, or of another database that nobody is connected to."""
        return self._create(template)

    def drop(self, database: TestDatabase) -> None:
        """Remove a database, whoever is connected to it."""
        self.admin.execute(
            sql.SQL("drop database {} with (force)").format(sql.Identifier(database.name))
        )

    def _create(self, template: str) -> TestDatabase:
        name = f"test_{next(self._numbers)}"
        self.admin.execute(
            sql.SQL("create database {} template {} strategy {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier("file_copy")
            )
        )
        access = self.access(name)
        return TestDatabase(
            name=name, app_dsn=access.app, ddl_dsn=access.ddl, owner_dsn=access.owner
        )


@contextmanager
def cluster() -> Iterator[TestCluster]:
    """Start a PostgreSQL in a folder of its own; stop it and remove the folder at the end."""
    home = Path(tempfile.mkdtemp(prefix="sanhuan-"))  # short: a socket's path has 107 bytes
    home.chmod(0o711)
    running = server.Server(home / "pg", settings=FAST)
    try:
        running.start()
        started = TestCluster(running)
        yield started
        started.admin.close()
    finally:
        running.stop()
        shutil.rmtree(home)
