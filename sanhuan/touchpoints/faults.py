"""Faults as they are kept with events and rows, for whoever mends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from sanhuan.database import errors as database_errors
from sanhuan.errors import SanhuanError, Text
from sanhuan.records import Fault, RecordsError


def of(error: Exception) -> list[Fault]:
    """Why an event or a row ends its transaction."""
    if isinstance(error, RecordsError):
        listed = [*getattr(error, "faults", ()), *getattr(error, "warnings", ())]
        return listed or [Fault(error.code, error.message, error.field)]
    if isinstance(error, psycopg.Error):
        error = database_errors.translate(error)
    if isinstance(error, SanhuanError):
        return [Fault(error.code, error.message, error.field)]
    kind = type(error).__name__
    return [Fault("internal", Text(f"程序出错（{kind}）", f"A fault of the program ({kind})"))]


def told(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """The faults as JSON: `[{code, field, message: {zh, en}, rule?}]`."""
    return [
        {
            "code": fault.code,
            "field": fault.field,
            "message": {"zh": fault.message.zh, "en": fault.message.en},
            **({"rule": fault.rule} if fault.rule else {}),
        }
        for fault in faults
    ]


def is_outage(error: Exception) -> bool:
    """Whether the database, not what is saved, is at fault: the same is tried again later."""
    if isinstance(error, psycopg.Error):
        error = database_errors.translate(error)
    if not isinstance(error, database_errors.DatabaseError):
        return False
    later = (database_errors.Unavailable, database_errors.SchemaChanged)
    return error.retryable or isinstance(error, later)
