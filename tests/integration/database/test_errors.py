"""Errors as PostgreSQL really raises them."""

import psycopg
import pytest

from sanhuan.database import errors
from tests import databases

TABLES = """
create table data.o_1 (
    f_1 integer primary key,
    f_2 text not null unique,
    f_3 varchar(3) check (f_3 <> 'no'),
    f_4 integer references data.o_1 (f_1) on delete restrict
);
insert into data.o_1 (f_1, f_2, f_4) values (1, 'a', null), (2, 'b', 1);
"""


@pytest.fixture
def connection(database: databases.TestDatabase) -> psycopg.Connection:
    """The application's connection to a database with a business table."""
    with psycopg.connect(database.ddl_dsn) as ddl:
        ddl.execute(TABLES.encode())
    return psycopg.connect(database.app_dsn, autocommit=True, prepare_threshold=0)


def fault_of(connection: psycopg.Connection, statement: str, *args: object) -> errors.Fault:
    """What a failing statement is taken for."""
    with connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(statement.encode(), args or None)
    return errors.classify(caught.value)


@pytest.mark.parametrize(
    ("statement", "code", "column"),
    [
        ("insert into data.o_1 (f_1, f_2) values (3, null)", "required", "f_2"),
        ("insert into data.o_1 (f_1, f_2) values (9999999999, 'c')", "out_of_range", None),
        ("insert into data.o_1 (f_1, f_2, f_3) values (3, 'c', 'long')", "too_long", None),
        ("insert into data.o_1 (f_1, f_2, f_3) values (3, 'c', 'no')", "check_failed", None),
        ("insert into data.o_1 (f_1, f_2, f_4) values (3, 'c', 99)", "referenced", None),
        ("delete from data.o_1 where f_1 = 1", "referenced", None),
        ("select 'x'::integer", "invalid_value", None),
        ("select '2026-02-30'::date", "date_out_of_range", None),
        ("""select '"\\u0000"'::jsonb ->> 0""", "invalid_text", None),
        ("select f_9 from data.o_1", "schema_changed", None),
        ("select 1 from data.o_9", "schema_changed", None),
        ("create table data.x ()", "internal", None),
    ],
)
def test_statement_fails_with_code(
    connection: psycopg.Connection, statement: str, code: str, column: str | None
) -> None:
    fault = fault_of(connection, statement)

    assert (fault.code, fault.column) == (code, column)


def test_duplicate_names_the_constraint_and_nothing_of_the_other_row(
    connection: psycopg.Connection,
) -> None:
    with connection, pytest.raises(psycopg.Error) as caught:
        connection.execute("insert into data.o_1 (f_1, f_2) values (3, 'a')")

    error = errors.translate(caught.value)
    assert error.fault.constraint == "o_1_f_2_key"
    assert "(a)" not in str(error)


def test_zero_byte_is_refused_before_it_is_sent(connection: psycopg.Connection) -> None:
    fault = fault_of(connection, "select %s::text", "a\0b")

    assert (fault.code, fault.status) == ("invalid_text", 422)


def test_stale_plan_is_told_by_the_servers_routine(
    connection: psycopg.Connection, database: databases.TestDatabase
) -> None:
    with connection:
        connection.execute("select * from data.o_1").fetchall()
        with psycopg.connect(database.ddl_dsn) as ddl:
            ddl.execute("alter table data.o_1 add f_5 integer")
        with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
            connection.execute("select * from data.o_1")

    error = errors.translate(caught.value)
    assert isinstance(error, errors.SchemaChanged)
    assert error.fault.retry is errors.Retry.RELOAD


def test_too_many_columns(database: databases.TestDatabase) -> None:
    columns = ", ".join(f"f_{number} integer" for number in range(1601))
    with psycopg.connect(database.ddl_dsn) as ddl, pytest.raises(psycopg.Error) as caught:
        ddl.execute(f"create table data.o_2 ({columns})".encode())

    assert errors.classify(caught.value).code == "too_many_columns"
