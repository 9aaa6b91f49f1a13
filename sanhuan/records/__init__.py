"""The heart: query, check, save, history. Nothing else reads or writes a business table."""

from sanhuan.records.errors import (
    BadCursor,
    BadRequest,
    Fault,
    Forbidden,
    NeedsConsent,
    NotFound,
    NotUnique,
    RecordsError,
    Refused,
    TooMany,
    UnknownField,
    VersionConflict,
    VersionNeeded,
)
from sanhuan.records.requests import (
    Aggregate,
    Batch,
    Consent,
    Measure,
    Query,
    Result,
    Saved,
    Write,
)
from sanhuan.records.service import Records, Transaction

__all__ = [
    "Aggregate", "BadCursor", "BadRequest", "Batch", "Consent", "Fault", "Forbidden", "Measure",
    "NeedsConsent", "NotFound", "NotUnique", "Query", "Records", "RecordsError", "Refused",
    "Result", "Saved", "TooMany", "Transaction", "UnknownField", "VersionConflict",
    "VersionNeeded", "Write",
]  # fmt: skip
