"""Working time over a calendar, against a plain reference that walks minute by minute."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanhuan import expressions
from sanhuan.calendar import china, working
from sanhuan.calendar.working import Shift, WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)

CHINA = WorkingCalendar(
    zone=SHANGHAI,
    days={day.day: day.working for year in china.years() for day in china.published(year)},
)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    """An instant, from the wall clock."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02 09:00", 1, "2026-03-02 10:00"),
        ("2026-03-02 11:30", 1, "2026-03-02 14:00"),  # over lunch
        ("2026-03-02 17:00", 1, "2026-03-02 18:00"),  # reached as the day's work ends
        ("2026-03-02 17:00", 2, "2026-03-03 10:00"),  # over night
        ("2026-03-06 17:30", 1, "2026-03-09 09:30"),  # over a weekend
        ("2026-03-07 12:00", 1, "2026-03-09 10:00"),  # from a Saturday
        ("2026-02-13 17:00", 2, "2026-02-14 10:00"),  # 春节 2026: Saturday 14 February is worked
        ("2026-02-14 17:00", 2, "2026-02-24 10:00"),  # 15 to 23 February is not
        ("2026-02-16 20:00", 1, "2026-02-24 10:00"),  # from within
        ("2026-02-27 17:00", 2, "2026-02-28 10:00"),  # Saturday 28 February is worked
        ("2026-09-18 17:00", 2, "2026-09-20 10:00"),  # 国庆 2026: Sunday 20 September is worked
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),  # 1 to 7 October is not
        ("2026-10-09 17:00", 2, "2026-10-10 10:00"),  # Saturday 10 October is worked
        ("2025-10-11 09:00", 1, "2025-10-11 10:00"),  # 国庆 2025: Saturday 11 October is worked
        ("2024-02-29 17:00", 2, "2024-03-01 10:00"),  # F28: leap day
        ("2025-12-31 17:00", 2, "2026-01-04 10:00"),  # 元旦 2026: Sunday 4 January is worked
        ("2026-02-24 10:00", -2, "2026-02-14 17:00"),
        ("2026-03-03 09:00", -1, "2026-03-02 17:00"),
        ("2026-03-02 18:00", -7.5, "2026-03-02 09:00"),
    ],
)
def test_working_time_is_added_over_what_is_not_worked(start: str, hours: float, end: str) -> None:
    """F28: equals the published calendar, days worked in exchange included."""
    assert CHINA.add_working_time(at(start), hours * HOUR) == at(end)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-02-13 09:00", "2026-02-24 18:00", 22.5),  # three days are worked around 春节
        ("2026-09-28 00:00", "2026-10-12 00:00", 7.5 * 6),  # six around 国庆
        ("2026-03-02 12:00", "2026-03-02 13:30", 0),
        ("2026-03-02 10:00", "2026-03-02 09:00", -1),
    ],
)
def test_working_time_between_counts_what_is_worked(start: str, end: str, hours: float) -> None:
    assert CHINA.working_time_between(at(start), at(end)) == hours * HOUR


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-03-02 09:00", "2026-03-02 09:00"),
        ("2026-03-02 08:59", "2026-03-02 09:00"),
        ("2026-03-02 12:00", "2026-03-02 13:30"),  # the end of a shift is not worked
        ("2026-02-14 18:00", "2026-02-24 09:00"),
        ("2026-12-31 18:00", "2027-01-01 09:00"),  # not published yet: as the weekday
    ],
)
def test_work_begins_next(instant: str, expected: str) -> None:
    assert CHINA.next_working_instant(at(instant)) == at(expected)


def test_day_worked_in_exchange_has_the_hours_of_a_usual_day() -> None:
    sunday = dt.date(2026, 9, 20)
    assert CHINA.is_working(sunday)
    assert CHINA.shifts(sunday) == working.OFFICE_HOURS


def test_border_of_a_day_is_that_of_the_calendar_s_zone() -> None:
    """F28: Shanghai's day begins at 16:00 UTC of the day before."""
    night = WorkingCalendar(zone=SHANGHAI, week={1: [Shift(dt.time(0), dt.time(23, 59))]})
    monday = dt.datetime(2026, 3, 1, 16, 0, tzinfo=dt.UTC)
    assert night.next_working_instant(monday - MINUTE) == monday


def test_years_without_published_days_are_not_known() -> None:
    assert {2004, 2026} <= CHINA.known_years
    assert 2003 not in CHINA.known_years


def test_calendar_without_hours_says_so() -> None:
    empty = WorkingCalendar(zone=SHANGHAI, week={})
    assert empty.working_time_between(at("2026-03-02 00:00"), at("2026-03-03 00:00")) == 0 * HOUR
    with pytest.raises(working.NoWorkingTime):
        empty.next_working_instant(at("2026-03-02 00:00"))
    for span in (HOUR, -HOUR):
        with pytest.raises(working.NoWorkingTime):
            empty.add_working_time(at("2026-03-02 00:00"), span)


def test_dates_too_far_apart_are_refused_at_once() -> None:
    with pytest.raises(working.TooFar):
        CHINA.working_time_between(at("2026-01-01 00:00"), at("9000-01-01 00:00"))
    with pytest.raises(working.TooFar):
        WorkingCalendar(zone=SHANGHAI).add_working_time(at("2026-01-01 00:00"), 400 * 365 * DAY)


# Laws, over drawn calendars.

