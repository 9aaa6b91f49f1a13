"""Functions over dates, instants and durations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sanhuan.expressions import moments, names, numbers, windows
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import (
    Closure,
    Compiler,
    Env,
    PythonRule,
    is_instant,
    strict,
    zoned,
)
from sanhuan.expressions.errors import Failure, refusal
from sanhuan.expressions.functions import dates_sql as sql
from sanhuan.expressions.functions.text import BLANKS
from sanhuan.expressions.nodes import Call, Literal, word
from sanhuan.expressions.signature import Allowed, Arguments, Function

DAY_UNITS = ("year", "quarter", "month", "week", "day")
ALL_UNITS = (*DAY_UNITS, "hour", "minute")
DURATION_UNITS = tuple(moments.MILLISECONDS)
DIFFERENCE_UNITS = ("Y", "M", "D", "YM", "MD", "YD")
_SPAN = 10**10  # more than the minutes of all years


def _count(number: int) -> int:
    return numbers.whole(number, -_SPAN, _SPAN, code="bad_date")


def _wholes(parts: Sequence[int], high: int) -> list[int]:
    """Whole numbers up to `high`: what is not whole is told before what is no date."""
    if any(part % numbers.ONE for part in parts):
        raise Failure("bad_argument")
    return [numbers.whole(part, 0, high, code="bad_date") for part in parts]


def _date(year: int, month: int, day: int) -> dt.date:
    return moments.make_date(*_wholes((year, month, day), 9999))


def _datetime(zone: ZoneInfo, day: dt.date, *clock: int) -> dt.datetime:
    parts = _wholes(clock, 59)
    if parts[0] > 23:
        raise Failure("bad_date")
    hour, minute, second = (*parts, 0, 0)[:3]
    return moments.instant(dt.datetime.combine(day, dt.time(hour, minute, second)), zone)


def _todate(zone: ZoneInfo, value: str | dt.date) -> dt.date:
    if isinstance(value, str):
        return moments.read_date(names.halfwidth(value).strip(BLANKS))
    return moments.local_day(value, zone) if isinstance(value, dt.datetime) else value


def _part(read: Callable[[dt.date], int]) -> PythonRule:
    def function(zone: ZoneInfo, value: dt.date) -> int:
        day = moments.local_day(value, zone) if isinstance(value, dt.datetime) else value
        return read(day) * numbers.ONE

    return zoned(function)


def _clock(read: Callable[[dt.datetime], int]) -> PythonRule:
    return zoned(lambda zone, at: read(moments.local(at, zone)) * numbers.ONE)


def _unit_type(place: int) -> Callable[[Arguments], t.Type]:
    def typing(arguments: Arguments) -> t.Type:
        kind = arguments.take(0, "ds")
        if place == 2:
            arguments.take(1, "n")
        arguments.word(place, ALL_UNITS if kind.kind == "datetime" else DAY_UNITS)
        return kind

    return typing


def _dateadd(compiler: Compiler, call: Call) -> Closure:
    unit = word(call, 2)

    def function(zone: ZoneInfo, value: Any, number: int) -> Any:
        if is_instant(value):
            return moments.add_to_instant(value, _count(number), unit, zone)
        return moments.add_to_day(value, _count(number), unit)

    return zoned(function)(compiler, _without_word(call, 2))


def _without_word(call: Call, place: int) -> Call:
    return Call(call.name, call.args[:place] + call.args[place + 1 :], call.type)


def _startof(compiler: Compiler, call: Call) -> Closure:
    unit = word(call, 1)

    def function(zone: ZoneInfo, value: Any) -> Any:
        if is_instant(value):
            return moments.start_of_instant(value, unit, zone)
        return moments.start_of_day(value, unit)

    return zoned(function)(compiler, _without_word(call, 1))


def _datedif(compiler: Compiler, call: Call) -> Closure:
    unit = word(call, 2)
    rule = strict(lambda a, b: moments.difference(a, b, unit) * numbers.ONE)
    return rule(compiler, _without_word(call, 2))


def _within_type(arguments: Arguments) -> t.Type:
    arguments.take(0, "ds")
    text = arguments.written(1)
    key = windows.find(text)
    if key is None:
        raise refusal(
            "bad_literal",
            f"没有时间段“{text[:40]}”,可以写:本月、上月、最近7天、未来30天等",
            f"There is no window “{text[:40]}”; write this_month, last_7_days or the like",
            span=arguments.items[1].span,
            names=windows.FIXED,
        )
    arguments.items[1].node = Literal(key, t.TEXT)
    return t.BOOLEAN


def _within(compiler: Compiler, call: Call) -> Closure:
    inner = compiler(call.args[0])
    key = word(call, 1)

    def run(env: Env) -> bool | None:
        value = inner(env)
        if value is None:
            return None
        first, last = windows.days(key, env.context.today)
        day = moments.local_day(value, env.context.zone) if is_instant(value) else value
        return bool(first <= day <= last)

    return run


def _duration(compiler: Compiler, call: Call) -> Closure:
    size = moments.MILLISECONDS[word(call, 1)]
    rule = strict(lambda number: numbers.half_away(number * size, numbers.ONE))
    return rule(compiler, _without_word(call, 1))


def _duration_as(compiler: Compiler, call: Call) -> Closure:
    size = moments.MILLISECONDS[word(call, 1)]
    rule = strict(lambda span: numbers.half_away(span * numbers.ONE, size))
    return rule(compiler, _without_word(call, 1))


def _today(compiler: Compiler, call: Call) -> Closure:
    return lambda env: env.context.today


def _now(compiler: Compiler, call: Call) -> Closure:
    return lambda env: env.context.now


_MAKING = (
    Function(
        "TODAY", "date", "", t.DATE, "", python=_today,
        sql=sql.today, needs=Allowed.TODAY, never_null=True,
        zh="今天(工作区时区)", en="Today in the workspace's zone", example=("TODAY()", ""),
    ),
    Function(
        "NOW", "date", "", t.DATETIME, "", python=_now,
        sql=sql.now, needs=Allowed.NOW, never_null=True,
        zh="现在", en="The time of the transaction", example=("NOW()", ""),
    ),
    Function(
        "DATE", "date", "n n n", t.DATE, "年, 月, 日", python=strict(_date), sql=sql.make_date,
        zh="由年月日得日期", en="The date of year, month and day",
        example=("DATE(2024, 2, 29)", "2024-02-29"),
    ),
    Function(
        "DATETIME", "date", "d n n? n?", t.DATETIME, "日期, 时, 分, 秒", python=zoned(_datetime),
        sql=sql.make_datetime,
        zh="由日期和钟点得时间", en="The instant of a date and a wall clock",
        example=("HOUR(DATETIME(#2025-03-01#, 9, 30))", "9"),
    ),
    Function(
        "TODATE", "date", "tds", t.DATE, "文本、日期或时间", python=zoned(_todate), sql=sql.todate,
        zh="取日期", en="The day of a time, or the date a text means",
        example=('TODATE("2025/3/1")', "2025-03-01"),
    ),
)  # fmt: skip

_FIELDS = {"ISOWEEK": "week", "WEEKDAY": "isodow"}
_PARTS = (
    *(
        Function(
            name, "date", "ds", t.NUMBER, "日期或时间", python=_part(read),
            sql=sql.part_of(_FIELDS.get(name, name.lower())),
            zh=zh, en=en, example=(f"{name}(#2025-03-30#)", shown),
        )
        for name, read, zh, en, shown in (
            ("YEAR", lambda day: day.year, "年", "The year", "2025"),
            ("QUARTER", lambda day: (day.month + 2) // 3, "季度", "The quarter", "1"),
            ("MONTH", lambda day: day.month, "月", "The month", "3"),
            ("DAY", lambda day: day.day, "日", "The day of the month", "30"),
            ("ISOWEEK", lambda day: day.isocalendar()[1], "ISO 周数", "The ISO week", "13"),
            ("WEEKDAY", lambda day: day.isoweekday(), "星期几,周一为 1", "Monday is 1", "7"),
        )
    ),
    *(
        Function(
            name, "date", "s", t.NUMBER, "时间", python=_clock(read), sql=sql.part_of(name.lower()),
            zh=zh, en=en, example=(f"{name}(#2025-03-01 08:30#)", shown),
        )
        for name, read, zh, en, shown in (
            ("HOUR", lambda wall: wall.hour, "时", "The hour", "8"),
            ("MINUTE", lambda wall: wall.minute, "分", "The minute", "30"),
        )
    ),
)  # fmt: skip

_MOVING = (
    Function(
        "DATEADD", "date", "ds n w", None, "日期或时间, 数, 单位", typing=_unit_type(2),
        python=_dateadd, sql=sql.dateadd, words=ALL_UNITS, zh="推后若干年、季、月、周、天、时、分",
        en="Moved by years, quarters, months, weeks, days, hours or minutes",
        example=('DATEADD(#2025-01-31#, 1, "month")', "2025-02-28"),
    ),
    Function(
        "EDATE", "date", "d n", t.DATE, "日期, 月数",
        python=strict(lambda day, months: moments.add_months(day, _count(months))), sql=sql.edate,
        zh="推后若干月", en="Moved by months", example=("EDATE(#2025-01-31#, 1)", "2025-02-28"),
    ),
    Function(
        "EOMONTH", "date", "d n", t.DATE, "日期, 月数",
        python=strict(
            lambda day, months: moments.month_end(moments.add_months(day, _count(months)))
        ), sql=sql.eomonth,
        zh="月末", en="The last day of a month", example=("EOMONTH(#2024-02-10#, 0)", "2024-02-29"),
    ),
    Function(
        "STARTOF", "date", "ds w", None, "日期或时间, 单位", typing=_unit_type(1),
        python=_startof, sql=sql.startof, words=ALL_UNITS, zh="所在周、月、季、年的第一天",
        en="The start of the week, month, quarter or year",
        example=('STARTOF(#2025-05-30#, "quarter")', "2025-04-01"),
    ),
    Function(
        "DATEDIF", "date", "d d w", t.NUMBER, "开始, 结束, 单位", python=_datedif, sql=sql.datedif,
        words=DIFFERENCE_UNITS, zh="相差的整年、整月或天数",
        en="Complete years, months or days between",
        example=('DATEDIF(#2024-01-31#, #2024-03-01#, "MD")', "1"),
    ),
    Function(
        "WITHIN", "date", "ds w", t.BOOLEAN, "日期或时间, 时间段", typing=_within_type,
        python=_within, sql=sql.within, needs=Allowed.TODAY, zh="在某个时间段内,如 本月、最近7天",
        en="Within a window such as this_month or last_7_days",
        example=('WITHIN(TODAY(), "本月")', "TRUE"),
    ),
    Function(
        "DURATION", "date", "n w", t.DURATION, "数, 单位", python=_duration, sql=sql.duration,
        words=DURATION_UNITS, zh="时长", en="A duration",
        example=('DURATION(90, "minute") = DURATION(1.5, "hour")', "TRUE"),
    ),
    Function(
        "DURATIONAS", "date", "u w", t.NUMBER, "时长, 单位", python=_duration_as,
        sql=sql.duration_as,
        words=DURATION_UNITS, zh="时长换算为数字", en="A duration as a number",
        example=('DURATIONAS(DURATION(90, "minute"), "hour")', "1.5"),
    ),
)  # fmt: skip

FUNCTIONS = _MAKING + _PARTS + _MOVING
