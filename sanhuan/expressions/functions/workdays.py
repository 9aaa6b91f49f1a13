"""Functions over working calendars.

They run in Python, over the calendar of the context; in SQL they wait for the
tables of working days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sanhuan.expressions import limits, moments, numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import Closure, Compiler, Env
from sanhuan.expressions.context import Calendar, Context
from sanhuan.expressions.errors import Failure
from sanhuan.expressions.nodes import Call
from sanhuan.expressions.signature import Arguments, Function

_LETTERS = {"WORKDAYS": "dd", "WORKDAYADD": "dn", "WORKTIME": "ss", "WORKTIMEADD": "su"}
_DAY = dt.timedelta(days=1)


def _typing(arguments: Arguments) -> t.Type:
    letters = _LETTERS[arguments.name]
    for index, letter in enumerate(letters):
        arguments.take(index, letter)
    if len(arguments) > len(letters):
        arguments.written(len(letters))
    gives = {"WORKDAYS": t.NUMBER, "WORKTIME": t.DURATION}
    return gives.get(arguments.name, arguments.type(0))


def _calendar(context: Context, name: str | None) -> Calendar:
    found = context.calendar if name is None else dict(context.calendars).get(name)
    if found is None:
        raise Failure("limit")
    return found


def _over_calendar(function: Callable[..., Any]) -> Any:
    def rule(compiler: Compiler, call: Call) -> Closure:
        args = [compiler(arg) for arg in call.args[:2]]
        name = getattr(call.args[2], "value", None) if len(call.args) > 2 else None

        def run(env: Env) -> Any:
            values = [arg(env) for arg in args]
            if None in values:
                return None
            return function(env, _calendar(env.context, name), *values)

        return run

    return rule


def _workdays(env: Env, calendar: Calendar, start: dt.date, end: dt.date) -> int:
    if start > end:
        return -_workdays(env, calendar, end, start)
    days = (end - start).days + 1
    env.charge(days)
    found = sum(calendar.is_working(start + _DAY * offset) for offset in range(days))
    return found * numbers.ONE


def _workdayadd(env: Env, calendar: Calendar, day: dt.date, count: int) -> dt.date:
    left = numbers.whole(count, -limits.WORKDAYS, limits.WORKDAYS, code="limit")
    step = 1 if left > 0 else -1
    while left:
        env.charge(1)
        day = moments.add_days(day, step)
        if calendar.is_working(day):
            left -= step
    return day


def _shifts(env: Env, calendar: Calendar, day: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
    env.charge(1)
    if not calendar.is_working(day):
        return []
    zone = env.context.zone
    return [
        (
            moments.instant(dt.datetime.combine(day, start), zone),
            moments.instant(dt.datetime.combine(day, end), zone),
        )
        for start, end in calendar.shifts(day)
    ]


def _worktime(env: Env, calendar: Calendar, start: dt.datetime, end: dt.datetime) -> int:
    if start > end:
        return -_worktime(env, calendar, end, start)
    zone = env.context.zone
    day, last = moments.local_day(start, zone), moments.local_day(end, zone)
    total = dt.timedelta()
    while day <= last:
        for begins, ends in _shifts(env, calendar, day):
            total += max(min(ends, end) - max(begins, start), dt.timedelta())
        day += _DAY
    return total // dt.timedelta(milliseconds=1)


def _worktimeadd(env: Env, calendar: Calendar, start: dt.datetime, span: int) -> dt.datetime:
    if span < 0:
        raise Failure("bad_argument")
    left = dt.timedelta(milliseconds=span)
    day = moments.local_day(start, env.context.zone)
    at = start
    while left:
        for begins, ends in _shifts(env, calendar, day):
            if ends <= at:
                continue
            at = max(begins, at)
            if ends - at >= left:
                return at + left
            left -= ends - at
            at = ends
        day = moments.add_days(day, 1)
    return start


FUNCTIONS = (
    Function(
        "WORKDAYS", "calendar", "d d t?", t.NUMBER, "开始, 结束, 日历", typing=_typing,
        python=_over_calendar(_workdays), zh="工作日数,含两端",
        en="Working days, both ends counted", example=("WORKDAYS(#2025-04-03#, #2025-04-07#)", ""),
    ),
    Function(
        "WORKDAYADD", "calendar", "d n t?", t.DATE, "日期, 工作日数, 日历", typing=_typing,
        python=_over_calendar(_workdayadd), zh="推后若干工作日",
        en="Moved by working days", example=("WORKDAYADD(#2025-04-30#, 1)", ""),
    ),
    Function(
        "WORKTIME", "calendar", "s s t?", t.DURATION, "开始, 结束, 日历", typing=_typing,
        python=_over_calendar(_worktime), zh="其间的工作时间",
        en="Working time between", example=("WORKTIME(创建时间, 更新时间)", ""),
    ),
    Function(
        "WORKTIMEADD", "calendar", "s u t?", t.DATETIME, "时间, 时长, 日历", typing=_typing,
        python=_over_calendar(_worktimeadd), zh="推后若干工作时间",
        en="Moved by working time", example=('WORKTIMEADD(创建时间, DURATION(2, "hour"))', ""),
    ),
)  # fmt: skip
