"""How to reach the database of an installation, embedded or external."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import conninfo as conninfos
from psycopg import sql

from sanhuan import errors
from sanhuan.database import cluster as clusters
from sanhuan.database import folder as folders
from sanhuan.database import migrations, roles, server
from sanhuan.database import settings as environment

DATABASE = "sanhuan"
CONNECT_TIMEOUT_S = 10


class NotServed(errors.SanhuanError):
    """The embedded PostgreSQL does not run, or was never made."""

    code = "not_served"


class DatabaseUnreachable(errors.SanhuanError):
    """The PostgreSQL that SANHUAN_DATABASE_URL names does not answer."""

    code = "database_unreachable"


def access(settings: environment.Settings) -> roles.Access:
    """The connection strings of an installation whose database is set up.

    This is what web and worker processes start from. Raises NotServed when the embedded PostgreSQL
    was never started on this data folder.
    """
    if settings.database_url is not None:
        return external(settings, settings.database_url)
    return embedded(folders.Folder(settings.data).postgresql)


def embedded(home: Path) -> roles.Access:
    """The connection strings of an embedded PostgreSQL that was made before."""
    place = clusters.find(home)
    if place is None:
        raise NotServed(
            errors.Text("数据库还没有创建。", "The database is not made yet."),
            hint=errors.Text("请先执行 sanhuan serve。", "Run sanhuan serve first."),
        )
    owner = conninfos.make_conninfo(
        host=str(place.sockets),
        port=clusters.PORT,
        user=clusters.SUPERUSER,
        password=place.password,
        dbname=DATABASE,
    )
    return roles.access(owner, place.password)


def external(settings: environment.Settings, url: str) -> roles.Access:
    """The connection strings of an external PostgreSQL, from the owner's URL."""
    try:
        password = conninfos.conninfo_to_dict(url).get("password")
    except psycopg.ProgrammingError as error:
        raise environment.invalid(
            "SANHUAN_DATABASE_URL",
            "***",
            errors.Text(
                "形如 postgresql://用户:密码@主机/数据库 的地址",
                "an address like postgresql://user:password@host/database",
            ),
        ) from error
    secret = str(password) if password else folders.Folder(settings.data).secret()
    return roles.access(conninfos.make_conninfo(url), secret)


def prepare(found: roles.Access) -> list[migrations.Migration]:
    """Bring roles and schema to this version; the migrations that were applied.

    Raises DatabaseUnreachable, roles.DatabaseUnsuitable or what migrations.apply raises.
    """
    try:
        roles.provision(found)
    except psycopg.OperationalError as error:
        if error.sqlstate is not None:
            raise
        raise unreachable(error) from error
    return migrations.apply(found.owner)


def unreachable(error: psycopg.OperationalError) -> DatabaseUnreachable:
    """The error about a PostgreSQL that does not answer, in the driver's words."""
    said = (str(error).strip().splitlines() or ["-"])[-1]
    return DatabaseUnreachable(
        errors.Text(f"无法连接数据库：{said}。", f"The database can't be reached: {said}."),
        hint=errors.Text(
            "请检查 SANHUAN_DATABASE_URL 以及该服务器是否在运行。",
            "Check SANHUAN_DATABASE_URL and whether that server runs.",
        ),
    )


def make_database(running: server.Server) -> None:
    """Make the installation's database in a new embedded cluster."""
    with psycopg.connect(running.superuser_conninfo(), autocommit=True) as connection:
        present = connection.execute(
            "select from pg_database where datname = %s", [DATABASE]
        ).fetchone()
        if present is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))


@contextmanager
def reached(
    settings: environment.Settings, report: server.Report = server.silent
) -> Iterator[roles.Access]:
    """The installation's database for one command.

    Uses the running server when `sanhuan serve` runs on the data folder; else starts the embedded
    PostgreSQL for the while.
    """
    folder = folders.Folder(settings.data)
    if settings.database_url is not None or folder.is_locked():
        yield access(settings)
        return
    with folder.locked(), started(folder, report) as running:
        yield embedded(running.home)


@contextmanager
def started(folder: folders.Folder, report: server.Report) -> Iterator[server.Server]:
    """The embedded PostgreSQL with the installation's database, stopped at the end."""
    running = server.Server(folder.postgresql, report=report)
    running.start()
    try:
        make_database(running)
        yield running
    finally:
        running.stop()
