"""Written values: reading them, and fitting a written text to the type beside it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NoReturn

from sanhuan.expressions import moments, numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import Failure, refusal
from sanhuan.expressions.nodes import Call, Literal, Node

UNITS = {"万": 10_000, "亿": 100_000_000}
WHOLE_DIGITS = 26
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def number(text: str, span: tuple[int, int]) -> Literal:
    """The number written `12`, `1.5`, `10万`; raises bad_literal beyond 26 + 12 digits."""
    unit = UNITS.get(text[-1], 1)
    digits = text if unit == 1 else text[:-1]
    whole, _, fraction = digits.partition(".")
    if len(whole) > WHOLE_DIGITS or len(fraction) > 12:
        _refuse_digits(span)
    value = numbers.scaled(Decimal(digits)) * unit
    if value >= numbers.LIMIT:
        _refuse_digits(span)
    return Literal(numbers.decimal_of(value), t.NUMBER)


def exact(text: str) -> Decimal | None:
    """The number of a decimal text from outside, to 12 places; None when it is none.

    Beyond 10^26 and NaN are no numbers.
    """
    try:
        made = Decimal(text)
        if not made.is_finite() or made.adjusted() >= WHOLE_DIGITS:
            return None
        return numbers.decimal_of(numbers.scaled(made))
    except (ArithmeticError, ValueError):
        return None


def _refuse_digits(span: tuple[int, int]) -> NoReturn:
    raise refusal(
        "bad_literal",
        "数字最多 26 位整数和 12 位小数",
        "A number has at most 26 digits before and 12 after the point",
        span=span,
    )


def moment(text: str, span: tuple[int, int]) -> Literal:
    """The date or datetime written between `#`; raises bad_literal."""
    try:
        value = moments.read_moment(text)
    except Failure:
        _refuse_date(text, span)
    return Literal(value, t.DATETIME if hasattr(value, "hour") else t.DATE)


def _refuse_date(text: str, span: tuple[int, int]) -> NoReturn:
    raise refusal(
        "bad_literal",
        f"“{text[:40]}”不是日期",
        f"“{text[:40]}” is no date",
        span=span,
        remedy=("写作 #2025-03-01# 或 #2025-03-01 08:00#", "Write #2025-03-01#"),
    )


def fit(node: Node, wanted: t.Type, language: str, span: tuple[int, int]) -> Node | None:
    """The node as a value of `wanted`; None when it cannot be one.

    NULL fits every type. A written text fits a choice (by key or label), a date
    or a datetime, and an id fits a reference. Raises unknown_choice, bad_literal.
    """
    if t.same(node.type, wanted):
        return node
    if wanted.kind == "null" or not isinstance(node, Literal | Call):
        return node if isinstance(wanted, t.Null) else None
    if isinstance(node, Literal) and node.value is None:
        return Literal(None, wanted)
    if isinstance(node, Call) and node.type.kind == "null":
        args = [fit(a, wanted, language, span) if a.type.kind == "null" else a for a in node.args]
        return dataclasses.replace(node, type=wanted, args=tuple(a for a in args if a))
    if isinstance(node, Literal) and isinstance(node.value, str) and node.type == t.TEXT:
        return _fit_text(node.value, wanted, language, span)
    return None


def _fit_text(text: str, wanted: t.Type, language: str, span: tuple[int, int]) -> Node | None:
    if isinstance(wanted, t.Choice):
        return choice(text, wanted, language, span)
    if isinstance(wanted, t.Date | t.DateTime):
        made = moment(text, span)
        return made if made.type == wanted else None
    if isinstance(wanted, t.Reference) and UUID.fullmatch(text):
        return Literal(text, wanted)
    return None


def choice(text: str, wanted: t.Choice, language: str, span: tuple[int, int]) -> Literal:
    """The option of that key or label; raises unknown_choice."""
    option = wanted.find(text, language)
    if option is None:
        names = tuple(option.label(language) for option in wanted.options)
        raise refusal(
            "unknown_choice",
            f"没有选项“{text[:40]}”,可选:{'、'.join(names[:20])}",
            f"There is no option “{text[:40]}”; there are {', '.join(names[:20])}",
            span=span,
            names=names,
        )
    return Literal(option.key, wanted)


_REMEDIES: dict[tuple[str, str], tuple[str, str]] = {
    ("number", "text"): ("用 NUMBER 把文本变为数字", "Turn the text into a number with NUMBER"),
    ("date", "datetime"): ("用 TODATE 取时间的日期", "Take the day of the time with TODATE"),
    ("datetime", "date"): ("用 TODATE 取时间的日期", "Take the day of the time with TODATE"),
    ("text", "boolean"): ("用 IF 写出两种文本", "Write both texts with IF"),
    ("text", "duration"): ("用 DURATIONAS 换算为数字", "Turn it into a number with DURATIONAS"),
    ("number", "duration"): ("用 DURATION 或 DURATIONAS", "Use DURATION or DURATIONAS"),
    ("duration", "number"): ("用 DURATION 写明单位", "Give the unit with DURATION"),
    ("number", "list"): ("先用 SUM、MAX 等汇总", "Aggregate first with SUM, MAX or the like"),
    ("boolean", "number"): ("写出比较,例如 金额 > 0", "Write a comparison, as in amount > 0"),
}


def refuse_type(found: t.Type, kinds: Sequence[str], name: str, span: tuple[int, int]) -> NoReturn:
    """Raise type_mismatch: `kinds` were wanted here."""
    zh = "或".join(t.NAMES[kind]["zh"] for kind in kinds)
    en = " or ".join(t.NAMES[kind]["en"] for kind in kinds)
    raise refusal(
        "type_mismatch",
        f"{name} 这里需要{zh},不能用{t.NAMES[found.kind]['zh']}",
        f"{name} wants {en} here, not {t.NAMES[found.kind]['en']}",
        span=span,
        remedy=_REMEDIES.get((kinds[0], found.kind)),
    )
