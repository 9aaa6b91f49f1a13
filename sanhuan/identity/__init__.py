"""Who asks, and what he may do: people, roles, sessions, tokens, invitations, shares.

The tables of the package `system` (user, department, post, role) are read by fixed SQL, never
written: their records are saved by `sanhuan.records` like any other.
"""

from sanhuan.identity.access import (
    ACTS,
    ALL_ROWS,
    FIELD_RIGHTS,
    RIGHTS,
    SYSTEM_USER,
    Caller,
    Grant,
    Grants,
    Rows,
    system_caller,
)

__all__ = [
    "ACTS",
    "ALL_ROWS",
    "FIELD_RIGHTS",
    "RIGHTS",
    "SYSTEM_USER",
    "Caller",
    "Grant",
    "Grants",
    "Rows",
    "system_caller",
]
