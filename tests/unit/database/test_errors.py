"""SQLSTATEs and what they mean to us, row by row (TRUST 2.0)."""

import psycopg
import psycopg_pool
import pytest

from sanhuan.database import errors
from sanhuan.database.errors import Retry

ROWS = [
    ("22021", "invalid_text", 422, Retry.NEVER),
    ("22P05", "invalid_text", 422, Retry.NEVER),
    ("22003", "out_of_range", 422, Retry.NEVER),
    ("22001", "too_long", 422, Retry.NEVER),
    ("22008", "date_out_of_range", 422, Retry.NEVER),
    ("22P02", "invalid_value", 422, Retry.NEVER),
    ("22007", "invalid_value", 422, Retry.NEVER),
    ("23502", "required", 422, Retry.NEVER),
    ("23514", "check_failed", 422, Retry.NEVER),
    ("23505", "duplicate", 409, Retry.NEVER),
    ("23503", "referenced", 409, Retry.NEVER),
    ("23001", "referenced", 409, Retry.NEVER),
    ("23P01", "conflict", 409, Retry.NEVER),
    ("40001", "retry", 409, Retry.TRANSACTION),
    ("40P01", "retry", 409, Retry.TRANSACTION),
    ("55P03", "locked", 503, Retry.NEVER),
    ("57014", "too_slow", 503, Retry.NEVER),
    ("25P04", "too_slow", 503, Retry.NEVER),
    ("25P03", "database_unavailable", 503, Retry.NEVER),
    ("53100", "storage_full", 503, Retry.NEVER),
    ("53200", "database_unavailable", 503, Retry.NEVER),
    ("53300", "too_many_connections", 503, Retry.NEVER),
    ("57P01", "database_unavailable", 503, Retry.NEVER),
    ("57P02", "database_unavailable", 503, Retry.NEVER),
    ("57P03", "database_unavailable", 503, Retry.NEVER),
    ("08000", "database_unavailable", 503, Retry.NEVER),
    ("08006", "database_unavailable", 503, Retry.NEVER),
    ("58030", "storage_failed", 503, Retry.NEVER),
    ("25006", "read_only", 503, Retry.NEVER),
    ("42P01", "schema_changed", 409, Retry.RELOAD),
    ("42703", "schema_changed", 409, Retry.RELOAD),
    ("26000", "schema_changed", 409, Retry.RELOAD),
    ("54001", "too_complex", 422, Retry.NEVER),
    ("54011", "too_many_columns", 422, Retry.NEVER),
    ("0A000", "internal", 500, Retry.NEVER),
    ("42601", "internal", 500, Retry.NEVER),
    ("42501", "internal", 500, Retry.NEVER),
    ("XX000", "internal", 500, Retry.NEVER),
]


@pytest.mark.parametrize(("sqlstate", "code", "status", "retry"), ROWS)
def test_fault_follows_sqlstate(sqlstate: str, code: str, status: int, retry: Retry) -> None:
    fault = errors.classify(error_with(sqlstate))

    assert (fault.code, fault.status, fault.retry, fault.sqlstate) == (
        code,
        status,
        retry,
        sqlstate,
    )


def test_every_sqlstate_of_the_map_is_in_the_rows() -> None:
    assert set(errors.BY_SQLSTATE) <= {row[0] for row in ROWS}


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (psycopg.OperationalError("gone"), "database_unavailable", 503),
        (psycopg_pool.PoolTimeout("busy"), "pool_full", 503),
        (psycopg_pool.TooManyRequests("busy"), "pool_full", 503),
        (psycopg_pool.PoolClosed("stopped"), "database_unavailable", 503),
        (psycopg.DataError("a zero byte"), "invalid_text", 422),
        (psycopg.ProgrammingError("a bug"), "internal", 500),
        (psycopg.InterfaceError("a bug"), "internal", 500),
    ],
)
def test_errors_of_the_driver_itself_are_told_by_their_class(
    error: psycopg.Error, code: str, status: int
) -> None:
    fault = errors.classify(error)

    assert (fault.code, fault.status, fault.sqlstate) == (code, status, None)


@pytest.mark.parametrize(
    ("sqlstate", "family"),
    [
        ("22003", errors.InvalidInput),
        ("23505", errors.Conflict),
        ("42P01", errors.SchemaChanged),
        ("53100", errors.Unavailable),
        ("XX000", errors.Unexpected),
    ],
)
def test_error_belongs_to_the_family_of_its_status(
    sqlstate: str, family: type[errors.DatabaseError]
) -> None:
    assert type(errors.translate(error_with(sqlstate))) is family


@pytest.mark.parametrize("sqlstate", [row[0] for row in ROWS])
def test_message_is_there_in_both_languages(sqlstate: str) -> None:
    error = errors.translate(error_with(sqlstate))

    assert error.message.zh
    assert error.message.en
    assert error.fault.status != 503 or error.hint is not None


def test_only_conflicts_between_transactions_are_retryable() -> None:
    retryable = {row[0] for row in ROWS if errors.translate(error_with(row[0])).retryable}

    assert retryable == {"40001", "40P01"}


def error_with(sqlstate: str) -> psycopg.Error:
    """The error that psycopg raises for a SQLSTATE, without a server."""
    try:
        kind = psycopg.errors.lookup(sqlstate)
    except KeyError:
        kind = type("Unlisted", (psycopg.DatabaseError,), {"sqlstate": sqlstate})
    return kind("the server's own words")
