"""Functions over numbers."""

from __future__ import annotations

import itertools

from sanhuan.expressions import numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import strict
from sanhuan.expressions.errors import Failure
from sanhuan.expressions.functions import number_sql as sql
from sanhuan.expressions.signature import Arguments, Function


def _places(number: int) -> int:
    return numbers.whole(number, -20, 12)


def _sign(number: int) -> int:
    return ((number > 0) - (number < 0)) * numbers.ONE


def _floor_whole(number: int) -> int:
    return number // numbers.ONE * numbers.ONE


def _step(step: int) -> int:
    if step <= 0:
        raise Failure("bad_argument")
    return step


def _ceiling(number: int, step: int) -> int:
    return -(-number // _step(step)) * step


def _floor(number: int, step: int) -> int:
    return number // _step(step) * step


def _modulo(number: int, divisor: int) -> int:
    if not divisor:
        raise Failure("division_by_zero")
    return number % divisor


def _tiered_type(arguments: Arguments) -> t.Type:
    if len(arguments) % 2 == 0:
        arguments.refuse_count("阶梯要成对:起点和比率", "tiers come in pairs of threshold and rate")
    for index in range(len(arguments)):
        arguments.take(index, "n")
    return t.NUMBER


def _tiered(number: int, *tiers: int) -> int:
    """Each part of the number above a threshold, up to the next, at its rate."""
    starts, rates = tiers[0::2], tiers[1::2]
    if any(low >= high for low, high in itertools.pairwise(starts)):
        raise Failure("bad_argument")
    total = 0
    for start, end, rate in zip(starts, (*starts[1:], number), rates, strict=True):
        total += max(min(number, end) - start, 0) * rate
    return numbers.half_away(total, numbers.ONE)


FUNCTIONS = (
    Function(
        "ABS", "number", "n", t.NUMBER, "数", python=strict(abs), sql=sql.absolute,
        zh="绝对值", en="Absolute value", example=("ABS(-5)", "5"),
    ),
    Function(
        "SIGN", "number", "n", t.NUMBER, "数", python=strict(_sign), sql=sql.sign,
        zh="正负号:-1、0、1", en="-1, 0 or 1", example=("SIGN(-5)", "-1"),
    ),
    Function(
        "INT", "number", "n", t.NUMBER, "数", python=strict(_floor_whole), sql=sql.floor_whole,
        zh="向下取整", en="Whole number at or below", example=("INT(-1.5)", "-2"),
    ),
    Function(
        "ROUND", "number", "n n", t.NUMBER, "数, 小数位",
        python=strict(lambda number, places: numbers.rounded(number, _places(places))),
        sql=sql.rounding("ROUND"),
        zh="四舍五入", en="Rounds half away from zero", example=("ROUND(2.5, 0)", "3"),
    ),
    Function(
        "ROUNDUP", "number", "n n", t.NUMBER, "数, 小数位",
        python=strict(lambda number, places: numbers.rounded_up(number, _places(places))),
        sql=sql.rounding("ROUNDUP"),
        zh="远离零取舍", en="Rounds away from zero", example=("ROUNDUP(1.001, 2)", "1.01"),
    ),
    Function(
        "ROUNDDOWN", "number", "n n", t.NUMBER, "数, 小数位",
        python=strict(lambda number, places: numbers.rounded_down(number, _places(places))),
        sql=sql.rounding("ROUNDDOWN"),
        zh="向零取舍", en="Rounds towards zero", example=("ROUNDDOWN(1.009, 2)", "1"),
    ),
    Function(
        "CEILING", "number", "n n", t.NUMBER, "数, 步长", python=strict(_ceiling), sql=sql.ceiling,
        zh="向上取步长的倍数", en="Up to a multiple of the step",
        example=("CEILING(13, 5)", "15"),
    ),
    Function(
        "FLOOR", "number", "n n", t.NUMBER, "数, 步长", python=strict(_floor), sql=sql.floor,
        zh="向下取步长的倍数", en="Down to a multiple of the step",
        example=("FLOOR(13, 5)", "10"),
    ),
    Function(
        "MOD", "number", "n n", t.NUMBER, "数, 除数", python=strict(_modulo), sql=sql.modulo,
        zh="余数,符号同除数", en="Remainder with the sign of the divisor",
        example=("MOD(-7, 3)", "2"),
    ),
    Function(
        "TIERED", "number", "n n n n*", t.NUMBER, "数, 起点, 比率, …", typing=_tiered_type,
        python=strict(_tiered), sql=sql.tiered, zh="阶梯累进", en="Progressive tiers",
        example=("TIERED(250000, 0, 5%, 100000, 8%)", "17000"),
    ),
)  # fmt: skip