ZONES = st.sampled_from(["Asia/Shanghai", "UTC", "Europe/Berlin", "America/St_Johns"])
TIMES = st.integers(0, 24 * 60 - 1).map(lambda minute: dt.time(minute // 60, minute % 60))
SPANS = st.integers(-9 * 24 * 60, 9 * 24 * 60).map(lambda minutes: minutes * MINUTE)


@st.composite
def shifts(draw: st.DrawFn) -> list[Shift]:
    times = sorted(draw(st.sets(TIMES, max_size=6)))
    return [Shift(*pair) for pair in zip(times[::2], times[1::2], strict=False)]


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    week = draw(st.dictionaries(st.integers(1, 7), shifts()))
    base = dt.date(2026, 3, 20)
    days = st.integers(0, 40).map(lambda number: base + number * DAY)
    return WorkingCalendar(
        zone=ZoneInfo(draw(ZONES)),
        week=week,
        days=draw(st.dictionaries(days, st.booleans(), max_size=10)),
    )


INSTANTS = st.integers(0, 14 * 24 * 60).map(
    lambda minute: dt.datetime(2026, 3, 25, tzinfo=dt.UTC) + minute * MINUTE
)


def is_worked(calendar: WorkingCalendar, instant: dt.datetime) -> bool:
    """The reference: looks at one instant by the wall clock."""
    wall = instant.astimezone(calendar.zone)
    return any(
        starts <= wall.time().replace(fold=0) < ends
        for starts, ends in calendar.shifts(wall.date())
    )


def worked(calendar: WorkingCalendar, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    """The reference: counts minutes."""
    minutes = (end - start) // MINUTE
    return MINUTE * sum(is_worked(calendar, start + n * MINUTE) for n in range(minutes))


def is_steady(calendar: WorkingCalendar, *instants: dt.datetime) -> bool:
    """Whether no clock is changed around: there, shifts by the wall clock are a convention."""
    offsets = {
        (instant + days * DAY).astimezone(calendar.zone).utcoffset()
        for instant in instants
        for days in (-1, 0, 1)
    }
    return len(offsets) == 1


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, INSTANTS)
def test_time_between_is_the_sum_of_worked_minutes(
    calendar: WorkingCalendar, start: dt.datetime, end: dt.datetime
) -> None:
    start, end = sorted((start, end))
    if is_steady(calendar, start, end):
        assert calendar.working_time_between(start, end) == worked(calendar, start, end)


@settings(max_examples=200, deadline=None)
@given(calendars(), INSTANTS, SPANS)
def test_adding_a_span_reaches_where_so_much_was_worked(
    calendar: WorkingCalendar, start: dt.datetime, span: dt.timedelta
) -> None:
    try:
        end = calendar.add_working_time(start, span)
    except (working.NoWorkingTime, working.TooFar):
        return
    assert calendar.working_time_between(start, end) == span


@settings(max_examples=200, deadline=None)
@given(calendars(), INSTANTS, SPANS)
def test_added_span_ends_as_soon_as_it_is_worked(
    calendar: WorkingCalendar, start: dt.datetime, span: dt.timedelta
) -> None:
    """The first such instant forwards, the last backwards: a microsecond less is not enough."""
    try:
        end = calendar.add_working_time(start, span)
    except (working.NoWorkingTime, working.TooFar):
        return
    step = dt.timedelta(microseconds=1) if span > dt.timedelta(0) else -dt.timedelta(microseconds=1)
    if span:
        assert calendar.working_time_between(start, end - step) == span - step


@settings(max_examples=200, deadline=None)
@given(calendars(), st.tuples(INSTANTS, INSTANTS, INSTANTS))
def test_time_between_adds_up(
    calendar: WorkingCalendar, instants: tuple[dt.datetime, dt.datetime, dt.datetime]
) -> None:
    first, second, third = instants
    parts = calendar.working_time_between(first, second) + calendar.working_time_between(
        second, third
    )
    assert parts == calendar.working_time_between(first, third)


@settings(max_examples=100, deadline=None)
@given(calendars(), INSTANTS)
def test_no_work_is_done_before_it_begins_next(
    calendar: WorkingCalendar, instant: dt.datetime
) -> None:
    try:
        begins = calendar.next_working_instant(instant)
    except working.NoWorkingTime:
        return
    assert begins >= instant
    assert calendar.working_time_between(instant, begins) == dt.timedelta(0)
    assert calendar.is_working_at(begins)


def test_later_starts_are_due_later() -> None:
    start = at("2026-01-05 09:00")
    dues = [CHINA.add_working_time(start + n * 7 * MINUTE, 400 * HOUR) for n in range(2_000)]
    assert dues == sorted(dues)


class Nothing:
    """A record without fields."""

    def get(self, path: tuple[str, ...], /) -> object:
        return None


FORMULAS = [
    ("WORKDAYS(#2026-02-13#, #2026-02-24#)", 3),
    ("WORKDAYS(#2026-09-20#, #2026-09-20#)", 1),
    ("WORKDAYADD(#2026-09-30#, 1)", dt.date(2026, 10, 8)),
]


@pytest.mark.parametrize(("formula", "value"), FORMULAS)
def test_formulas_count_by_the_same_calendar(formula: str, value: object) -> None:
    calendar: expressions.Calendar = CHINA
    context = expressions.Context(zone=SHANGHAI, now=at("2026-03-02 09:00"), calendar=calendar)
    checked = expressions.check(formula, expressions.Names([]))
    assert expressions.compile_python(checked)(Nothing(), context) == value
