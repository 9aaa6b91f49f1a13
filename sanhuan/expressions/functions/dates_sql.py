"""SQL of the functions over dates, instants and durations."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from sanhuan.expressions import moments, windows
from sanhuan.expressions.functions import values_sql
from sanhuan.expressions.nodes import Call, word
from sanhuan.expressions.parts import (
    Composer,
    Element,
    Failures,
    Part,
    SqlRule,
    failing,
    inverse,
    null_is,
    number,
    strict_part,
    text,
)

_INSTANT = sa.DateTime(timezone=True)


def day_of(sql: Composer, value: Element, kind: str) -> Element:
    """The day of a date or, by the zone of the workspace, of an instant."""
    if kind != "datetime":
        return value
    return sa.cast(values_sql.local(sql, value), sa.Date())


def part_of(field: str) -> SqlRule:
    """YEAR and its kin."""

    def rule(sql: Composer, call: Call) -> Part:
        part = sql(call.args[0])
        value = part.value
        if call.args[0].type.kind == "datetime":
            value = values_sql.local(sql, value)
        return strict_part([part], sa.cast(sa.extract(field, value), sa.Numeric()))

    return rule


def todate(sql: Composer, call: Call) -> Part:
    kind = call.args[0].type.kind
    if kind in ("date", "datetime"):
        part = sql(call.args[0])
        return strict_part([part], day_of(sql, part.value, kind))
    return _read_date(sql, call)


_read_date: SqlRule = null_is(
    "bad_date", lambda value: sa.func.kernel.formula_read_date(value, type_=sa.Date())
)


def _whole_first(parts: Sequence[Part], value: Element) -> Failures:
    """Not whole is a bad argument, which comes before what has no date."""
    bad = sa.or_(*(sa.func.trunc(part.value) != part.value for part in parts))
    return [(bad, "bad_argument"), (value.is_(None), "bad_date")]


def make_date(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    values = [part.value for part in parts]
    made = sql.bound(sa.func.kernel.formula_date(*values, type_=sa.Date()))
    return failing(parts, made, _whole_first(parts, made))


def make_datetime(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    clock = [part.value for part in parts[1:]]
    while len(clock) < 3:
        clock.append(number(0))
    wall = sa.func.kernel.formula_wall(parts[0].value, *clock, type_=sa.DateTime())
    made = sql.bound(values_sql.in_range_or_null(sql, values_sql.instant(sql, wall)))
    return failing(parts, made, _whole_first(parts[1:], made))


def _moved(sql: Composer, call: Call, unit: str) -> Part:
    start, count = (sql.once(sql(arg)) for arg in call.args[:2])
    is_instant = call.args[0].type.kind == "datetime"
    if unit in ("hour", "minute"):
        span = count.value * number(moments.MILLISECONDS[unit])
        value, failures = values_sql.milliseconds_on(start.value, span)
        is_whole = sa.func.trunc(count.value) == count.value
        made = sql.bound(sa.case((is_whole, value())))
        bad = (inverse(is_whole), "bad_argument")
        return failing([start, count], values_sql.in_range(made), [bad, *failures(made)])
    wall = sql.bound(values_sql.local(sql, start.value)) if is_instant else start.value
    day = sa.cast(wall, sa.Date()) if is_instant else wall
    is_whole = sa.func.trunc(count.value) == count.value
    moved = sql.bound(sa.case((is_whole, _moved_day(day, count.value, unit))))
    if is_instant:
        again = sa.type_coerce(moved.op("+")(sa.cast(wall, sa.Time())), sa.DateTime())
        moved = sql.bound(values_sql.in_range_or_null(sql, values_sql.instant(sql, again)))
    return failing([start, count], moved, _whole_first([count], moved))


def _moved_day(day: Element, count: Element, unit: str) -> Element:
    """The day moved, null when it is out of range."""
    if unit in moments.MONTHS:
        months = count * number(moments.MONTHS[unit])
        return sa.func.kernel.formula_add_months(day, months, type_=sa.Date())
    value, _ = values_sql.days_on(day, count * number(7 if unit == "week" else 1))
    return values_sql.in_range(value())


def dateadd(sql: Composer, call: Call) -> Part:
    return _moved(sql, call, word(call, 2))


def edate(sql: Composer, call: Call) -> Part:
    return _moved(sql, call, "month")


def eomonth(sql: Composer, call: Call) -> Part:
    start, count = (sql.once(sql(arg)) for arg in call.args)
    moved = sql.bound(_moved_day(start.value, count.value, "month"))
    first = sa.cast(sa.func.date_trunc(text("month"), moved), sa.Date())
    after = sa.cast(first + sa.func.make_interval(0, 1), sa.Date())
    last = sa.type_coerce(after.op("-")(sa.literal(1)), sa.Date())
    return failing([start, count], last, _whole_first([count], moved))


def startof(sql: Composer, call: Call) -> Part:
    part = sql(call.args[0])
    unit = text(word(call, 1))
    if call.args[0].type.kind == "datetime":
        wall = values_sql.local(sql, part.value)
        start = sa.type_coerce(sa.func.date_trunc(unit, wall), sa.DateTime())
        return strict_part([part], values_sql.instant(sql, start))
    # Over a timestamp without zone: date_trunc of a date goes through the session's zone.
    wall = sa.cast(part.value, sa.DateTime())
    return strict_part([part], sa.cast(sa.func.date_trunc(unit, wall), sa.Date()))


def datedif(sql: Composer, call: Call) -> Part:
    parts = [sql(arg) for arg in call.args[:2]]
    start, end = (part.value for part in parts)
    unit = word(call, 2)
    if unit == "D":
        days = sa.type_coerce(end.op("-")(start), sa.Integer())
        return strict_part(parts, sa.cast(days, sa.Numeric()))
    made = sa.func.kernel.formula_date_difference(start, end, text(unit), type_=sa.Numeric())
    return strict_part(parts, made)


def within(sql: Composer, call: Call) -> Part:
    part = sql(call.args[0])
    first, last = windows.days(word(call, 1), sql.context.today)
    day = day_of(sql, part.value, call.args[0].type.kind)
    inside = day.between(sa.literal(first, sa.Date()), sa.literal(last, sa.Date()))
    return strict_part([part], inside)


def duration(sql: Composer, call: Call) -> Part:
    part = sql(call.args[0])
    size = number(moments.MILLISECONDS[word(call, 1)])
    return strict_part([part], sa.func.round(part.value * size, type_=sa.Numeric()))


def duration_as(sql: Composer, call: Call) -> Part:
    part = sql(call.args[0])
    size = number(moments.MILLISECONDS[word(call, 1)])
    return strict_part([part], values_sql.divide(part.value, size))


def today(sql: Composer, call: Call) -> Part:
    return Part(sa.literal(sql.context.today, sa.Date()), nullable=False)


def now(sql: Composer, call: Call) -> Part:
    return Part(sa.literal(sql.context.now, _INSTANT), nullable=False)
