"""What a route answers: a status, a body that is bytes already, and the headers of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

JSON: Final = "application/json"

_encoder: Final = msgspec.json.Encoder(enc_hook=str, decimal_format="string")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `cookies` are values of Set-Cookie headers.

    `chunks` takes the place of `body` where the answer is long or without end; it is closed when
    the client goes away.
    """

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    chunks: AsyncGenerator[bytes, None] | None = None


def encode(value: Any) -> bytes:
    """A value as JSON: decimals and ids as strings, times as ISO 8601."""
    return _encoder.encode(value)


def json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a value as JSON."""
    return Answer(status, encode(value), headers=headers or {})


NO_CONTENT: Final = Answer(204)
