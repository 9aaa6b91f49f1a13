"""What integer, decimal, money and percent share: exact numbers within bounds."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, ClassVar

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition, Problem
from sanhuan.expressions import types

NUMBER_OPERATORS = frozenset(
    {"=", "!=", "<", "<=", ">", ">=", "between", "in", "notIn", "null", "notNull"}
)
LARGEST = Decimal(10) ** 26
MOST_DIGITS = 60


def exact(value: Any) -> Decimal:
    """The number that `value` (an int, a Decimal, or decimal text) says. Raises `Problem`."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Problem("wrong_type", "要填数字", "Expected a number")
    if isinstance(value, str) and len(value) > MOST_DIGITS:
        raise Problem("out_of_range", "数字太长", "Too many digits")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Problem("bad_number", "不是数字", "Not a number") from None
    # Without the context's arithmetic, which overflows before it can be compared.
    if not number.is_finite() or number.copy_abs() >= LARGEST:
        raise Problem("out_of_range", "数字超出范围", "Number out of range")
    return number + 0 if number else Decimal(0)


def rounded(number: Decimal, scale: int) -> Decimal:
    """`number` at `scale` decimal places, half away from zero (四舍五入)."""
    return number.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP) + 0


class NumberField(FieldDefinition, kw_only=True):
    """`min` and `max` are inclusive; None is no bound."""

    min: Decimal | None = None
    max: Decimal | None = None
    unit: str | None = None
    operators: ClassVar[frozenset[str]] = NUMBER_OPERATORS

    def within(self, number: Decimal) -> Decimal:
        if self.min is not None and number < self.min:
            raise Problem("out_of_range", f"不能小于 {self.min}", f"At least {self.min}")
        if self.max is not None and number > self.max:
            raise Problem("out_of_range", f"不能大于 {self.max}", f"At most {self.max}")
        return number

    def parse_text(self, text: str) -> Any:
        return self.parse(text.strip().replace(",", "").replace("，", "") or None)

    def expression_type(self) -> expressions.Type:
        return types.Number()
