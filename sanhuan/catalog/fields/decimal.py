"""Decimals with a fixed number of places."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Numeric, Text, cast, func, literal_column
from sqlalchemy.sql import ColumnElement

from sanhuan.catalog.fields.base import Columns
from sanhuan.catalog.fields.numbers import NumberField, exact, rounded


class DecimalField(NumberField, kw_only=True, tag="decimal"):
    """Answers as text with exactly `scale` places, so that no reader loses a digit."""

    scale: int = 2

    @property
    def places(self) -> int:
        return self.scale

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Numeric)]

    def parse(self, value: Any) -> Decimal | None:
        return None if value is None else self.within(rounded(exact(value), self.places))

    def settle(self, value: Decimal | None) -> Decimal | None:
        return None if value is None else self.within(rounded(exact(value), self.places))

    def to_json(self, value: Decimal | None) -> str | None:
        return None if value is None else f"{value:.{self.places}f}"

    def from_json(self, value: str | None) -> Decimal | None:
        return None if value is None else Decimal(value)

    def select(self, columns: Columns) -> ColumnElement[Any]:
        return cast(func.round(columns[0], literal_column(str(int(self.places)))), Text)
