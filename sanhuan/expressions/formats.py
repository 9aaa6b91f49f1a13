"""Formats of TEXT: a closed list, read once when the formula is saved."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sanhuan.expressions import moments, numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import refusal

_NUMBER = re.compile(r"(#,##)?(0{1,26})(?:\.(0{1,12}))?(%?)")
_TOKEN = re.compile(r"yyyy|yy|mm?|dd?|hh?|ss|aaaa|[年月日时分秒/\-:. ]")
_TIME = frozenset({"h", "hh", "ss", "minute"})
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """`digits` whole digits at least, `places` decimals exactly."""

    digits: int
    places: int
    grouped: bool
    percent: bool

    def apply(self, value: int, zone: ZoneInfo) -> str:
        if self.percent:
            value *= 100
        value = numbers.rounded(value, self.places)
        whole, fraction = divmod(abs(value), numbers.ONE)
        text = str(whole).rjust(self.digits, "0")
        if self.grouped:
            text = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", text)
        if self.places:
            text += "." + f"{fraction:012d}"[: self.places]
        return ("-" if value < 0 else "") + text + ("%" if self.percent else "")


@dataclass(frozen=True, slots=True)
class DateFormat:
    """Tokens in order; `minute` stands for an `mm` after an hour."""

    tokens: tuple[str, ...]

    def apply(self, value: dt.date | dt.datetime, zone: ZoneInfo) -> str:
        moment = moments.local(value, zone) if isinstance(value, dt.datetime) else value
        return "".join(_piece(token, moment) for token in self.tokens)


def _piece(token: str, moment: Any) -> str:
    match token:
        case "yyyy":
            return f"{moment.year:04d}"
        case "yy":
            return f"{moment.year % 100:02d}"
        case "m" | "mm":
            return str(moment.month).rjust(len(token), "0")
        case "d" | "dd":
            return str(moment.day).rjust(len(token), "0")
        case "h" | "hh":
            return str(moment.hour).rjust(len(token), "0")
        case "minute":
            return f"{moment.minute:02d}"
        case "ss":
            return f"{moment.second:02d}"
        case "aaaa":
            return WEEKDAYS[moment.weekday()]
    return token


def text_format(
    text: str, kind: t.Type, span: tuple[int, int] = (0, 0)
) -> NumberFormat | DateFormat:
    """The format for values of that type; raises bad_literal."""
    found = _number(text) if kind.kind == "number" else _date(text, kind.kind == "datetime")
    if found is None:
        raise refusal(
            "bad_literal",
            f"没有格式“{text[:40]}”",
            f"There is no format “{text[:40]}”",
            span=span,
            remedy=(
                "数字:0、0.00、#,##0.00、0.0%;日期:yyyy-mm-dd、yyyy年m月d日、hh:mm",
                "Numbers: 0, 0.00, #,##0.00, 0.0%; dates: yyyy-mm-dd, hh:mm",
            ),
        )
    return found


def _number(text: str) -> NumberFormat | None:
    match = _NUMBER.fullmatch(text)
    if not match or (match[1] and len(match[2]) > 1):
        return None
    return NumberFormat(len(match[2]), len(match[3] or ""), bool(match[1]), bool(match[4]))


def _date(text: str, has_time: bool) -> DateFormat | None:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        tokens.append(_minutes(match[0], tokens))
        at = match.end()
    if not any(token[0].isascii() and token[0].isalpha() for token in tokens):
        return None
    if not has_time and _TIME.intersection(tokens):
        return None
    return DateFormat(tuple(tokens))


def _minutes(token: str, before: list[str]) -> str:
    letters = [known for known in before if known[0].isascii() and known[0].isalpha()]
    return "minute" if token == "mm" and letters and letters[-1] in ("h", "hh") else token
