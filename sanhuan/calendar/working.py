"""Working time over a calendar: pure, exact to the microsecond, without loops over days.

Each year's shifts are laid out once as intervals between instants, with the working time before
each. A question is then a binary search. What a shift ends with is no longer worked (half-open).
"""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sanhuan import errors

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
DAY = dt.timedelta(days=1)
MOST_YEARS = 100
"""A year takes some 2 ms to lay out, once per calendar: nobody's dates may cost seconds."""


class NoWorkingTime(errors.SanhuanError):
    """A calendar in which no hour is worked, or none before the end of time."""

    code = "no_working_time"

    def __init__(self) -> None:
        super().__init__(
            errors.Text("工作日历里没有工作时间。", "The working calendar has no working time."),
            hint=errors.Text("请在日历中填写上班时间。", "Enter working hours in the calendar."),
        )


class TooFar(errors.SanhuanError):
    """Two instants, or a span of working time, of more years than are ever laid out."""

    code = "too_far"

    def __init__(self) -> None:
        super().__init__(
            errors.Text(
                f"工作时间只能计算 {MOST_YEARS} 年以内。",
                f"Working time is counted over at most {MOST_YEARS} years.",
            )
        )


class Shift(NamedTuple):
    """Hours worked on a day by the wall clock; `ends` is the first instant after them."""

    starts: dt.time
    ends: dt.time


Week = Mapping[int, Sequence[Shift]]
"""Shifts in order by weekday, 1 Monday to 7 Sunday; a weekday that is missing is not worked."""

OFFICE_HOURS = (Shift(dt.time(9), dt.time(12)), Shift(dt.time(13, 30), dt.time(18)))
OFFICE_WEEK: Week = dict.fromkeys(range(1, 6), OFFICE_HOURS)


