"""What PostgreSQL says, turned into our errors: the one place that knows SQLSTATEs.

An error is told by its SQLSTATE, and once by the server routine that raised it, never by its text,
which a server may write in any language. Nothing of another row's data enters our message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import psycopg
import psycopg_pool

from sanhuan import errors


class Retry(Enum):
    """What may help when the same is tried again."""

    NEVER = "the same will fail again"
    TRANSACTION = "the whole transaction, up to three times in all, after a random pause"
    RELOAD = "once, after the catalog was read anew: definitions changed in between"


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of the database.

    `status` is the HTTP status that the edge answers with. `constraint`, `table` and `column` are
    physical names, None where PostgreSQL named none: the caller turns them into a field.
    """

    code: str
    status: int
    retry: Retry = Retry.NEVER
    sqlstate: str | None = None
    constraint: str | None = None
    table: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What one SQLSTATE, or a class of them, means to us."""

    code: str
    status: int
    retry: Retry = Retry.NEVER


INVALID = Kind("invalid_value", 422)
CONFLICT = Kind("conflict", 409)
UNAVAILABLE = Kind("database_unavailable", 503)
SCHEMA_CHANGED = Kind("schema_changed", 409, Retry.RELOAD)
INTERNAL = Kind("internal", 500)

BY_SQLSTATE: Mapping[str, Kind] = {
    "22001": Kind("too_long", 422),
    "22003": Kind("out_of_range", 422),
    "22008": Kind("date_out_of_range", 422),
    "22021": Kind("invalid_text", 422),
    "22P05": Kind("invalid_text", 422),
    "22P02": INVALID,
    "23001": Kind("referenced", 409),
    "23502": Kind("required", 422),
    "23503": Kind("referenced", 409),
    "23505": Kind("duplicate", 409),
    "23514": Kind("check_failed", 422),
    "25006": Kind("read_only", 503),
    "25P03": UNAVAILABLE,
    "25P04": Kind("too_slow", 503),
    "26000": SCHEMA_CHANGED,
    "40001": Kind("retry", 409, Retry.TRANSACTION),
    "40P01": Kind("retry", 409, Retry.TRANSACTION),
    "42703": SCHEMA_CHANGED,
    "42P01": SCHEMA_CHANGED,
    "53100": Kind("storage_full", 503),
    "53300": Kind("too_many_connections", 503),
    "54001": Kind("too_complex", 422),
    "54011": Kind("too_many_columns", 422),
    "55P03": Kind("locked", 503),
    "57014": Kind("too_slow", 503),
}
BY_CLASS: Mapping[str, Kind] = {
    "08": UNAVAILABLE,
    "22": INVALID,
    "23": CONFLICT,
    "53": UNAVAILABLE,
    "54": Kind("too_complex", 422),
    "57": UNAVAILABLE,
    "58": Kind("storage_failed", 503),
}
# "cached plan must not change result type"; other things that are not supported are our bugs.
FEATURE_NOT_SUPPORTED = "0A000"
STALE_PLAN_ROUTINE = "RevalidateCachedQuery"

TEXTS: Mapping[str, errors.Text] = {
    "check_failed": errors.Text("这个值不符合要求。", "The value does not meet a condition."),
    "conflict": errors.Text("与已有数据冲突。", "This conflicts with what is there."),
    "database_unavailable": errors.Text("数据库暂时不可用。", "The database is not available now."),
    "date_out_of_range": errors.Text("日期超出范围。", "The date is out of range."),
    "duplicate": errors.Text("这个值已被使用。", "The value is already used."),
    "internal": errors.Text("服务器内部错误。", "An internal error occurred."),
    "invalid_text": errors.Text(
        "文本含有不允许的字符。", "The text has characters that can't be kept."
    ),
    "invalid_value": errors.Text("值的格式不正确。", "The value is malformed."),
    "locked": errors.Text("数据正被占用。", "The data is in use."),
    "out_of_range": errors.Text("数值超出范围。", "The number is out of range."),
    "pool_full": errors.Text("服务器正忙。", "The server is busy."),
    "read_only": errors.Text("数据库目前只读。", "The database is read-only now."),
    "referenced": errors.Text("有其他记录与它相关联。", "Other records depend on this."),
    "required": errors.Text("此项必填。", "A value is required."),
    "retry": errors.Text("与其他人的操作同时发生。", "Someone else changed this at the same time."),
    "schema_changed": errors.Text("定义刚刚被修改。", "The definitions have just changed."),
    "storage_failed": errors.Text("存储出错。", "The storage failed."),
    "storage_full": errors.Text("磁盘空间已满。", "The disk is full."),
    "too_complex": errors.Text("请求过于复杂。", "The request is too complex."),
    "too_long": errors.Text("文本过长。", "The text is too long."),
    "too_many_columns": errors.Text("字段数量已达上限。", "There are too many fields."),
    "too_many_connections": errors.Text("服务器正忙。", "The server is busy."),
    "too_slow": errors.Text("操作超时，已取消。", "This took too long and was cancelled."),
}
TRY_AGAIN = errors.Text("请稍后重试。", "Try again in a moment.")
HINTS: Mapping[str, errors.Text] = {
    "retry": TRY_AGAIN,
    "schema_changed": errors.Text("请刷新页面后重试。", "Reload the page and try again."),
    "storage_full": errors.Text(
        "请联系管理员清理磁盘。", "Ask an administrator to free some space."
    ),
    "too_slow": errors.Text("请缩小范围后重试。", "Narrow it down and try again."),
}


class DatabaseError(errors.SanhuanError):
    """The database refused or failed. `fault` says how; the driver's error is the cause."""

    def __init__(self, fault: Fault, *, field: str | None = None) -> None:
        hint = HINTS.get(fault.code) or (TRY_AGAIN if fault.status == 503 else None)
        super().__init__(TEXTS[fault.code], hint=hint, field=field)
        self.code = fault.code
        self.fault = fault

    @property
    def retryable(self) -> bool:
        """Whether running the same transaction again may succeed."""
        return self.fault.retry is Retry.TRANSACTION


