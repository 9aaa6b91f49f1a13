"""What each role may do, and what holds for its connections."""

import psycopg
import pytest
from psycopg import conninfo

from sanhuan.database import roles
from tests import databases


def app(database: databases.TestDatabase) -> psycopg.Connection:
    """A connection of the application."""
    return psycopg.connect(database.app_dsn, autocommit=True)


@pytest.mark.parametrize(
    "statement",
    [
        "create table data.x (a integer)",
        "create table kernel.x (a integer)",
        "create table public.x (a integer)",
        "create schema x",
        "create function kernel.f() returns integer language sql return 1",
        "drop table kernel.migration",
        "alter table kernel.migration add x integer",
        "truncate kernel.migration",
        "insert into kernel.migration (number, name, checksum) values (9, 'x', 'x')",
        "delete from kernel.partitioned",
        "create role x",
        "set role sanhuan_ddl",
        "copy (select 1) to program 'true'",
        "select pg_read_file('/etc/passwd')",
    ],
)
def test_application_changes_no_definition(
    database: databases.TestDatabase, statement: str
) -> None:
    with app(database) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_application_reads_and_writes_rows_of_tables_that_the_ddl_role_makes(
    database: databases.TestDatabase,
) -> None:
    with psycopg.connect(database.ddl_dsn) as ddl:
        ddl.execute("create table data.o_1 (id bigint generated always as identity, f_1 text)")
    with app(database) as connection:
        connection.execute("insert into data.o_1 (f_1) values ('a')")
        connection.execute("update data.o_1 set f_1 = 'b'")
        assert connection.execute("select f_1 from data.o_1").fetchone() == ("b",)
        connection.execute("delete from data.o_1")


def test_application_may_use_temporary_tables_for_imports(
    database: databases.TestDatabase,
) -> None:
    with app(database) as connection:
        connection.execute("create temporary table staging (a text)")


def test_ddl_role_writes_kernel_tables_too_but_makes_none(
    database: databases.TestDatabase,
) -> None:
    with psycopg.connect(database.ddl_dsn, autocommit=True) as ddl:
        assert ddl.execute("select count(*) from kernel.migration").fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ddl.execute("create table kernel.x (a integer)")


def test_reading_role_sees_readable_views_alone(
    cluster: databases.TestCluster, database: databases.TestDatabase
) -> None:
    with psycopg.connect(database.ddl_dsn) as ddl:
        ddl.execute("create table data.o_1 (f_1 text)")
        ddl.execute("create view readable.lead as select f_1 as name from data.o_1")
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute("set role sanhuan_read")
        connection.execute("select name from readable.lead")
        for hidden in ("data.o_1", "kernel.migration"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"table {hidden}".encode())


def test_reading_role_does_not_sign_in_by_default(database: databases.TestDatabase) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(conninfo.make_conninfo(database.app_dsn, user=roles.READ, password="x"))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("plan_cache_mode", "force_custom_plan"),
        ("jit", "off"),
        ("TimeZone", "UTC"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("search_path", "kernel"),
    ],
)
def test_setting_of_every_application_connection(
    database: databases.TestDatabase, setting: str, value: str
) -> None:
    with app(database) as connection:
        row = connection.execute("select current_setting(%s)", [setting]).fetchone()
    assert row == (value,)


def test_passwords_differ_by_role_and_secret() -> None:
    assert len({roles.derive(s, r) for s in ("a", "b") for r in (roles.APP, roles.DDL)}) == 4


def test_old_postgresql_is_refused_by_its_version() -> None:
    error = roles.too_old(150018)

    assert "15.18" in error.message.zh
    assert "18" in error.message.en
    assert error.hint is not None


def test_owner_without_the_right_to_make_roles_is_refused(
    cluster: databases.TestCluster, database: databases.TestDatabase
) -> None:
    cluster.admin.execute("create role weak login password 'weak'")
    cluster.admin.execute(f"grant connect on database {database.name} to weak".encode())
    weak = conninfo.make_conninfo(database.owner_dsn, user="weak", password="weak")
    try:
        with pytest.raises(roles.DatabaseUnsuitable, match="make roles"):
            roles.provision(roles.access(weak, "weak"))
    finally:
        cluster.admin.execute(f"revoke all on database {database.name} from weak".encode())
        cluster.admin.execute("drop role weak")
