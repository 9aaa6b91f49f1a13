"""Gives a workspace its calendar, and later on the years that were published since."""

from __future__ import annotations

from uuid import UUID

from psycopg import rows

from sanhuan.calendar import china, working
from sanhuan.database import queries
from sanhuan.database.pool import Connection

NAME = "标准日历"
ZONE = "Asia/Shanghai"


async def seed(connection: Connection, *, name: str = NAME, zone: str = ZONE) -> list[int]:
    """Make the workspace's calendar when there is none, and add the years that it lacks.

    A new calendar has office hours from Monday to Friday. Years that it has days of are left as
    they are: what people changed stays. Returns the years added. Safe to repeat.
    """
    async with connection.transaction():
        calendar = await _make(connection, name, zone) or await _find(connection)
        return await _add_years(connection, calendar)


async def _make(connection: Connection, name: str, zone: str) -> UUID | None:
    statements = queries.load("sanhuan.calendar")
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements["make_default"], {"name": name, "zone": zone})
        made: UUID | None = await cursor.fetchone()
        if made is not None:
            await cursor.executemany(
                statements["add_shift"],
                [
                    {"id": made, "weekday": weekday, **shift._asdict()}
                    for weekday, shifts in working.OFFICE_WEEK.items()
                    for shift in shifts
                ],
            )
        return made


async def _find(connection: Connection) -> UUID:
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(queries.load("sanhuan.calendar")["default"])
        found: UUID | None = await cursor.fetchone()
    if found is None:
        raise AssertionError("what could not be made is there")
    return found


async def _add_years(connection: Connection, calendar: UUID) -> list[int]:
    statements = queries.load("sanhuan.calendar")
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements["years"], {"id": calendar})
        missing = sorted(china.years() - set(await cursor.fetchall()))
        days = [day for year in missing for day in china.published(year)]
        if days:
            await cursor.executemany(
                statements["add_day"], [{"id": calendar, **day._asdict()} for day in days]
            )
    return missing
