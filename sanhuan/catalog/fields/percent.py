"""Percentages, kept as fractions: 15 % is 0.15."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Text, cast, func
from sqlalchemy.sql import ColumnElement

from sanhuan.catalog.fields.base import Columns
from sanhuan.catalog.fields.decimal import DecimalField


class PercentField(DecimalField, kw_only=True, tag="percent"):
    """`scale` counts the places of the percentage: 2 keeps 12.34 %, that is 0.1234."""

    @property
    def places(self) -> int:
        return self.scale + 2

    def parse_text(self, text: str) -> Decimal | None:
        text = text.strip().replace("％", "%")
        if not text.endswith("%"):
            return self.parse(text or None)
        number = self.parse(text[:-1].strip())
        return None if number is None else self.parse(number / 100)

    def to_json(self, value: Decimal | None) -> str | None:
        return None if value is None else f"{value.normalize():f}"

    def select(self, columns: Columns) -> ColumnElement[Any]:
        return cast(func.trim_scale(columns[0]), Text)
