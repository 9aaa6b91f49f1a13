"""Errors as problem+json: each that can reach the edge has its status, in one table."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from uuid import UUID

import msgspec
import psycopg
import pytest

import sanhuan
from sanhuan.errors import SanhuanError, Text
from sanhuan.identity import refusals as identity
from sanhuan.records import errors as records
from sanhuan.web import problems, refusals

NEVER_AT_THE_EDGE = (
    "sanhuan.cli",
    "sanhuan.database.",  # its errors carry their own status, or stop a start
    "sanhuan.sample.",
    "sanhuan.serving.",
)
CAUGHT_BELOW = {
    "AtWork",
    "BadYaml",
    "NoCalendar",
    "NoWorkingTime",
    "NotTaken",
    "ReaderStopped",
    "Stopped",
    "TooFar",
    "TouchpointError",
    "Undecided",
}
"""Raised by what only workers and commands call, or a base that is never raised itself."""


def every(kind: type[SanhuanError]) -> Iterator[type[SanhuanError]]:
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


def test_every_error_that_can_reach_the_edge_has_a_status() -> None:
    for module in pkgutil.walk_packages(sanhuan.__path__, "sanhuan."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    without = {
        one.__name__
        for one in every(SanhuanError)
        if one.__module__.startswith("sanhuan.")
        and not one.__module__.startswith(NEVER_AT_THE_EDGE)
        and not any(kind in problems.STATUS for kind in one.__mro__)
    }
    assert without <= CAUGHT_BELOW


def told(error: Exception, language: str = "en") -> dict[str, object]:
    answer = problems.answer(error, language=language, trace_id="f" * 32)
    assert answer.media_type == "application/problem+json"
    body: dict[str, object] = msgspec.json.decode(answer.body)
    assert body["status"] == answer.status
    return body


def test_problem_is_told_in_the_language_asked_for() -> None:
    assert told(records.NotFound(), "zh")["detail"] == "没有这条记录，或你看不到它"
    assert told(records.NotFound(), "en")["title"] == "Not found"


def test_fault_of_ours_tells_nothing_but_its_trace() -> None:
    body = told(RuntimeError("secret of the inside"))
    assert (body["status"], body["code"], body["trace_id"]) == (500, "internal", "f" * 32)
    assert "secret" not in str(body)


def test_unknown_error_of_ours_is_a_fault() -> None:
    class New(SanhuanError):
        code = "new"

    assert told(New(Text("新", "new")))["status"] == 500


def test_refused_rows_name_field_and_place() -> None:
    fault = records.Fault("too_long", Text("太长", "too long"), field="name", index=3)
    body = told(records.Refused([fault]))
    assert body["errors"] == [
        {"field": "name", "code": "too_long", "message": "too long", "index": 3}
    ]
    assert body["code"] == "too_long"


def test_conflict_carries_the_record_as_it_is() -> None:
    conflict = records.VersionConflict(UUID(int=1), {"id": "x", "version": 2})
    assert told(conflict)["current"] == {"id": "x", "version": 2}


def test_warning_carries_what_consent_has_to_name() -> None:
    warning = records.Fault("warning", Text("小心", "careful"), rule="deep", token="t")
    body = told(records.NeedsConsent([warning]))
    assert body["status"] == 409
    assert body["warnings"] == [
        {"rule": "deep", "message": "careful", "token": "t", "field": None, "index": 0}
    ]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (psycopg.OperationalError("gone"), 503, "database_unavailable"),
        (psycopg.errors.LockNotAvailable("busy"), 503, "locked"),
        (psycopg.errors.QueryCanceled("slow"), 503, "too_slow"),
        (psycopg.errors.UniqueViolation("twice"), 409, "duplicate"),
        (psycopg.errors.NumericValueOutOfRange("big"), 422, "out_of_range"),
        (psycopg.errors.SyntaxError("oops"), 500, "internal"),
        (RecursionError(), 422, "too_complex"),
    ],
)
def test_error_of_the_database_is_told_by_its_state(
    error: Exception, status: int, code: str
) -> None:
    body = told(error)
    assert (body["status"], body["code"]) == (status, code)


def test_outage_says_when_to_come_back() -> None:
    answer = problems.answer(psycopg.OperationalError("x"), language="en", trace_id="x")
    assert int(answer.headers["Retry-After"]) > 0
    limit = problems.answer(identity.TooManyAttempts(90), language="en", trace_id="x")
    assert limit.headers["Retry-After"] == "90"


class Order(msgspec.Struct, forbid_unknown_fields=True):
    amount: int
    lines: list[dict[str, int]] = []


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"amount": 1, "colour": 2}, "unknown_field", "colour"),
        ({}, "required", "amount"),
        ({"amount": "x"}, "wrong_type", "amount"),
        ({"amount": 1, "lines": [{"a": "x"}]}, "wrong_type", "lines[0][...]"),
        ([], "wrong_type", None),
    ],
)
def test_member_that_does_not_fit_is_named(body: object, code: str, field: str | None) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(body, Order)
    found = problems.invalid(caught.value)
    assert (found.code, found.field) == (code, field)


def test_route_that_is_none_is_not_found() -> None:
    assert told(refusals.NoRoute())["status"] == 404
