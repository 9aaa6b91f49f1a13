"""Calendars in the database: seeded once, loaded anew when changed, nearest up the tree."""

import datetime as dt
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest

from sanhuan.calendar import china, seed, store
from sanhuan.calendar.working import OFFICE_HOURS, Shift
from sanhuan.database.pool import Connection
from tests import databases

SPRING_FESTIVAL = dt.date(2026, 2, 17)


@pytest.fixture
async def connection(database: databases.TestDatabase) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database.app_dsn, autocommit=True) as opened:
        yield opened


async def own_calendar(connection: Connection, name: str, department: UUID) -> UUID:
    done = await connection.execute(
        "insert into kernel.calendar (name, department_id, zone)"
        " values (%s, %s, 'Asia/Shanghai') returning id",
        [name, department],
    )
    found = await done.fetchone()
    assert found is not None
    return UUID(str(found[0]))


async def work_on(connection: Connection, calendar: UUID, day: dt.date) -> None:
    await connection.execute(
        "insert into kernel.calendar_day (calendar_id, day, working) values (%s, %s, true)",
        [calendar, day],
    )


async def test_new_workspace_has_the_published_days(connection: Connection) -> None:
    assert await seed.seed(connection) == sorted(china.years())
    calendars = await store.CalendarStore().current(connection)
    assert not calendars.workspace.is_working(SPRING_FESTIVAL)
    assert calendars.workspace.shifts(dt.date(2026, 2, 14)) == list(OFFICE_HOURS)
    assert calendars.by_name[seed.NAME] is calendars.workspace


async def test_second_seeding_keeps_what_people_changed(connection: Connection) -> None:
    await seed.seed(connection)
    await connection.execute(
        "update kernel.calendar_day set working = true where day = %s", [SPRING_FESTIVAL]
    )
    await connection.execute("delete from kernel.calendar_day where day = '2026-10-01'")
    assert await seed.seed(connection) == []
    calendars = await store.CalendarStore().current(connection)
    assert calendars.workspace.is_working(SPRING_FESTIVAL)
    assert calendars.workspace.is_working(dt.date(2026, 10, 1))


async def test_year_that_was_published_since_is_added(connection: Connection) -> None:
    await seed.seed(connection)
    await connection.execute("delete from kernel.calendar_day where day >= '2026-01-01'")
    assert await seed.seed(connection) == [2026]


async def test_copy_is_kept_until_a_calendar_changes(connection: Connection) -> None:
    await seed.seed(connection)
    calendars = store.CalendarStore()
    first = await calendars.current(connection)
    assert await calendars.current(connection) is first
    await connection.execute(
        "update kernel.calendar_day set working = true where day = %s", [SPRING_FESTIVAL]
    )
    second = await calendars.current(connection)
    assert second is not first
    assert second.workspace.is_working(SPRING_FESTIVAL)


async def test_nearest_calendar_up_the_tree_holds(connection: Connection) -> None:
    await seed.seed(connection)
    company, shops, shop = uuid4(), uuid4(), uuid4()
    calendar = await own_calendar(connection, "门店", shops)
    await work_on(connection, calendar, SPRING_FESTIVAL)
    calendars = await store.CalendarStore().current(connection)
    assert calendars.nearest([company, shops, shop]).is_working(SPRING_FESTIVAL)
    assert not calendars.nearest([company]).is_working(SPRING_FESTIVAL)
    assert not calendars.nearest([]).is_working(SPRING_FESTIVAL)


async def test_department_s_calendar_says_only_what_differs(connection: Connection) -> None:
    await seed.seed(connection)
    shops, night = uuid4(), uuid4()
    await own_calendar(connection, "门店", shops)
    at_night = await own_calendar(connection, "夜班", night)
    await connection.execute(
        "insert into kernel.calendar_shift values (%s, 6, '18:00', '23:00')", [at_night]
    )
    calendars = await store.CalendarStore().current(connection)
    monday, saturday = dt.date(2026, 3, 2), dt.date(2026, 3, 7)
    assert calendars.nearest([shops]).shifts(monday) == list(OFFICE_HOURS)
    assert calendars.nearest([night]).shifts(monday) == ()
    assert calendars.nearest([night]).shifts(saturday) == [Shift(dt.time(18), dt.time(23))]
    assert not calendars.nearest([night]).is_working(SPRING_FESTIVAL)


async def test_workspace_without_a_calendar_says_so(connection: Connection) -> None:
    with pytest.raises(store.NoCalendar):
        await store.CalendarStore().current(connection)


async def test_year_without_published_days_is_warned_of(connection: Connection) -> None:
    await seed.seed(connection)
    calendars = await store.CalendarStore().current(connection)
    last = max(china.years())
    assert calendars.missing_years(dt.date(last, 11, 30)) == []
    assert calendars.missing_years(dt.date(last, 12, 1)) == [last + 1]
    assert calendars.missing_years(dt.date(last + 1, 1, 1)) == [last + 1]


async def test_second_calendar_of_the_workspace_is_refused(connection: Connection) -> None:
    await seed.seed(connection)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await connection.execute("insert into kernel.calendar (name, zone) values ('other', 'UTC')")