class InvalidInput(DatabaseError):
    """A value that the database does not take (422)."""


class Conflict(DatabaseError):
    """What was asked conflicts with what is there, or with what others do (409)."""


class SchemaChanged(Conflict):
    """Definitions changed under the statement: reload them and try once more (409)."""


class Unavailable(DatabaseError):
    """A true outage: gone, full, too slow, locked (503)."""


class Unexpected(DatabaseError):
    """A bug of ours (500)."""


def classify(error: psycopg.Error) -> Fault:
    """What an error of the driver means. Pure: it reads the error and nothing else."""
    kind = kind_of(error)
    return Fault(
        code=kind.code,
        status=kind.status,
        retry=kind.retry,
        sqlstate=error.sqlstate,
        constraint=error.diag.constraint_name,
        table=error.diag.table_name,
        column=error.diag.column_name,
    )


def kind_of(error: psycopg.Error) -> Kind:
    """The kind of an error, by its SQLSTATE; without one, by the driver's own classes."""
    sqlstate = error.sqlstate
    if sqlstate is None:
        return kind_without_sqlstate(error)
    if sqlstate == FEATURE_NOT_SUPPORTED:
        return SCHEMA_CHANGED if error.diag.source_function == STALE_PLAN_ROUTINE else INTERNAL
    return BY_SQLSTATE.get(sqlstate) or BY_CLASS.get(sqlstate[:2]) or INTERNAL


def kind_without_sqlstate(error: psycopg.Error) -> Kind:
    """The kind of an error that never came from a server."""
    match error:
        case psycopg_pool.PoolTimeout() | psycopg_pool.TooManyRequests():
            return Kind("pool_full", 503)
        case psycopg.OperationalError():
            return UNAVAILABLE  # no connection, or it broke
        case psycopg.DataError():
            return Kind("invalid_text", 422)  # a zero byte, refused before it is sent
        case _:
            return INTERNAL


def translate(error: psycopg.Error) -> DatabaseError:
    """Our error for one of the driver's. Raise it `from` the original."""
    fault = classify(error)
    return class_of(fault)(fault)


def class_of(fault: Fault) -> type[DatabaseError]:
    """The member of the family that a fault belongs to."""
    if fault.retry is Retry.RELOAD:
        return SchemaChanged
    by_status: dict[int, type[DatabaseError]] = {409: Conflict, 422: InvalidInput, 503: Unavailable}
    return by_status.get(fault.status, Unexpected)
