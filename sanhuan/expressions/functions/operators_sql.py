"""SQL of the operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from sanhuan.expressions import limits
from sanhuan.expressions import types as t
from sanhuan.expressions.functions import lists_sql, values_sql
from sanhuan.expressions.nodes import Call, Node
from sanhuan.expressions.parts import (
    UNKNOWN,
    Composer,
    Element,
    Part,
    SqlRule,
    failing,
    first_code,
    inverse,
    number,
    strict_part,
    strict_sql,
    text,
)


def add(sql: Composer, call: Call) -> Part:
    kinds = tuple(arg.type.kind for arg in call.args)
    if call.type.kind in ("number", "duration"):
        return _sum(sql, call)
    parts = [sql(arg) for arg in call.args]
    if kinds[0] in ("number", "duration"):
        parts.reverse()
        kinds = kinds[::-1]
        return _reversed_codes(_moved(sql, parts, kinds[1], 1), parts)
    return _moved(sql, parts, kinds[1], 1)


def _reversed_codes(part: Part, parts: Sequence[Part]) -> Part:
    """The leftmost code counts, though the operands were turned round."""
    if parts[1].code is None:
        return part
    return Part(part.value, sa.func.coalesce(parts[1].code, part.code), part.nullable)


def _sum(sql: Composer, call: Call) -> Part:
    parts = [sql(arg) for arg in call.args]
    value = parts[0].value
    for part in parts[1:]:
        value = value + part.value
    return strict_part(parts, value)


def _moved(sql: Composer, parts: Sequence[Part], by: str, sign: int) -> Part:
    """A date plus days, or an instant plus a duration."""
    start, step = (sql.once(part) for part in parts)
    value, failures = (values_sql.days_on if by == "number" else values_sql.milliseconds_on)(
        start.value, step.value * number(sign) if sign < 0 else step.value
    )
    return _bound_failing(sql, [start, step], value, failures)


def _bound_failing(
    sql: Composer, parts: Sequence[Part], value: Callable[[], Element], failures: Any
) -> Part:
    made = sql.bound(value())
    return failing(parts, values_sql.in_range(made), failures(made))


def subtract(sql: Composer, call: Call) -> Part:
    kinds = tuple(arg.type.kind for arg in call.args)
    parts = [sql(arg) for arg in call.args]
    left, right = (part.value for part in parts)
    if kinds == ("date", "date"):
        days = sa.cast(left, sa.Date()).op("-")(sa.cast(right, sa.Date()))
        return strict_part(parts, sa.cast(sa.type_coerce(days, sa.Integer()), sa.Numeric()))
    if kinds == ("datetime", "datetime"):
        return strict_part(parts, values_sql.milliseconds_between(right, left))
    if kinds[0] in ("date", "datetime"):
        return _moved(sql, parts, kinds[1], -1)
    return strict_part(parts, left - right)


def multiplied(sql: Composer, call: Call) -> Part:
    if call.type.kind == "duration":
        parts = [sql(arg) for arg in call.args]
        return strict_part(parts, sa.func.round(parts[0].value * parts[1].value))
    divisors = [isinstance(arg, Call) and arg.name == "@over" for arg in call.args]
    parts = [sql.once(sql(arg)) if any(divisors) else sql(arg) for arg in call.args]
    value = parts[0].value
    for is_divisor, part in zip(divisors[1:], parts[1:], strict=True):
        value = (
            values_sql.divide(value, part.value)
            if is_divisor
            else values_sql.multiply(value, part.value)
        )
    zeros = [
        part.value == number(0)
        for is_divisor, part, arg in zip(divisors, parts, call.args, strict=True)
        if is_divisor and _may_be_zero(sql, arg)
    ]
    if not zeros:
        return strict_part(parts, value)
    return failing(parts, value, [(sa.or_(*zeros), "division_by_zero")])


def _may_be_zero(sql: Composer, node: Node) -> bool:
    value = sql.known(node.args[0] if isinstance(node, Call) and node.name == "@over" else node)
    return value is UNKNOWN or not isinstance(value, int) or value == 0


def divided(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    left, right = (part.value for part in parts)
    combine = values_sql.divide if call.type.kind == "number" else values_sql.whole_quotient
    value = combine(left, right)
    return failing(parts, value, [(right == number(0), "division_by_zero")])


def power(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    base, exponent = (part.value for part in parts)
    value = sql.bound(sa.type_coerce(sa.func.kernel.formula_power(base, exponent), sa.Numeric()))
    bad = sa.or_(sa.func.trunc(exponent) != exponent, sa.func.abs(exponent) > number(100))
    return failing(
        parts,
        value,
        [
            (bad, "bad_argument"),
            (sa.and_(base == number(0), exponent < number(0)), "division_by_zero"),
            (value.is_(None), "overflow"),
        ],
    )


percent: SqlRule = strict_sql(lambda value: sa.func.round(value * number("0.01"), 12))


negative: SqlRule = strict_sql(lambda value: -value)


same: SqlRule = strict_sql(lambda value: value)


def joined(sql: Composer, call: Call) -> Part:
    """Texts one after the other; null joins as nothing, nothing at all is null."""
    parts = [sql.once(sql(arg)) for arg in call.args]
    return limited_join(parts, sa.func.concat(*(part.value for part in parts)), call)


def limited_join(parts: Sequence[Part], value: Element, call: Call) -> Part:
    value = sa.func.nullif(sa.type_coerce(value, sa.Text()), text(""))
    codes = [part.code for part in parts]
    failed = first_code(codes)
    if failed is not None:
        value = sa.case((failed.is_(None), value))
    if sum(map(longest, call.args)) <= limits.TEXT_POINTS:
        return Part(value, failed)
    lengths: list[Element] = [
        sa.func.coalesce(sa.func.char_length(part.value), 0) for part in parts
    ]
    total: Element = lengths[0]
    for length in lengths[1:]:
        total = total + length
    too_long = total > sa.literal(limits.TEXT_POINTS, sa.Integer())
    own = sa.case((too_long, text("limit")))
    return Part(sa.case((inverse(too_long), value)), first_code([*codes, own]))


def longest(node: Node) -> int:
    """A bound on the length of a text."""
    value = getattr(node, "value", None)
    if isinstance(value, str):
        return len(value)
    if isinstance(node, Call) and node.name == "@text":
        return 20_000 if node.args[0].type.kind == "number" else 200
    return limits.TEXT_POINTS


def to_text(sql: Composer, call: Call) -> Part:
    (arg,) = call.args
    part = sql(arg)
    if isinstance(arg.type, t.Choice):
        part = sql.once(part)
    return strict_part([part], values_sql.text_value(sql, part.value, arg.type))


def equal(sql: Composer, call: Call) -> Part:
    left, right = (sql(arg) for arg in call.args)
    return _total([left, right], _same(left, right))


def unequal(sql: Composer, call: Call) -> Part:
    left, right = (sql(arg) for arg in call.args)
    if left.nullable or right.nullable:
        return _total([left, right], left.value.is_distinct_from(right.value))
    return _total([left, right], left.value != right.value)


def _same(left: Part, right: Part) -> Element:
    if left.nullable or right.nullable:
        return left.value.is_not_distinct_from(right.value)
    return left.value == right.value


def _total(parts: Sequence[Part], value: Element) -> Part:
    code = first_code(part.code for part in parts)
    if code is None:
        return Part(value, nullable=False)
    return Part(sa.case((code.is_(None), value)), code)


def order(sign: str) -> SqlRule:
    def rule(sql: Composer, call: Call) -> Part:
        parts = [sql(arg) for arg in call.args]
        left, right = (part.value for part in parts)
        return strict_part(parts, values_sql.compared(sign, left, right, call.args[0].type))

    return rule


def member(sql: Composer, call: Call) -> Part:
    one = call.args[0]
    if len(call.args) == 2 and isinstance(call.args[1].type, t.ListOf):
        return lists_sql.contains(sql, one, call.args[1])
    first = sql(one)
    items = [sql(arg) for arg in call.args[1:]]
    first = sql.once(first) if len(items) > 1 else first
    return _total([first, *items], in_items(first, items))


def in_items(first: Part, items: Sequence[Part]) -> Element:
    """Whether it is one of the items: literals by one array, others one by one."""
    bound = [item for item in items if isinstance(item.value, sa.BindParameter)]
    others = [item for item in items if not isinstance(item.value, sa.BindParameter)]
    tests: list[Element] = [_same(first, item) for item in others]
    if bound:
        found = values_sql.any_of(first.value, [item.value for item in bound])
        tests.append(sa.func.coalesce(found, sa.false()) if first.nullable else found)
    return sa.or_(*tests) if len(tests) > 1 else tests[0]


def not_member(sql: Composer, call: Call) -> Part:
    part = member(sql, call)
    return Part(inverse(part.value), part.code, part.nullable)


def conjunction(sql: Composer, call: Call) -> Part:
    return _decided(sql, call, deciding=False)


def disjunction(sql: Composer, call: Call) -> Part:
    return _decided(sql, call, deciding=True)


def _decided(sql: Composer, call: Call, *, deciding: bool) -> Part:
    parts = [sql(arg) for arg in call.args]
    can_fail = any(part.code is not None for part in parts)
    if can_fail:
        parts = [sql.once(part) for part in parts]
    combine = sa.or_ if deciding else sa.and_
    value = combine(*(part.value for part in parts))
    nullable = any(part.nullable for part in parts)
    if not can_fail:
        return Part(value, nullable=nullable)
    decided = [part.value.is_(sa.true() if deciding else sa.false()) for part in parts]
    code = first_code(part.code for part in parts)
    failed = sa.case((sa.or_(*decided), sa.null()), else_=code)
    return Part(sa.case((failed.is_(None), value)), failed)


negation: SqlRule = strict_sql(lambda value: inverse(value))
