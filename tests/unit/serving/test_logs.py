"""Logs tell what happened and nothing about people (TRUST L12)."""

import io
import json
import logging
from collections.abc import Iterator

import psycopg
import pytest
import structlog

from sanhuan.serving import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where this test's logs go; afterwards logging is as it was."""
    handlers, level = logging.root.handlers[:], logging.root.level
    written = io.StringIO()
    logs.configure(written)
    yield written
    structlog.reset_defaults()
    logging.root.handlers[:], logging.root.level = handlers, level


def test_line_is_json_with_time_and_level(stream: io.StringIO) -> None:
    structlog.get_logger().info("lead_assigned", count=3)

    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["count"]) == ("lead_assigned", "info", 3)
    assert line["timestamp"].endswith("Z")


def test_error_of_the_database_is_told_by_its_sqlstate_alone(stream: io.StringIO) -> None:
    try:
        raise psycopg.errors.UniqueViolation("Key (f_phone)=(13812345678) already exists.")
    except psycopg.Error:
        structlog.get_logger().exception("job_failed")

    assert "13812345678" not in stream.getvalue()
    line = json.loads(stream.getvalue())
    assert line["error"] == "UniqueViolation 23505"
    assert "test_logs.py" in line["where"][0]


def test_other_errors_are_told_with_what_they_say(stream: io.StringIO) -> None:
    try:
        raise ValueError("no such task") from KeyError("x")
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)

    line = json.loads(stream.getvalue())
    assert (line["error"], line["cause"]) == ("ValueError: no such task", "KeyError: 'x'")


def test_libraries_that_name_arguments_are_quiet(stream: io.StringIO) -> None:
    logging.getLogger("procrastinate.worker").error("Job note[1](phone='13812345678') failed")

    assert stream.getvalue() == ""
