"""Loads calendars, and keeps the copy until one of them changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import rows

from sanhuan import errors
from sanhuan.calendar.working import Shift, Week, WorkingCalendar
from sanhuan.database import queries
from sanhuan.database.pool import Connection


class NoCalendar(errors.SanhuanError):
    """The workspace has no calendar: its set-up was not finished."""

    code = "no_calendar"


class CalendarRow(NamedTuple):
    """A row of kernel.calendar."""

    id: UUID
    name: str
    department_id: UUID | None
    zone: str


@dataclass(frozen=True, eq=False)
class Calendars:
    """All calendars at one version. `workspace` is what holds where no department has its own."""

    version: int
    workspace: WorkingCalendar
    by_department: Mapping[UUID, WorkingCalendar] = field(default_factory=dict)
    by_name: Mapping[str, WorkingCalendar] = field(default_factory=dict)

    def nearest(self, path: Sequence[UUID]) -> WorkingCalendar:
        """The calendar of a department, given the ids from the root of the tree down to it.

        () is a person or record without a department.
        """
        for department in reversed(path):
            if department in self.by_department:
                return self.by_department[department]
        return self.workspace

    def missing_years(self, today: dt.date) -> list[int]:
        """The years to warn about: this one, and from December on the next, when not published."""
        wanted = [today.year, today.year + 1] if today.month == 12 else [today.year]
        return [year for year in wanted if year not in self.workspace.known_years]


class CalendarStore:
    """Gives the calendars as they are now. One per process."""

    def __init__(self) -> None:
        self._current: Calendars | None = None

    async def current(self, connection: Connection) -> Calendars:
        """The calendars, loaded anew only when one was changed. Raises NoCalendar."""
        version = await self._version(connection)
        if self._current is None or self._current.version != version:
            self._current = await load(connection, version)
        return self._current

    async def _version(self, connection: Connection) -> int:
        async with connection.cursor(row_factory=rows.scalar_row) as cursor:
            await cursor.execute(queries.load("sanhuan.calendar")["version"])
            return int(await cursor.fetchone() or 0)


async def load(connection: Connection, version: int) -> Calendars:
    """All calendars. The version is read before: a change in between is found at the next look.

    A department's calendar has the workspace's days under its own, and its hours when it names
    none. Raises NoCalendar.
    """
    statements = queries.load("sanhuan.calendar")
    async with connection.cursor(row_factory=rows.class_row(CalendarRow)) as cursor:
        await cursor.execute(statements["calendars"])
        found = await cursor.fetchall()
    days: dict[UUID, dict[dt.date, bool]] = {}
    async with connection.cursor(row_factory=rows.tuple_row) as cursor:
        async for calendar, day, working in await cursor.execute(statements["days"]):
            days.setdefault(calendar, {})[day] = working
    weeks: dict[UUID, dict[int, list[Shift]]] = {}
    async with connection.cursor(row_factory=rows.tuple_row) as cursor:
        async for calendar, weekday, starts, ends in await cursor.execute(statements["shifts"]):
            shifts = weeks.setdefault(calendar, {}).setdefault(weekday, [])
            shifts.append(Shift(starts, ends))
    return assemble(version, found, days, weeks)


def assemble(
    version: int,
    found: Sequence[CalendarRow],
    days: Mapping[UUID, Mapping[dt.date, bool]],
    weeks: Mapping[UUID, Week],
) -> Calendars:
    """The calendars of rows, days and weeks by calendar id. Raises NoCalendar."""
    base = next((row for row in found if row.department_id is None), None)
    if base is None:
        raise NoCalendar(
            errors.Text("还没有工作日历。", "There is no working calendar yet."),
            hint=errors.Text("请执行 sanhuan migrate。", "Run sanhuan migrate."),
        )

    def made(row: CalendarRow) -> WorkingCalendar:
        return WorkingCalendar(
            zone=ZoneInfo(row.zone),
            week=weeks.get(row.id) or weeks.get(base.id, {}),
            days={**days.get(base.id, {}), **days.get(row.id, {})},
        )

    calendars = {row: made(row) for row in found}
    return Calendars(
        version=version,
        workspace=calendars[base],
        by_department={
            row.department_id: each
            for row, each in calendars.items()
            if row.department_id is not None
        },
        by_name={row.name: each for row, each in calendars.items()},
    )
