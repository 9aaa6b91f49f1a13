"""Decimal numbers as whole multiples of 10^-12.

A number inside the evaluator is an `int` n that means n * 10^-12. Sums are
exact; products, quotients and powers are exact and rounded once to 12 places,
half away from zero. Only final results are checked for size (`within`).
"""

from __future__ import annotations

import decimal
from decimal import Decimal

from sanhuan.expressions.errors import Failure

PLACES = 12
ONE: int = 10**PLACES
LIMIT: int = 10**26 * ONE
DURATION_LIMIT: int = 10**18
EXPONENT_LIMIT = 100
_EXACT = decimal.Context(prec=1_000, rounding=decimal.ROUND_HALF_UP)


def scaled(value: Decimal | int) -> int:
    """The inner form of a Decimal or int; digits beyond 12 places are rounded."""
    if isinstance(value, int):
        return value * ONE
    return int(_EXACT.to_integral_value(_EXACT.scaleb(value, PLACES)))


def decimal_of(number: int) -> Decimal:
    """The Decimal of an inner number, without trailing zeros or exponent."""
    return Decimal(text_of(number))


def text_of(number: int) -> str:
    """The text form: no trailing zeros, no exponent, no sign on zero."""
    whole, fraction = divmod(abs(number), ONE)
    sign = "-" if number < 0 else ""
    if not fraction:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:012d}".rstrip("0")


def half_away(dividend: int, divisor: int) -> int:
    """The nearest whole number to dividend / divisor, half away from zero."""
    quotient, rest = divmod(abs(dividend), abs(divisor))
    if 2 * rest >= abs(divisor):
        quotient += 1
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def multiply(a: int, b: int) -> int:
    return half_away(a * b, ONE)


def divide(a: int, b: int) -> int:
    """a / b; raises division_by_zero."""
    if not b:
        raise Failure("division_by_zero")
    return half_away(a * ONE, b)


def power(base: int, exponent: int) -> int:
    """base ^ exponent for whole exponents from -100 to 100; checks the size."""
    times = whole(exponent, -EXPONENT_LIMIT, EXPONENT_LIMIT)
    if times == 0:
        return ONE
    if times < 0:
        return _reciprocal_power(base, -times)
    if abs(base) >= LIMIT:
        raise Failure("overflow")
    return within(half_away(base**times, ONE ** (times - 1)))


def _reciprocal_power(base: int, times: int) -> int:
    if not base:
        raise Failure("division_by_zero")
    if abs(base) >= LIMIT:
        return 0
    return within(half_away(ONE ** (times + 1), base**times))


def within(number: int) -> int:
    """The number itself; raises overflow from 10^26 on."""
    if not -LIMIT < number < LIMIT:
        raise Failure("overflow")
    return number


def duration_within(milliseconds: int) -> int:
    """The duration itself; raises overflow from 10^18 milliseconds on."""
    if not -DURATION_LIMIT < milliseconds < DURATION_LIMIT:
        raise Failure("overflow")
    return milliseconds


def whole(number: int, low: int, high: int, *, code: str = "bad_argument") -> int:
    """The plain int of a whole number between low and high; else raises `code`."""
    quotient, rest = divmod(number, ONE)
    if rest:
        raise Failure("bad_argument")
    if not low <= quotient <= high:
        raise Failure(code)
    return quotient


def rounded(number: int, places: int) -> int:
    """Rounded half away from zero to `places` (-20 to 12) decimals."""
    unit: int = 10 ** (PLACES - places)
    return half_away(number, unit) * unit


def rounded_up(number: int, places: int) -> int:
    """Rounded away from zero."""
    unit: int = 10 ** (PLACES - places)
    size = -(-abs(number) // unit) * unit
    return size if number >= 0 else -size


def rounded_down(number: int, places: int) -> int:
    """Rounded towards zero."""
    unit: int = 10 ** (PLACES - places)
    size = abs(number) // unit * unit
    return size if number >= 0 else -size
