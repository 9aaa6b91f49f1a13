"""Cursors: the place in a list after which to go on, signed for one asker and one question.

An altered cursor, or one of another person or another list, is refused; it tells nothing that the
list did not show.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from uuid import UUID

from sanhuan.records.errors import BadCursor

MARK = 16
LONGEST = 8_000


class Cursors:
    """Signs and reads cursors with the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def write(self, keys: Sequence[str | None], user: UUID, question: str) -> str:
        """The cursor after a record with these sort keys (as PostgreSQL texts)."""
        body = json.dumps(list(keys), ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mark(body, user, question) + body).decode()

    def read(self, cursor: str, user: UUID, question: str) -> list[str | None]:
        """The sort keys that a cursor holds. Raises `BadCursor`."""
        try:
            if len(cursor) > LONGEST:
                raise ValueError(cursor[:10])
            raw = base64.urlsafe_b64decode(cursor.encode("ascii"))
            mark, body = raw[:MARK], raw[MARK:]
            if not hmac.compare_digest(mark, self._mark(body, user, question)):
                raise ValueError(cursor)
            keys = json.loads(body)
        except (ValueError, UnicodeError):
            raise BadCursor from None
        if not isinstance(keys, list):
            raise BadCursor
        return keys

    def _mark(self, body: bytes, user: UUID, question: str) -> bytes:
        said = b"\0".join((b"cursor", user.bytes, question.encode(), body))
        return hmac.new(self._secret, said, hashlib.sha256).digest()[:MARK]
