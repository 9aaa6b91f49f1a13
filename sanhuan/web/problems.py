"""Errors as problem+json (RFC 9457): the one table from an error's class to its status.

Every answer that is not a success is made here. Texts come with the error in both languages; what
programs go by is `code`. What is not in the table is a fault of ours: 500, logged under its
trace_id, and nothing of it told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import psycopg
import structlog

from sanhuan.catalog.checks import Unfit
from sanhuan.catalog.packages import BadPackage
from sanhuan.catalog.publish import Busy, Duplicates
from sanhuan.catalog.runtime import UnknownObject
from sanhuan.changes import cursors
from sanhuan.database import errors as database
from sanhuan.errors import SanhuanError, Text
from sanhuan.expressions import ExpressionError
from sanhuan.files import store, uploads
from sanhuan.identity import refusals as identity
from sanhuan.records import actions
from sanhuan.records import errors as records
from sanhuan.studio import publications
from sanhuan.touchpoints import errors as touchpoints
from sanhuan.touchpoints.imports import errors as imports
from sanhuan.web import refusals
from sanhuan.web.answers import Answer

PROBLEM: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2

STATUS: Final[dict[type[Exception], int]] = {
    # records
    records.BadCursor: 400,
    records.BadRequest: 422,
    records.Forbidden: 403,
    records.NeedsConsent: 409,
    records.NotFound: 404,
    records.NotUnique: 409,
    records.Refused: 422,
    records.TooMany: 422,
    records.VersionConflict: 412,
    records.VersionNeeded: 428,
    records.RecordsError: 422,
    actions.UnknownAction: 404,
    UnknownObject: 404,
    ExpressionError: 422,
    # identity
    identity.CannotGrant: 403,
    identity.Forbidden: 403,
    identity.InvalidExpiry: 422,
    identity.InvalidName: 422,
    identity.InvalidScope: 422,
    identity.InvitationEnded: 404,
    identity.PasswordTooLong: 422,
    identity.ScopeBeyondRights: 403,
    identity.SessionEnded: 401,
    identity.TooManyAttempts: 429,
    identity.UnknownPerson: 422,
    identity.UnknownPrincipal: 422,
    identity.WeakPassword: 422,
    identity.WrongCredentials: 401,
    # what is shared
    cursors.BadCursor: 400,
    Busy: 503,
    uploads.BadName: 422,
    store.StorageFull: 503,
    Duplicates: 409,
    BadPackage: 422,
    Unfit: 422,
    publications.MayNotBuild: 403,
    # the rings
    imports.BadMapping: 422,
    imports.NotNow: 409,
    imports.SchemaChanged: 409,
    imports.UnknownImport: 404,
    imports.UnreadableFile: 422,
    touchpoints.BadMessage: 400,
    touchpoints.BadSignature: 401,
    touchpoints.EventConflict: 409,
    touchpoints.NoSuchEvent: 404,
    touchpoints.Stale: 400,
    touchpoints.TooLarge: 413,
    touchpoints.UnknownSource: 404,
    # the edge itself
    refusals.AnsweredOnce: 409,
    refusals.CrossSite: 403,
    refusals.Invalid: 422,
    refusals.KeyReused: 422,
    refusals.NoRoute: 404,
    refusals.NotReady: 503,
    refusals.StillRunning: 409,
    refusals.TooLarge: 413,
    refusals.TooSlow: 408,
    refusals.UnknownPage: 404,
    refusals.Unparsable: 400,
    refusals.WrongMethod: 405,
    refusals.WrongType: 415,
}

TITLES: Final[dict[int, Text]] = {
    400: Text("请求无法解析", "Bad request"),
    401: Text("未登录", "Not signed in"),
    403: Text("没有权限", "Not allowed"),
    404: Text("不存在", "Not found"),
    405: Text("方法不支持", "Method not allowed"),
    408: Text("传输超时", "Request timeout"),
    409: Text("有冲突", "Conflict"),
    412: Text("版本已变", "The version has changed"),
    413: Text("内容过大", "Too large"),
    415: Text("类型不支持", "Unsupported type"),
    422: Text("内容有误", "Invalid content"),
    428: Text("缺少版本", "Version required"),
    429: Text("过于频繁", "Too many requests"),
    500: Text("服务器内部错误", "Internal error"),
    503: Text("暂时不可用", "Unavailable"),
}
INTERNAL: Final = Text(
    "服务器内部错误，请把 trace_id 告诉管理员。",
    "An internal error occurred; tell an administrator the trace_id.",
)
TOO_COMPLEX: Final = Text("请求过于复杂。", "The request is too complex.")

log = structlog.get_logger(__name__)


def status_of(error: Exception) -> int:
    """The status of an error; 500 for what is not in the table."""
    if isinstance(error, database.DatabaseError):
        return error.fault.status
    for kind in type(error).__mro__:
        status = STATUS.get(kind)
        if status is not None:
            return status
    return 500


def known(error: Exception) -> Exception:
    """The error in the form that the table has it."""
    if isinstance(error, psycopg.Error):
        return database.translate(error)
    if isinstance(error, msgspec.ValidationError):
        return invalid(error)
    if isinstance(error, RecursionError):
        return refusals.Invalid("too_complex", TOO_COMPLEX)
    return error


def invalid(error: msgspec.ValidationError) -> refusals.Invalid:
    """A member of a body that does not fit, from what msgspec says about it."""
    said, _, place = str(error).partition(" - at `")
    field = place.rstrip("`").removeprefix("$").removeprefix(".") or None
    if said.startswith("Object contains unknown field"):
        name = said.partition("`")[2].rstrip("`")[:60]
        inside = f"{field}.{name}" if field else name
        return refusals.Invalid(
            "unknown_field",
            Text(f"没有字段 {name}。", f"There is no field {name}."),
            field=inside,
        )
    if said.startswith("Object missing required field"):
        name = said.partition("`")[2].rstrip("`")
        inside = f"{field}.{name}" if field else name
        return refusals.Invalid(
            "required", Text(f"缺少 {name}。", f"{name} is missing."), field=inside
        )
    return refusals.Invalid("wrong_type", Text(f"值的类型不对：{said}。", f"{said}."), field=field)


def answer(error: Exception, *, language: str, trace_id: str) -> Answer:
    """The answer to a request that ended in an error. Logs what is a fault of ours."""
    found = known(error)
    status = status_of(found)
    if status == 500:
        log.error("request_failed", exc_info=error, trace_id=trace_id)
    elif status == 503:
        log.warning("unavailable", exc_info=error, trace_id=trace_id)
    body = document(found, status=status, language=language, trace_id=trace_id)
    return Answer(
        status,
        msgspec.json.encode(body, enc_hook=str),
        media_type=PROBLEM,
        headers=headers(found, status),
    )


def headers(error: Exception, status: int) -> dict[str, str]:
    """The headers that a status asks for."""
    if isinstance(error, identity.TooManyAttempts):
        return {"Retry-After": str(error.retry_after)}
    if status == 503 or isinstance(error, refusals.StillRunning):
        return {"Retry-After": str(RETRY_AFTER_S)}
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {}


def document(error: Exception, *, status: int, language: str, trace_id: str) -> dict[str, Any]:
    """The members of a problem."""
    if status == 500 or not isinstance(error, SanhuanError | ExpressionError):
        return _document("internal", 500, INTERNAL, language, trace_id)
    if isinstance(error, ExpressionError):
        return _of_expression(error, status, language, trace_id)
    body = _document(error.code, status, error.message, language, trace_id)
    if error.hint is not None:
        body["hint"] = said(error.hint, language)
    body["errors"] = _errors(error, language)
    if isinstance(error, records.NeedsConsent):
        body["warnings"] = [
            {
                "rule": warning.rule,
                "message": said(warning.message, language),
                "token": warning.token,
                "field": warning.field,
                "index": warning.index,
            }
            for warning in error.warnings
        ]
    if isinstance(error, records.VersionConflict) and error.current is not None:
        body["current"] = error.current
    return body


def _document(code: str, status: int, detail: Text, language: str, trace_id: str) -> dict[str, Any]:
    return {
        "type": f"urn:sanhuan:problem:{code}",
        "title": said(TITLES.get(status, TITLES[422]), language),
        "status": status,
        "detail": said(detail, language),
        "code": code,
        "errors": [],
        "trace_id": trace_id,
    }


def _of_expression(
    error: ExpressionError, status: int, language: str, trace_id: str
) -> dict[str, Any]:
    code = "query_too_complex" if error.code == "limit" else error.code
    if code == "unknown_name":
        code = "unknown_field"
    body = _document(code, status, Text(**error.message), language, trace_id)
    if error.remedy:
        body["hint"] = said(Text(**error.remedy), language)
    field = "filter" if not error.where else f"filter.{error.where}"
    body["errors"] = [{"field": field, "code": code, "message": body["detail"]}]
    return body


def _errors(error: SanhuanError, language: str) -> Sequence[dict[str, Any]]:
    if isinstance(error, records.Refused):
        return [fault(each, language) for each in error.faults]
    if error.field is None:
        return []
    return [{"field": error.field, "code": error.code, "message": said(error.message, language)}]


def fault(each: records.Fault, language: str) -> dict[str, Any]:
    """One thing wrong with one value, as the API writes it."""
    shown: dict[str, Any] = {
        "field": each.field,
        "code": each.code,
        "message": said(each.message, language),
        "index": each.index,
    }
    if each.rule is not None:
        shown["rule"] = each.rule
    return shown


def said(text: Text, language: str) -> str:
    """A text in one language."""
    return text.en if language == "en" else text.zh
