"""SQL of the functions over text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sanhuan.expressions import limits
from sanhuan.expressions import types as t
from sanhuan.expressions.formats import WEEKDAYS, DateFormat, NumberFormat, text_format
from sanhuan.expressions.functions import lists_sql, values_sql
from sanhuan.expressions.nodes import Call, Literal
from sanhuan.expressions.parts import (
    Composer,
    Element,
    Failures,
    Part,
    SqlRule,
    Truth,
    failing,
    first_code,
    inverse,
    null_is,
    number,
    strict_part,
    strict_sql,
    text,
)

_COUNT_LIMIT = 1_000_000_000
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_FULL = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
_HALF = "".join(map(chr, range(0x21, 0x7F))) + " "
_BLANKS = " \t\r\n\u3000\u00a0"


def counted(
    sql: Composer, call: Call, index: int, part: Part, least: int = 0
) -> tuple[Element, list[tuple[Truth, str]]]:
    """A length or position as an integer, and when it is a bad argument."""
    value = part.value
    bad = sa.or_(sa.func.trunc(value) != value, value < number(least))
    known = sql.known(call.args[index])
    fine = isinstance(known, int) and not known % 10**12 and known >= least * 10**12
    if fine:
        return sa.literal(min(known // 10**12, _COUNT_LIMIT), sa.Integer()), []
    return values_sql.clamped(value, 0, _COUNT_LIMIT), [(bad, "bad_argument")]


def cutting(function: Callable[[Element, Element], Element]) -> SqlRule:
    """LEFT and RIGHT: a text and a length; an empty result is null."""

    def rule(sql: Composer, call: Call) -> Part:
        parts = [sql.once(sql(arg)) for arg in call.args]
        count, failures = counted(sql, call, 1, parts[1])
        value = sa.func.nullif(function(parts[0].value, count), text(""))
        return _failing_or_null(parts, value, failures)

    return rule


def _failing_or_null(parts: Sequence[Part], value: Element, failures: Failures) -> Part:
    if not failures:
        return strict_part(parts, value, nullable=True)
    bad = sa.or_(*(condition for condition, _ in failures))
    return failing(parts, sa.case((inverse(bad), value)), failures)


left: SqlRule = cutting(lambda value, count: sa.func.left(value, count, type_=sa.Text()))
right: SqlRule = cutting(lambda value, count: sa.func.right(value, count, type_=sa.Text()))


def mid(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    start, failures = counted(sql, call, 1, parts[1], 1)
    count, more = counted(sql, call, 2, parts[2])
    cut = sa.func.substr(parts[0].value, sa.func.greatest(start, 1), count, type_=sa.Text())
    return _failing_or_null(parts, sa.func.nullif(cut, text("")), [*failures, *more])


def find(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    part, whole = parts[0].value, parts[1].value
    place: Element
    if len(parts) == 2:
        place = sa.func.nullif(sa.func.strpos(whole, part), 0)
        return strict_part(parts, sa.cast(place, sa.Numeric()), nullable=True)
    start, failures = counted(sql, call, 2, parts[2], 1)
    rest = sa.func.substr(whole, sa.func.greatest(start, 1), type_=sa.Text())
    place = sa.func.nullif(sa.func.strpos(rest, part), 0) + sa.func.greatest(start, 1) - 1
    return _failing_or_null(parts, sa.cast(place, sa.Numeric()), failures)


def length(sql: Composer, call: Call) -> Part:
    part = sql(call.args[0])
    value = sa.cast(sa.func.coalesce(sa.func.char_length(part.value), 0), sa.Numeric())
    if part.code is None:
        return Part(value, nullable=False)
    part = sql.once(part)
    return lists_sql.guarded(sql, value, part.code, nullable=False)


def holding(test: Callable[[Element, Element], Element]) -> SqlRule:
    """CONTAINS and its kin: null holds nothing, nothing sought is unknown."""

    def rule(sql: Composer, call: Call) -> Part:
        whole, part = (sql.once(sql(arg)) for arg in call.args)
        code = first_code([whole.code, part.code])
        value = test(whole.value, part.value)
        if whole.nullable or whole.code is not None:
            absent = sa.case((part.value.is_not(None), sa.false()))
            value = (
                sa.func.coalesce(value, absent)
                if part.nullable
                else sa.func.coalesce(value, sa.false())
            )
        if code is None:
            return Part(value, nullable=part.nullable)
        return Part(sa.case((code.is_(None), value)), code)

    return rule


def _literal(element: Element) -> str | None:
    value = getattr(element, "value", None)
    return value if isinstance(element, sa.BindParameter) and isinstance(value, str) else None


def has(whole: Element, part: Element) -> Element:
    written = _literal(part)
    if written is None:
        return sa.func.strpos(whole, part) > sa.literal(0)
    return whole.like(f"%{values_sql.like_pattern(written)}%")


def starts(whole: Element, part: Element) -> Element:
    written = _literal(part)
    if written is None:
        return sa.func.starts_with(whole, part, type_=sa.Boolean())
    return whole.like(f"{values_sql.like_pattern(written)}%")


def finishes(whole: Element, part: Element) -> Element:
    written = _literal(part)
    if written is None:
        return sa.func.right(whole, sa.func.char_length(part)) == part
    return whole.like(f"%{values_sql.like_pattern(written)}")


def substitute(sql: Composer, call: Call) -> Part:
    whole, old, new = (sql.once(sql(arg)) for arg in call.args)
    into = sa.func.coalesce(new.value, text(""))
    size = sa.func.char_length
    found = sa.func.div(
        sa.cast(
            size(whole.value) - size(sa.func.replace(whole.value, old.value, text(""))),
            sa.Numeric(),
        ),
        sa.cast(size(old.value), sa.Numeric()),
    )
    grown = size(whole.value) + found * sa.cast(size(into) - size(old.value), sa.Numeric())
    too_long = grown > number(limits.TEXT_POINTS)
    made = sa.func.nullif(sa.func.replace(whole.value, old.value, into, type_=sa.Text()), text(""))
    own = sa.case((too_long, text("limit")))
    code = first_code([whole.code, old.code, new.code, own])
    assert code is not None
    code = sql.bound(code)
    return Part(sa.case((code.is_(None), made)), code)


def repeat(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    count, failures = counted(sql, call, 1, parts[1])
    size = sa.cast(sa.func.char_length(parts[0].value), sa.Numeric())
    too_long = size * parts[1].value > number(limits.TEXT_POINTS)
    safe = sa.func.least(
        count, sa.cast(sa.func.div(number(limits.TEXT_POINTS), size), sa.Integer())
    )
    value = sa.func.nullif(sa.func.repeat(parts[0].value, safe, type_=sa.Text()), text(""))
    return _failing_or_null(parts, value, [*failures, (too_long, "limit")])


def pad_left(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    whole, width, pad = (part.value for part in parts)
    count, failures = counted(sql, call, 1, parts[1])
    too_long = width > number(limits.TEXT_POINTS)
    safe = sa.func.least(
        sa.func.greatest(count, sa.func.char_length(whole)), 2 * limits.TEXT_POINTS
    )
    value = sa.func.lpad(whole, safe, pad, type_=sa.Text())
    return _failing_or_null(parts, value, [*failures, (too_long, "limit")])


def mask(sql: Composer, call: Call) -> Part:
    parts = [sql.once(sql(arg)) for arg in call.args]
    whole = parts[0].value
    head, failures = counted(sql, call, 1, parts[1])
    tail, more = counted(sql, call, 2, parts[2])
    size = sa.func.char_length(whole)
    hidden = size - sa.func.least(head, size) - sa.func.least(tail, size)
    stars = sa.func.repeat(text("*"), sa.case((hidden > 0, hidden), else_=size))
    inner = sa.func.concat(
        sa.func.left(whole, head), stars, sa.func.right(whole, tail), type_=sa.Text()
    )
    value = sa.case((hidden > 0, inner), else_=stars)
    return _failing_or_null(parts, sa.type_coerce(value, sa.Text()), [*failures, *more])


upper: SqlRule = strict_sql(
    lambda v: sa.func.translate(v, text(_LOWER), text(_LOWER.upper()), type_=sa.Text())
)
lower: SqlRule = strict_sql(
    lambda v: sa.func.translate(v, text(_LOWER.upper()), text(_LOWER), type_=sa.Text())
)
trim: SqlRule = strict_sql(
    lambda v: sa.func.nullif(sa.func.btrim(v, text(_BLANKS), type_=sa.Text()), text("")),
    nullable=True,
)
halfwidth: SqlRule = strict_sql(
    lambda v: sa.func.translate(v, text(_FULL), text(_HALF), type_=sa.Text())
)
digits: SqlRule = strict_sql(
    lambda v: sa.func.nullif(
        sa.func.regexp_replace(v, text("[^0-9]+"), text(""), text("g"), type_=sa.Text()), text("")
    ),
    nullable=True,
)
mobile: SqlRule = strict_sql(
    lambda v: sa.type_coerce(v.op("~", is_comparison=True)(text("^1[3-9][0-9]{9}$")), sa.Boolean())
)
credit_code: SqlRule = strict_sql(
    lambda v: sa.func.kernel.formula_is_credit_code(v, type_=sa.Boolean())
)
to_number: SqlRule = null_is(
    "bad_number", lambda v: sa.func.kernel.formula_number(v, type_=sa.Numeric())
)
rmb: SqlRule = null_is("bad_argument", lambda v: sa.func.kernel.formula_rmb(v, type_=sa.Text()))


def join(sql: Composer, call: Call) -> Part:
    """Lists are joined in order each, then all with the separator."""
    between = sql.once(sql(call.args[0]))
    separator = sa.func.coalesce(between.value, text(""))
    found = lists_sql.gather(sql, Call("JOIN", call.args[1:], t.TEXT))
    pieces: dict[int, Element] = {index: part.value for index, part in found.singles}
    sizes: list[Element] = [
        sa.func.coalesce(sa.func.char_length(p.value), 0) for _, p in found.singles
    ]
    for index, values in found.lists:
        joined = sql.bound(_string_agg(values, separator))
        pieces[index] = joined
        sizes.append(sa.func.coalesce(sa.func.char_length(joined), 0))
    whole: Element = sa.func.concat_ws(
        separator, *(pieces[index] for index in sorted(pieces)), type_=sa.Text()
    )
    whole = sql.bound(sa.func.nullif(whole, text("")))
    too_long = sa.func.char_length(whole) > sa.literal(limits.TEXT_POINTS)
    own = sa.case((too_long, text("limit")))
    code = first_code([between.code, found.code, own])
    return lists_sql.guarded(sql, whole, code, nullable=True)


def _string_agg(values: lists_sql.Many, separator: Element) -> Element:
    def make(value: Element, order: Sequence[Element]) -> Element:
        ordered = postgresql.aggregate_order_by(separator, *order)
        return sa.func.string_agg(value, ordered, type_=sa.Text())

    assert values.value is not None
    return values.aggregate(make, values.value)


def formatted(sql: Composer, call: Call) -> Part:
    arg, written = call.args
    assert isinstance(written, Literal)
    form = text_format(str(written.value), arg.type)
    part = sql.once(sql(arg))
    if isinstance(form, NumberFormat):
        return strict_part([part], _number_text(part.value, form))
    moment = values_sql.local(sql, part.value) if arg.type.kind == "datetime" else part.value
    return strict_part([part], _date_text(moment, form))


def _number_text(value: Element, form: NumberFormat) -> Element:
    return sa.func.kernel.formula_number_text(
        value, form.digits, form.places, form.grouped, form.percent, type_=sa.Text()
    )


_TEMPLATES = {
    "yyyy": "YYYY",
    "yy": "YY",
    "m": "FMMM",
    "mm": "MM",
    "d": "FMDD",
    "dd": "DD",
    "h": "FMHH24",
    "hh": "HH24",
    "minute": "MI",
    "ss": "SS",
}


def _date_text(moment: Element, form: DateFormat) -> Element:
    pieces: list[Element] = []
    for token in form.tokens:
        if token == "aaaa":
            day = sa.extract("isodow", moment)
            names = [(day == sa.literal(i + 1), text(name)) for i, name in enumerate(WEEKDAYS)]
            pieces.append(sa.case(*names))
        elif token in _TEMPLATES:
            pieces.append(sa.func.to_char(moment, text(_TEMPLATES[token]), type_=sa.Text()))
        else:
            pieces.append(text(token))
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = whole.concat(piece)
    return whole
