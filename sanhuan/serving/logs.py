"""Structured logs on standard error, without personal data.

A line is JSON, or plain text on a terminal. What a database or a library says about values is left
out: of an error of PostgreSQL only the SQLSTATE is told.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import psycopg
import structlog

# What these write names the arguments of jobs or the addresses of connections.
QUIET = ("procrastinate", "psycopg.pool", "httpx")


def configure(stream: TextIO | None = None) -> None:
    """Set up structlog and the standard logging of this process. `stream` None: standard error."""
    out = sys.stderr if stream is None else stream
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=True)
        if out.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_exception,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=out, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def tell_exception(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the exception of an event by its kind and the lines that it came through."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found
    if isinstance(error, BaseException):
        event["error"] = kind(error)
        event["where"] = [
            f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        if error.__cause__ is not None:
            event["cause"] = kind(error.__cause__)
    return event


def kind(error: BaseException) -> str:
    """What may be told of an error: its class, and what it says unless that may name values."""
    name = type(error).__qualname__
    if isinstance(error, psycopg.Error):
        return f"{name} {error.sqlstate or ''}".rstrip()
    said = str(error).splitlines()
    return f"{name}: {said[0]}" if said else name
