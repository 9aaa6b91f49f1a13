"""SQL of the functions over numbers."""

from __future__ import annotations

import itertools

import sqlalchemy as sa

from sanhuan.expressions.functions import values_sql
from sanhuan.expressions.nodes import Call
from sanhuan.expressions.parts import (
    Composer,
    Element,
    Failures,
    Part,
    SqlRule,
    failing,
    failing_sql,
    inverse,
    number,
    strict_part,
    strict_sql,
)

absolute: SqlRule = strict_sql(lambda value: sa.func.abs(value, type_=sa.Numeric()))
sign: SqlRule = strict_sql(lambda value: sa.func.sign(value, type_=sa.Numeric()))
floor_whole: SqlRule = strict_sql(lambda value: sa.func.floor(value, type_=sa.Numeric()))


def rounding(name: str) -> SqlRule:
    """ROUND, ROUNDUP, ROUNDDOWN."""

    def rule(sql: Composer, call: Call) -> Part:
        known = sql.known(call.args[1])
        if isinstance(known, int) and not known % 10**12 and -20 <= known // 10**12 <= 12:
            part = sql(call.args[0])
            return strict_part([part], _rounded(name, part.value, sa.literal(known // 10**12)))
        parts = [sql.once(sql(arg)) for arg in call.args]
        value, places = (part.value for part in parts)
        rounded = _rounded(name, value, values_sql.clamped(places, -21, 13))
        bad = sa.or_(sa.func.trunc(places) != places, places < number(-20), places > number(12))
        return failing(parts, sa.case((inverse(bad), rounded)), [(bad, "bad_argument")])

    return rule


def _rounded(name: str, value: Element, places: Element) -> Element:
    if name == "ROUND":
        return sa.func.round(value, places, type_=sa.Numeric())
    if name == "ROUNDDOWN":
        return sa.func.trunc(value, places, type_=sa.Numeric())
    return sa.func.kernel.formula_round_up(value, places, type_=sa.Numeric())


def _remainder(value: Element, divisor: Element) -> Element:
    """The remainder with the sign of the divisor; null for division by zero."""
    rest = sa.func.mod(value, sa.func.nullif(divisor, number(0)), type_=sa.Numeric())
    other_sign = sa.func.sign(rest) * sa.func.sign(divisor) < number(0)
    return sa.case((other_sign, rest + divisor), else_=rest)


def _modulo(value: Element, divisor: Element) -> tuple[Element, Failures]:
    return _remainder(value, divisor), [(divisor == number(0), "division_by_zero")]


def _floor(value: Element, step: Element) -> tuple[Element, Failures]:
    bad = step <= number(0)
    return sa.case((inverse(bad), value - _remainder(value, step))), [(bad, "bad_argument")]


def _ceiling(value: Element, step: Element) -> tuple[Element, Failures]:
    bad = step <= number(0)
    return sa.case((inverse(bad), value + _remainder(-value, step))), [(bad, "bad_argument")]


modulo: SqlRule = failing_sql(_modulo)
floor: SqlRule = failing_sql(_floor)
ceiling: SqlRule = failing_sql(_ceiling)


def tiered(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    value, *tiers = (part.value for part in parts)
    starts, rates = tiers[0::2], tiers[1::2]
    total: Element = number(0)
    for place, (start, rate) in enumerate(zip(starts, rates, strict=True)):
        end = value if place + 1 == len(starts) else sa.func.least(value, starts[place + 1])
        total = total + sa.func.greatest(end - start, number(0)) * rate
    result = sa.func.round(total, 12, type_=sa.Numeric())
    falls = [low >= high for low, high in itertools.pairwise(starts)]
    present = strict_part(parts, _when_all(parts, result), nullable=True)
    if not falls:
        return present
    bad = sa.or_(*falls)
    return failing(parts, sa.case((inverse(bad), present.value)), [(bad, "bad_argument")])


def _when_all(parts: list[Part], value: Element) -> Element:
    """The value when no part is null: LEAST and GREATEST skip nulls."""
    nullable = [part.value.is_(None) for part in parts if part.nullable or part.code is not None]
    return sa.case((sa.or_(*nullable), sa.null()), else_=value) if nullable else value
