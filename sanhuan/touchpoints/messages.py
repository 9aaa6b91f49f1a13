"""Reading messages of senders: Standard Webhooks, single events or lists of them.

    {"type": "lead.created", "timestamp": "2026-03-31T10:30:00+08:00", "data": {...}}
    [{"id": "e-1", "type": ..., "timestamp": ..., "data": {...}}, ...]

A single event's id is the header's `webhook-id`. Pure: nothing here knows a database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import standardwebhooks

from sanhuan.touchpoints import errors

TOLERANCE = timedelta(minutes=5)
MOST_BYTES = 4 * 1024 * 1024
MOST_EVENTS = 1_000
LONGEST_NAME = 200
DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came. `body` is its text as sent, `digest` that of its canonical form."""

    id: str
    type: str
    occurred_at: datetime
    body: str
    digest: bytes


def verify(
    body: bytes, headers: Mapping[str, str], secrets: Sequence[bytes], now: datetime
) -> tuple[str, datetime]:
    """The message's id and the time it was signed at; `headers` by lower-case name.

    Raises `errors.BadSignature`, `errors.Stale`. Method: Standard Webhooks, symmetric (v1); the
    library signs, the comparison is here because the library's own asks the machine's clock.
    """
    message = headers.get("webhook-id", "")
    given = _signatures(headers.get("webhook-signature", ""))
    signed_at = _signed_at(headers.get("webhook-timestamp", ""))
    if not message or len(message) > LONGEST_NAME or signed_at is None:
        raise errors.BadSignature
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise errors.BadSignature from None
    if not any(
        hmac.compare_digest(_signature(secret, message, signed_at, text), one)
        for secret in secrets
        for one in given
    ):
        raise errors.BadSignature
    if abs(now - signed_at) > TOLERANCE:
        raise errors.Stale
    return message, signed_at


def sign(secret: bytes, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message signed with one secret."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(secret).sign(message, at, body.decode()),
    }


def _signature(secret: bytes, message: str, at: datetime, text: str) -> bytes:
    signed = standardwebhooks.Webhook(secret).sign(message, at, text)
    return base64.b64decode(signed.partition(",")[2])


def _signatures(header: str) -> list[bytes]:
    found = []
    for one in header[:2_000].split(" "):
        version, _, encoded = one.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(encoded, validate=True))
            except ValueError:  # no base64, or no ASCII
                continue
    return found


def _signed_at(header: str) -> datetime | None:
    if not header.isascii() or not header.isdigit() or len(header) > 12:
        return None
    try:
        return datetime.fromtimestamp(int(header), UTC)
    except (OverflowError, OSError, ValueError):
        return None


def read(body: bytes, message: str, signed_at: datetime, now: datetime) -> list[Event]:
    """The events of a verified message. Raises `errors.BadMessage`, `errors.TooLarge`."""
    if len(body) > MOST_BYTES:
        raise errors.TooLarge(MOST_BYTES)
    decoded = strict(body)
    if isinstance(decoded, dict):
        return [_event(decoded, message, body.decode(), signed_at, now)]
    if not isinstance(decoded, list):
        raise errors.BadMessage("要一个事件，或事件的列表", "Expected an event, or a list of them")
    if not 0 < len(decoded) <= MOST_EVENTS:
        raise errors.BadMessage(
            f"一次 1 到 {MOST_EVENTS} 个事件", f"From 1 to {MOST_EVENTS} events at once"
        )
    try:
        texts = msgspec.json.decode(body, type=list[msgspec.Raw])
    except msgspec.DecodeError:  # half of a surrogate pair, which the other reader lets through
        raise errors.BadMessage("不是 JSON", "Not JSON") from None
    return [
        _event(one, _id(one, place), bytes(raw).decode(), signed_at, now)
        for place, (one, raw) in enumerate(zip(decoded, texts, strict=True))
    ]


def _id(one: Any, place: int) -> str:
    found = one.get("id") if isinstance(one, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_NAME or "\0" in found:
        raise errors.BadMessage(
            f"第 {place + 1} 个事件没有 id", f"Event {place + 1} of the list has no id"
        )
    return found


def _event(one: Any, id_: str, text: str, signed_at: datetime, now: datetime) -> Event:
    kind, data = (one.get("type"), one.get("data")) if isinstance(one, dict) else (None, None)
    if not isinstance(kind, str) or not 0 < len(kind) <= LONGEST_NAME or "\0" in kind:
        raise errors.BadMessage(f"事件 {id_} 没有 type", f"Event {id_} has no type")
    if not isinstance(data, dict):
        raise errors.BadMessage(f"事件 {id_} 没有 data", f"Event {id_} has no data")
    said = one.get("timestamp")
    at = signed_at if said is None else _instant(said, id_)
    try:
        canonical = msgspec.json.encode([kind, said, data], order="sorted")
    except UnicodeEncodeError:
        raise errors.BadMessage(
            f"事件 {id_} 含有不成对的代理字符", f"Event {id_} has a lone surrogate"
        ) from None
    # What has not happened yet can't have been seen: a sender's fast clock does not set ours.
    return Event(id_, kind, min(at, now), text, hashlib.sha256(canonical).digest())


def _instant(said: Any, id_: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
        if at.tzinfo is None or at.year < 1900:
            raise ValueError(said)
        return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise errors.BadMessage(
            f"事件 {id_} 的 timestamp 要带时区，如 2026-03-31T10:30:00+08:00",
            f"The timestamp of event {id_} must look like 2026-03-31T10:30:00+08:00",
        ) from None


def strict(body: bytes | str) -> Any:
    """The value of a JSON text, decimals exact. Raises `errors.BadMessage`.

    Refuses what JSON leaves open and senders get wrong: keys given twice, NaN, too deep nesting.
    """
    text = body if isinstance(body, str) else body.decode()
    try:
        decoded = json.loads(
            text, object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_no_constant
        )
    except errors.BadMessage:
        raise
    except (ValueError, RecursionError, ArithmeticError):
        raise errors.BadMessage("不是 JSON", "Not JSON") from None
    if _deeper(decoded, DEEPEST):
        raise errors.BadMessage("嵌套太深", "Nested too deep")
    return decoded


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise errors.BadMessage("有重复的键", "A key is given twice", code="duplicate_key")
    return found


def _no_constant(name: str) -> Any:
    raise errors.BadMessage(f"{name} 不是 JSON", f"{name} is not JSON")


def _deeper(value: Any, levels: int) -> bool:
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > levels:
            return True
        if isinstance(one, dict):
            waiting.extend((inner, depth + 1) for inner in one.values())
        elif isinstance(one, list):
            waiting.extend((inner, depth + 1) for inner in one)
    return False
