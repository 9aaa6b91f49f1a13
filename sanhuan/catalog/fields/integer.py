"""Whole numbers that JavaScript holds exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Numeric

from sanhuan.catalog.fields.base import Problem
from sanhuan.catalog.fields.numbers import NumberField, exact, rounded

LARGEST_EXACT = 2**53


class IntegerField(NumberField, kw_only=True, tag="integer"):
    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Numeric)]

    def parse(self, value: Any) -> Decimal | None:
        if value is None:
            return None
        number = exact(value)
        if number != number.to_integral_value():
            raise Problem("bad_number", "要填整数", "Expected a whole number")
        if abs(number) > LARGEST_EXACT:
            raise Problem("out_of_range", "数字超出范围", "Number out of range")
        return self.within(number)

    def settle(self, value: Decimal | None) -> Decimal | None:
        return None if value is None else self.parse(rounded(exact(value), 0))

    def to_json(self, value: Decimal | None) -> int | None:
        return None if value is None else int(value)

    def from_json(self, value: int | None) -> Decimal | None:
        return None if value is None else Decimal(value)
