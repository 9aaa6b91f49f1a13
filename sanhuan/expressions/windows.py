"""Windows of days relative to today: 本月, 最近7天, last_quarter.

A window is kept under its key (`this_month`, `last_7_days`), which is also the
`relative` of filters. Both languages are read in formulas and decision tables.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from sanhuan.expressions import moments
from sanhuan.expressions.errors import Failure

_ZH_UNITS = {"day": "天", "week": "周", "month": "月", "quarter": "季", "year": "年"}
_ZH_WORDS = {
    "today": "今天",
    "yesterday": "昨天",
    "tomorrow": "明天",
    "this_week": "本周",
    "last_week": "上周",
    "next_week": "下周",
    "this_month": "本月",
    "last_month": "上月",
    "next_month": "下月",
    "this_quarter": "本季",
    "last_quarter": "上季",
    "next_quarter": "下季",
    "this_year": "本年",
    "last_year": "去年",
    "next_year": "明年",
}
_KEYS = {zh: key for key, zh in _ZH_WORDS.items()}
_ZH_DAYS = re.compile(r"(最近|未来)([1-9][0-9]{0,3})天")
_EN_DAYS = re.compile(r"(last|next)_([1-9][0-9]{0,3})_days")

FIXED: tuple[str, ...] = tuple(_ZH_WORDS)
"""The windows without a number; beside them last_N_days and next_N_days."""


@dataclass(frozen=True, slots=True)
class Window:
    """`offset` units from the one of today; or `days` from a day `offset` from today."""

    unit: str
    offset: int
    days: int = 0


def find(text: str) -> str | None:
    """The key of a window written in Chinese or as its key; None for no window."""
    text = text.strip()
    if text in _KEYS:
        return _KEYS[text]
    if match := _ZH_DAYS.fullmatch(text):
        return f"{'last' if match[1] == '最近' else 'next'}_{match[2]}_days"
    return text if text in _ZH_WORDS or _EN_DAYS.fullmatch(text) else None


def label(key: str, language: str) -> str:
    """How a window is written: in Chinese, or as its key for other languages."""
    if language != "zh":
        return key
    if match := _EN_DAYS.fullmatch(key):
        return f"{'最近' if match[1] == 'last' else '未来'}{match[2]}天"
    return _ZH_WORDS[key]


def window(key: str) -> Window:
    """What a key means. `last_7_days` and `next_7_days` both count today."""
    if match := _EN_DAYS.fullmatch(key):
        days = int(match[2])
        return Window("day", 1 - days if match[1] == "last" else 0, days)
    if key in ("today", "yesterday", "tomorrow"):
        return Window("day", {"today": 0, "yesterday": -1, "tomorrow": 1}[key])
    which, _, unit = key.partition("_")
    return Window(unit, {"this": 0, "last": -1, "next": 1}[which])


def days(key: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a window, cut to the days that exist."""
    shape = window(key)
    try:
        first = moments.add_to_day(
            moments.start_of_day(today, shape.unit), shape.offset, shape.unit
        )
    except Failure:
        first = moments.FIRST_DAY if shape.offset < 0 else moments.LAST_DAY
    try:
        after = moments.add_to_day(first, shape.days or 1, "day" if shape.days else shape.unit)
    except Failure:
        return first, moments.LAST_DAY
    return first, after - dt.timedelta(days=1)
