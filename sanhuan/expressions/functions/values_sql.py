"""SQL of single operations on values: exact arithmetic, instants, text forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sanhuan.expressions import moments
from sanhuan.expressions import types as t
from sanhuan.expressions.parts import Composer, Element, Failures, Truth, inverse, number, text

_INSTANT = sa.DateTime(timezone=True)
FIRST_DAY = sa.literal(moments.FIRST_DAY, sa.Date())
LAST_DAY = sa.literal(moments.LAST_DAY, sa.Date())
_DAYS = (moments.LAST_DAY - moments.FIRST_DAY).days + 1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def multiply(a: Element, b: Element) -> Element:
    """The exact product, rounded once to 12 places."""
    return sa.func.round(a * b, 12)


def divide(a: Element, b: Element) -> Element:
    """The exact quotient, rounded once to 12 places; null for division by zero."""
    digits = sa.func.div(a * number("1e13"), sa.func.nullif(b, number(0)))
    return sa.func.round(digits * number("1e-13"), 12)


def whole_quotient(a: Element, b: Element) -> Element:
    """a / b rounded half away from zero to a whole number; null for division by zero."""
    digits = sa.func.div(a * number(10), sa.func.nullif(b, number(0)))
    return sa.func.round(digits * number("0.1"))


def in_range(value: Element) -> Element:
    """The date or instant, null when it is out of range."""
    return sa.case((is_in_range(value), value))


def in_range_or_null(sql: Composer, value: Element) -> Element:
    """The same for a value that is not bound yet."""
    return in_range(sql.bound(value))


def is_in_range(value: Element) -> Truth:
    if isinstance(value.type, sa.Date):
        return value.between(FIRST_DAY, LAST_DAY)
    return sa.and_(
        value >= sa.literal(moments.FIRST_INSTANT, _INSTANT),
        value < sa.literal(moments.END_OF_INSTANTS, _INSTANT),
    )


def clamped(value: Element, low: int, high: int) -> Element:
    """A whole number cut to a range, so that the cast cannot fail."""
    cut = sa.func.least(sa.func.greatest(sa.func.trunc(value), number(low)), number(high))
    return sa.cast(cut, sa.Integer())


def days_on(day: Element, days: Element) -> tuple[Callable[[], Element], Any]:
    """A day some days on; counted from the first day, so that the sum cannot overflow."""
    place = sa.cast(day_number(day), sa.Numeric()) + days

    def value() -> Element:
        moved = sa.type_coerce(FIRST_DAY.op("+")(clamped(place, -1, _DAYS)), sa.Date())
        return sa.case((sa.func.trunc(days) == days, moved))

    def failures(made: Element) -> Failures:
        return [
            (sa.func.trunc(days) != days, "bad_argument"),
            (inverse(is_in_range(made)), "bad_date"),
        ]

    return value, failures


def day_number(day: Element) -> Element:
    """Days since the first day, an integer."""
    return sa.type_coerce(sa.cast(day, sa.Date()).op("-")(FIRST_DAY), sa.Integer())


def milliseconds_on(at: Element, span: Element) -> tuple[Callable[[], Element], Any]:
    """An instant some milliseconds on; exact, and cut just beyond the range."""
    total = epoch_milliseconds(at) + span
    low = moments.milliseconds_between(_EPOCH, moments.FIRST_INSTANT) - 1
    high = moments.milliseconds_between(_EPOCH, moments.END_OF_INSTANTS)
    cut = sa.func.least(sa.func.greatest(total, number(low)), number(high))
    hours = sa.func.div(cut, number(3_600_000))
    seconds = (cut - hours * number(3_600_000)) * number("0.001")
    interval = sa.func.make_interval(
        0, 0, 0, 0, sa.cast(hours, sa.Integer()), 0, sa.cast(seconds, sa.Double())
    )

    def value() -> Element:
        return sa.type_coerce(sa.literal(_EPOCH, _INSTANT).op("+")(interval), _INSTANT)

    def failures(made: Element) -> Failures:
        return [(inverse(is_in_range(made)), "bad_date")]

    return value, failures


def epoch_milliseconds(at: Element) -> Element:
    """Milliseconds since 1970, exact to the microsecond, numeric."""
    return sa.cast(sa.extract("epoch", at), sa.Numeric()) * number(1000)


def milliseconds_between(start: Element, end: Element) -> Element:
    epoch = sa.extract("epoch", sa.type_coerce(end.op("-")(start), sa.Interval()))
    return sa.func.round(sa.cast(epoch, sa.Numeric()) * number(1000))


def text_value(sql: Composer, value: Element, kind: t.Type) -> Element:
    """How a value joins into text."""
    if isinstance(kind, t.Choice):
        labels = {o.key: o.label(sql.context.language) for o in kind.options}
        if all(key == label for key, label in labels.items()):
            return value
        whens = [(value == text(key), text(label)) for key, label in labels.items()]
        return sa.case(*whens, else_=value)
    if kind.kind == "number":
        return sa.cast(sa.func.trim_scale(value), sa.Text())
    if kind.kind == "date":
        return sa.func.to_char(value, text("YYYY-MM-DD"))
    if kind.kind == "datetime":
        return sa.func.to_char(local(sql, value), text("YYYY-MM-DD HH24:MI"))
    return value


def local(sql: Composer, value: Element) -> Element:
    """The wall clock of an instant: a timestamp without zone."""
    return sa.type_coerce(sa.func.timezone(text(sql.context.zone.key), value), sa.DateTime())


def instant(sql: Composer, wall: Element) -> Element:
    """The instant of a wall clock."""
    return sa.type_coerce(sa.func.timezone(text(sql.context.zone.key), wall), _INSTANT)


def compared(sign: str, left: Element, right: Element, kind: t.Type) -> Element:
    """`<` and its kin; text by code point.

    A column that carries a collation of its own (created with one by code point,
    such as pg_c_utf8) is compared with a literal as it is, so that its index serves.
    """
    if kind.kind == "text" and not (_is_collated(left, right) or _is_collated(right, left)):
        left = sa.collate(left, "C")
    return sa.type_coerce(left.op(sign, is_comparison=True)(right), sa.Boolean())


def _is_collated(one: Element, other: Element) -> bool:
    collation = getattr(one.type, "collation", None)
    return bool(collation) and isinstance(other, sa.BindParameter)


def any_of(value: Element, items: Sequence[Element]) -> Element:
    """`value = ANY(array)` over bound literals."""
    kind = items[0].type
    values = [item.value for item in items if isinstance(item, sa.BindParameter)]
    return any_of_array(value, sa.literal(values, postgresql.ARRAY(kind)))


def any_of_array(value: Element, array: Element) -> Element:
    """`value = ANY(array)`."""
    return sa.type_coerce(value.op("=", is_comparison=True)(sa.func.any(array)), sa.Boolean())


def like_pattern(value: str) -> str:
    """The text with LIKE's own characters escaped by a backslash."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