class Year(NamedTuple):
    """A year's shifts in order, as microseconds since 1970 in UTC.

    `worked[i]` is the working time of the year before interval i; the last one is all of it.
    """

    starts: list[int]
    ends: list[int]
    worked: list[int]

    def before(self, instant: int) -> int:
        """Working time of the year before an instant."""
        index = bisect.bisect_right(self.starts, instant)
        if index == 0:
            return 0
        left = max(self.ends[index - 1] - instant, 0)
        return self.worked[index] - left

    def reached(self, worked: int) -> int:
        """The first instant at which so much of the year (0 < worked <= all) is worked."""
        index = bisect.bisect_left(self.worked, worked)
        return self.ends[index - 1] - (self.worked[index] - worked)

    def left(self, worked: int) -> int:
        """The last instant before which so much of the year (0 <= worked < all) is worked."""
        index = bisect.bisect_right(self.worked, worked) - 1
        return self.starts[index] + (worked - self.worked[index])


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Which days and hours are worked, by the wall clock of `zone`.

    `days` says of single days whether they are worked, against their weekday. A worked day whose
    weekday has no shifts has those of the first weekday that has some. Instants are aware; answers
    are in UTC.
    """

    zone: ZoneInfo
    week: Week = field(default_factory=lambda: OFFICE_WEEK)
    days: Mapping[dt.date, bool] = field(default_factory=dict)

    @cached_property
    def known_years(self) -> frozenset[int]:
        """The years whose holidays are known: the others follow the weekly pattern."""
        return frozenset(day.year for day in self.days)

    def is_working(self, day: dt.date) -> bool:
        found = self.days.get(day)
        return bool(self.week.get(day.isoweekday())) if found is None else found

    def shifts(self, day: dt.date) -> Sequence[Shift]:
        """The hours worked on a day, in order; () when it is not worked."""
        if not self.is_working(day):
            return ()
        return self.week.get(day.isoweekday()) or self._usual

    def is_working_at(self, instant: dt.datetime) -> bool:
        return self.next_working_instant(instant) == instant

    def next_working_instant(self, instant: dt.datetime) -> dt.datetime:
        """The instant itself when it is worked, else when work begins next.

        Raises NoWorkingTime, and TooFar when the days say for 100 years that nobody works.
        """
        at = microseconds(instant)
        for _, year in self._years(instant, step=1):
            index = bisect.bisect_right(year.ends, at)
            if index < len(year.starts):
                return moment(max(year.starts[index], at))
        raise TooFar

    def working_time_between(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """The working time from `start` up to `end`; negative when `end` comes first.

        Raises TooFar when they are more than 100 years apart.
        """
        if end < start:
            return -self.working_time_between(end, start)
        first, last = self._year_of(start), self._year_of(end)
        if last - first > MOST_YEARS:
            raise TooFar
        full = sum(self._year(each).worked[-1] for each in range(first, last))
        worked = (
            full
            + self._year(last).before(microseconds(end))
            - self._year(first).before(microseconds(start))
        )
        return worked * MICROSECOND

    def add_working_time(self, start: dt.datetime, span: dt.timedelta) -> dt.datetime:
        """The first instant by which `span` was worked since `start`; `start` itself for none.

        With a negative span, the last instant from which so much is worked until `start`.
        Raises NoWorkingTime, and TooFar when it is more than 100 years away.
        """
        if not span:
            return start.astimezone(dt.UTC)
        wanted = span // MICROSECOND
        return self._later(start, wanted) if wanted > 0 else self._earlier(start, -wanted)

    def _later(self, start: dt.datetime, wanted: int) -> dt.datetime:
        for number, year in self._years(start, step=1):
            if number == self._year_of(start):
                wanted += year.before(microseconds(start))
            if wanted <= year.worked[-1]:
                return moment(year.reached(wanted))
            wanted -= year.worked[-1]
        raise TooFar

    def _earlier(self, start: dt.datetime, wanted: int) -> dt.datetime:
        for number, year in self._years(start, step=-1):
            is_first = number == self._year_of(start)
            done = year.before(microseconds(start)) if is_first else year.worked[-1]
            if wanted <= done:
                return moment(year.left(done - wanted))
            wanted -= done
        raise TooFar

    @cached_property
    def _usual(self) -> Sequence[Shift]:
        return next((self.week[each] for each in sorted(self.week) if self.week[each]), ())

    @cached_property
    def _laid_out(self) -> dict[int, Year]:
        return {}

    def _year_of(self, instant: dt.datetime) -> int:
        return instant.astimezone(self.zone).year

    def _years(self, instant: dt.datetime, *, step: int) -> Iterator[tuple[int, Year]]:
        """The years from an instant's on, or backwards, as far as anyone may look."""
        if not self._usual:
            raise NoWorkingTime
        first = self._year_of(instant)
        for number in range(first, first + step * MOST_YEARS, step):
            if not dt.MINYEAR < number < dt.MAXYEAR:
                return
            yield number, self._year(number)

    def _year(self, number: int) -> Year:
        found = self._laid_out.get(number)
        if found is None:
            found = self._laid_out[number] = self._lay_out(number)
        return found

    def _lay_out(self, number: int) -> Year:
        intervals = list(self._intervals(number))
        lengths = (ends - starts for starts, ends in intervals)
        return Year(
            starts=[starts for starts, _ in intervals],
            ends=[ends for _, ends in intervals],
            worked=[0, *itertools.accumulate(lengths)],
        )

    def _intervals(self, number: int) -> Iterator[tuple[int, int]]:
        day = dt.date(number, 1, 1)
        while day.year == number:
            for shift in self.shifts(day):
                starts = microseconds(self._instant(day, shift.starts))
                ends = microseconds(self._instant(day, shift.ends))
                if starts < ends:  # where clocks go forward, a shift may vanish
                    yield starts, ends
            day += DAY

    def _instant(self, day: dt.date, time: dt.time) -> dt.datetime:
        """When a wall clock shows that; the same choice as formulas make where clocks change."""
        wall = dt.datetime.combine(day, time)
        offsets = (wall.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1))
        return (wall - min(offset for offset in offsets if offset is not None)).replace(
            tzinfo=dt.UTC
        )


def microseconds(instant: dt.datetime) -> int:
    """Microseconds since 1970. Raises TypeError for an instant without a zone."""
    return (instant - EPOCH) // MICROSECOND


def moment(at: int) -> dt.datetime:
    """The instant, in UTC, so many microseconds after 1970."""
    return EPOCH + at * MICROSECOND
