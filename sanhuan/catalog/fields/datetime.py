"""Instants, kept in UTC to the millisecond."""

from __future__ import annotations

import datetime
import re
from typing import Any, ClassVar

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import TIMESTAMP

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition, Problem
from sanhuan.catalog.fields.numbers import NUMBER_OPERATORS
from sanhuan.expressions import types

WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T](\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?"
)
UTC_OFFSET = "+00:00"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


def instant(text: str) -> datetime.datetime:
    """The UTC instant that an ISO 8601 text with offset names. Raises `Problem`."""
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        moment = moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise Problem(
            "bad_date",
            "要填带时区的时间，如 2026-03-31T10:30:00+08:00",
            "Expected a time with offset: 2026-03-31T10:30:00+08:00",
        ) from None
    if moment.year < 1900:
        raise Problem("bad_date", "时间要在 1900 年以后", "Times start in 1900")
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def instant_json(moment: datetime.datetime) -> str:
    """As PostgreSQL writes a timestamptz into JSON with TimeZone=UTC, so that both are one text."""
    text = moment.astimezone(datetime.UTC).isoformat()
    if moment.microsecond == 0:
        return text
    return f"{text.removesuffix(UTC_OFFSET).rstrip('0')}{UTC_OFFSET}"


class DateTimeField(FieldDefinition, kw_only=True, tag="datetime"):
    operators: ClassVar[frozenset[str]] = NUMBER_OPERATORS

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, TIMESTAMP(timezone=True, precision=3))]

    def parse(self, value: Any) -> datetime.datetime | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise Problem("wrong_type", "要填时间", "Expected a time")
        return instant(value)

    def parse_text(self, text: str) -> datetime.datetime | None:
        """Cells of files carry no offset: they are read as China Standard Time."""
        found = WRITTEN.fullmatch(text.strip())
        if not found:
            return self.parse(text.strip() or None)
        year, month, day, hour, minute, second = found.groups(default="0")
        written = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second:0>2}"
        return self.parse(f"{written}+08:00")

    def to_json(self, value: datetime.datetime | None) -> str | None:
        return None if value is None else instant_json(value)

    def from_json(self, value: str | None) -> datetime.datetime | None:
        return None if value is None else datetime.datetime.fromisoformat(value)

    def expression_type(self) -> expressions.Type:
        return types.DateTime()
