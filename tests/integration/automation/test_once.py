"""Killed between steps: nothing twice, nothing lost; outages, calendars, loops (G07, G1)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from sanhuan.automation import part as automation
from sanhuan.automation import tasks
from sanhuan.automation.gaps.kinds import Kinds
from sanhuan.automation.gaps.opening import Opening
from sanhuan.automation.triggers import Triggers
from sanhuan.changes.entries import Entry
from sanhuan.changes.reader import Reader
from sanhuan.database import errors as database
from sanhuan.identity.access import system_caller
from sanhuan.records import Write
from tests.databases import TestCluster
from tests.loop import Loop

Handle = Callable[[Any, Sequence[Entry]], Awaitable[None]]
DEAD = (psycopg.Error, database.DatabaseError)


def kill(cluster: TestCluster, tx: Any) -> None:
    """End a connection as a crash of its process would."""
    cluster.admin.execute("select pg_terminate_backend(%s)", [tx.info.backend_pid])


async def killed(loop: Loop, cluster: TestCluster, reader: Reader) -> None:
    """Run a reader that is killed when all is done but the commit."""

    async def work(tx: Any, entries: Sequence[Entry]) -> None:
        await reader.handle(tx, entries)
        kill(cluster, tx)

    dying = Reader(reader.name, work, batch=reader.batch, start=reader.start)
    async with await psycopg.AsyncConnection.connect(
        loop.workspace.database.app_dsn, autocommit=True
    ) as connection:
        with pytest.raises(DEAD):
            await read_up(dying, connection)


async def read_up(reader: Reader, connection: Any) -> None:
    while await reader.run_once(connection):
        pass


async def everything(loop: Loop) -> dict[str, int]:
    """How many of each thing there is."""
    (found,) = await loop.rows(
        "select (select count(*) from kernel.dispatch_decision) as decisions,"
        " (select count(*) from kernel.gap) as gaps,"
        " (select count(*) from data.o_task) as tasks,"
        " (select count(*) from data.o_notification) as notifications"
    )
    return found


async def test_reader_killed_before_its_commit_does_it_once(
    loop: Loop, cluster: TestCluster
) -> None:
    await loop.lead()
    tools = automation.tools(loop.workspace.kernel)
    await killed(loop, cluster, Triggers(tools).reader())
    assert await everything(loop) == {"decisions": 0, "gaps": 0, "tasks": 0, "notifications": 0}
    async with loop.workspace.kernel.app.connection() as connection:
        await read_up(Triggers(tools).reader(), connection)
    await killed(loop, cluster, Opening(tools, Kinds()).reader())
    await loop.follow()
    await loop.follow()
    assert await everything(loop) == {"decisions": 1, "gaps": 1, "tasks": 1, "notifications": 1}


async def test_clock_killed_before_its_commit_rings_once(
    loop: Loop, cluster: TestCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await loop.lead()
    await loop.follow()
    tell = tasks.tell

    async def dying(tx: Any, *asked: Any) -> None:
        await tell(tx, *asked)
        kill(cluster, tx)

    loop.workspace.clock.advance(timedelta(days=1))
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "tell", dying)
        with pytest.raises(DEAD):
            await loop.ring()
    assert len(await loop.decisions(lead)) == 1
    assert (await loop.gaps(lead))[0]["state"] == "open"
    assert await loop.ring() == 1
    assert len(await loop.decisions(lead)) == 2
    assert [gap["state"] for gap in await loop.gaps(lead)] == ["closed", "open"]


async def test_entries_read_again_change_nothing(loop: Loop) -> None:
    """The gaps follow from what records are: reading the log from its beginning adds nothing."""
    await loop.lead()
    await loop.follow()
    before = await everything(loop)
    async with await psycopg.AsyncConnection.connect(
        loop.workspace.database.owner_dsn, autocommit=True
    ) as connection:
        await connection.execute("delete from kernel.cursor where name = 'automation.gaps'")
    await loop.follow()
    assert await everything(loop) == before


async def test_clocks_ring_once_though_many_workers_ring_them(loop: Loop) -> None:
    leads = [await loop.lead(f"线索 {number}") for number in range(12)]
    await loop.follow()
    loop.workspace.clock.advance(timedelta(hours=4, minutes=30))
    ringing = [automation.clocks(loop.workspace.kernel) for _ in range(6)]
    rung = await asyncio.gather(*(clocks.run_once() for clocks in ringing))
    assert sum(rung) == 12
    assert len(await loop.all_of("notification", kind="reminder")) == len(leads)


async def test_after_three_days_down_each_rings_once_in_order(loop: Loop) -> None:
    """G07: run once for all that was missed, in order of due time."""
    late = await loop.lead("后到")
    await loop.follow()
    hot = await loop.lead("热的", source="referral", expected_amount="600000")
    await loop.follow()
    loop.workspace.clock.advance(timedelta(days=3))
    assert await loop.ring() == 2
    found = await loop.rows(
        "select record_id from kernel.gap where breached_at is not null order by due_at"
    )
    assert [row["record_id"] for row in found] == [hot, late]
    assert await loop.all_of("notification", kind="reminder") == []
    moved = await loop.rows(
        "select record_id from kernel.dispatch_decision where cardinality(excluded) > 0 order by id"
    )
    assert [row["record_id"] for row in moved] == [hot, late]


async def test_another_calendar_moves_what_is_due(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.follow()
    async with loop.workspace.kernel.app.connection() as connection:
        await connection.execute(
            "insert into kernel.calendar_day (calendar_id, day, working, name)"
            " select id, %s, false, '停电' from kernel.calendar where department_id is null",
            [date(2026, 3, 31)],
        )
    assert await loop.ring() == 0
    (gap,) = await loop.gaps(lead)
    assert gap["due_at"] == datetime(2026, 4, 1, 6, 30, tzinfo=UTC)
    (task,) = await loop.all_of("task")
    assert datetime.fromisoformat(task["due_at"]) == gap["due_at"]


async def test_what_can_not_ring_is_put_off_and_holds_up_no_other(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = await loop.lead("坏的"), await loop.lead("好的")
    await loop.follow()
    give = tasks.tell

    async def failing(tx: Any, records: Any, caller: Any, messages: Any) -> None:
        if any(message.about.record == broken for message in messages):
            raise LookupError("broken")
        await give(tx, records, caller, messages)

    loop.workspace.clock.advance(timedelta(hours=4, minutes=30))
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "tell", failing)
        await loop.ring()
    ((first,), (second,)) = await loop.gaps(broken), await loop.gaps(sound)
    assert (first["state"], first["attempts"], first["failure"]) == (
        "open", 1, "LookupError: broken",
    )  # fmt: skip
    assert second["state"] == "reminded"
    assert await loop.wait(minutes=2) == 1
    (first,) = await loop.gaps(broken)
    assert (first["state"], first["attempts"], first["failure"]) == ("reminded", 0, None)


async def test_imported_history_starts_nothing_and_has_its_time_from_now(loop: Loop) -> None:
    """What happened before it was imported is not dispatched; what still waits gets its time."""
    now = loop.workspace.clock.now()
    long_ago = datetime.now(UTC) - timedelta(days=30)
    values = {"name": "旧", "source": "web_form", "industry": "e47"}
    xia = str(loop.workspace.people["xia"])
    assigned = {"owner": xia, "state": "assigned", "assigned_at": "2026-03-01T01:00:00+00:00"}
    saved = await loop.workspace.save(
        "lead",
        Write("create", values),
        Write("create", {**values, **assigned}),
        caller=system_caller("import"),
        occurred_at=long_ago,
    )
    new, waiting = [result.id for result in saved.results]
    assert new is not None
    assert waiting is not None
    await loop.follow()
    assert (await loop.get(new))["state"] == "new"
    (gap,) = await loop.gaps(waiting)
    assert gap["since"] == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert gap["counted_from"] == now
    assert gap["due_at"] == datetime(2026, 3, 31, 9, 30, tzinfo=UTC)


async def test_leads_of_one_import_are_dispatched(loop: Loop) -> None:
    rows = [
        Write("create", {"name": f"导入 {n}", "source": "exhibition", "industry": "e47"})
        for n in range(3)
    ]
    caller, now = system_caller("import"), datetime.now(UTC)
    await loop.workspace.save("lead", *rows, caller=caller, occurred_at=now)
    await loop.follow()
    assert {one["state"] for one in await loop.all_of("lead")} == {"assigned"}


async def test_cause_and_depth_tell_what_set_it_off(loop: Loop) -> None:
    lead = await loop.lead()
    await loop.follow()
    made, dispatched = await loop.rows(
        "select operation, cause, root, depth, via from kernel.change"
        " where record_id = %s order by version",
        lead,
    )
    assert (dispatched["cause"], dispatched["root"]) == (made["operation"], made["operation"])
    assert (dispatched["depth"], dispatched["via"]) == (1, "flow")
    (task,) = await loop.rows(
        "select cause, root, depth from kernel.change where object_id = 'task'"
    )
    assert (task["cause"], task["depth"]) == (dispatched["operation"], 2)
    assert task["root"] == made["operation"]


async def test_a_chain_of_automatic_changes_ends(loop: Loop) -> None:
    lead = await loop.lead(expected_amount="500")
    await loop.follow()
    deep = system_caller("flow", depth=8)
    await loop.workspace.save(
        "lead", Write("update", {"expected_amount": "200000"}, id=lead), caller=deep
    )
    await loop.follow()
    assert (await loop.get(lead))["state"] == "new"
