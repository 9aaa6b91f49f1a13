"""Entries as bytes and digests: the same for the same content, wherever they are made.

The bytes are JSON with sorted keys and no blanks, in UTF-8, as RFC 8785 has it for what entries
hold: text, whole numbers within 2^53, true, false, null, lists, and objects with ASCII keys.
Instants are in UTC with six decimals, ids in lower case.
"""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import fields
from typing import Any

import msgspec

from sanhuan.changes.entries import Entry

ENCODER = msgspec.json.Encoder(order="sorted")
PAYLOAD = ("before", "after", "trace")
"""What an erasure takes out of an entry: only its digest goes into the chain."""
ENVELOPE = tuple(field.name for field in fields(Entry) if field.name not in PAYLOAD)
INSTANTS = ("at", "occurred_at")
START = bytes(32)
"""What stands in for the digest before the first."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value; ids may stand in it as they are."""
    return ENCODER.encode(value)


def payload_digest(entry: Entry) -> bytes:
    """SHA-256 of what an entry changed."""
    return hashlib.sha256(canonical([getattr(entry, name) for name in PAYLOAD])).digest()


def chained(before: bytes, entry: Entry, payload: bytes) -> bytes:
    """The link of an entry: SHA-256 of the link before, and of the entry around its payload."""
    envelope: dict[str, Any] = {name: getattr(entry, name) for name in ENVELOPE}
    for name in INSTANTS:
        envelope[name] = instant(envelope[name])
    return hashlib.sha256(before + payload + canonical(envelope)).digest()


def instant(at: datetime.datetime) -> str:
    """An instant as text, the same in whatever zone it came."""
    return at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
