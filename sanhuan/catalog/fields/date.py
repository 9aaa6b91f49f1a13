"""Days, without a time of day."""

from __future__ import annotations

import datetime
import re
from typing import Any, ClassVar

from sqlalchemy import Column, Date, Text, cast
from sqlalchemy.sql import ColumnElement

from sanhuan import expressions
from sanhuan.catalog.fields.base import Columns, FieldDefinition, Problem
from sanhuan.catalog.fields.numbers import NUMBER_OPERATORS
from sanhuan.expressions import types

WRITTEN = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0?0:00(?::00)?)?")
FIRST = datetime.date(1900, 1, 1)


class DateField(FieldDefinition, kw_only=True, tag="date"):
    operators: ClassVar[frozenset[str]] = NUMBER_OPERATORS

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Date)]

    def parse(self, value: Any) -> datetime.date | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise Problem("wrong_type", "要填日期，如 2026-03-31", "Expected a date: 2026-03-31")
        try:
            if len(value) != 10:
                raise ValueError(value)
            return self._within(datetime.date.fromisoformat(value))
        except ValueError:
            raise Problem("bad_date", "没有这一天", "No such day") from None

    def parse_text(self, text: str) -> datetime.date | None:
        found = WRITTEN.fullmatch(text.strip())
        if not found:
            return self.parse(text.strip() or None)
        year, month, day = found.groups()
        return self.parse(f"{year}-{month:0>2}-{day:0>2}")

    def _within(self, day: datetime.date) -> datetime.date:
        if day < FIRST:
            raise Problem("bad_date", "日期要在 1900 年以后", "Dates start in 1900")
        return day

    def to_json(self, value: datetime.date | None) -> str | None:
        return None if value is None else value.isoformat()

    def from_json(self, value: str | None) -> datetime.date | None:
        return None if value is None else datetime.date.fromisoformat(value)

    def select(self, columns: Columns) -> ColumnElement[Any]:
        return cast(columns[0], Text)

    def expression_type(self) -> expressions.Type:
        return types.Date()
