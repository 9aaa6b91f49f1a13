"""Rings the clocks of gaps: reminds, passes on, asks the manager; each once, in order of time.

A clock that rings is a row claimed with SKIP LOCKED, so several workers share them, and what it
does is in the transaction that moves it on. After an outage each rings once for all it missed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
import psycopg
import structlog
from psycopg import rows as factories

from sanhuan.automation import tasks
from sanhuan.automation.gaps import deciding, times
from sanhuan.automation.gaps.deciding import Ring, Row
from sanhuan.automation.gaps.kinds import Kind, Kinds
from sanhuan.automation.gaps.opening import Cause, Opening, key_of, key_of_manager
from sanhuan.automation.tasks import REMINDER, About, Message, Task
from sanhuan.automation.tools import Surroundings, Tools, reference
from sanhuan.changes.reader import is_outage
from sanhuan.database import queries
from sanhuan.database.pool import Connection
from sanhuan.errors import SanhuanError, Text
from sanhuan.records.evaluating import Evaluated

AT_ONCE: Final = 200
"""Clocks that ring in one run: the rest ring in the next."""
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=4)

log = structlog.get_logger(__name__)


class Clocks:
    """The clocks of one process."""

    def __init__(self, tools: Tools, kinds: Kinds, opening: Opening) -> None:
        self._tools = tools
        self._kinds = kinds
        self._opening = opening
        self._records = tools.records
        self._statements = queries.load("sanhuan.automation.gaps", "gaps.sql")

    async def run_once(self) -> int:
        """Ring what is due by now, at most so many; how many rang."""
        await self.reckon_again()
        rung = 0
        while rung < AT_ONCE and await self._records.run(self._ring_first):
            rung += 1
        return rung

    async def _ring_first(self, tx: Connection) -> bool:
        now = self._records.time.now()
        cursor = tx.cursor(row_factory=factories.class_row(Row))
        await cursor.execute(self._statements["take_due"], {"now": now})
        row = await cursor.fetchone()
        if row is None:
            return False
        try:
            async with tx.transaction():
                await self._ring(tx, row, now)
        except (SanhuanError, psycopg.Error, ValueError, LookupError) as error:
            if is_outage(error):
                raise
            await self._put_off(tx, row, now, error)
        return True

    async def _put_off(self, tx: Connection, row: Row, now: datetime, error: Exception) -> None:
        wait = min(FIRST_WAIT * 2 ** min(row.attempts, 10), LONGEST_WAIT)
        log.warning("gap_put_off", gap=row.gap, id=str(row.id), error=type(error).__name__)
        await tx.execute(
            self._statements["put_off"],
            {"id": row.id, "next_at": now + wait, "failure": f"{type(error).__name__}: {error}"},
        )

    async def _ring(self, tx: Connection, row: Row, now: datetime) -> None:
        around = await self._tools.around(tx)
        kind = self._kinds.of(self._records.catalog).get(row.gap)
        if kind is None:  # its definition is gone, or switched off
            await self._rung(tx, row, row.state, None, now)
            return
        await self._records.lock(tx, kind.item.name, [row.record_id])
        said = (await kind.judge(tx, self._records, [row.record_id])).get(row.record_id)
        if said is None or deciding.step(row, kind.said(said)).close is not None:
            # It ended, and the log's reader has not come to that yet.
            await self._opening.settle(tx, around, kind.item, {row.record_id: Cause.of_clock(row)})
            return
        breach = kind.definition.breach
        asked = deciding.ring(row, now, None if breach is None else breach.rounds)
        ringing = Ringing(tx, self._tools, around, kind, row, said, now)
        if asked is Ring.REMIND:
            await self._rung(tx, row, "reminded", row.due_at, now)
            await ringing.remind()
        elif asked in (Ring.PASS_ON, Ring.ESCALATE):
            await self._rung(tx, row, "breached", None, now)
            passed = asked is Ring.PASS_ON and await ringing.pass_on()
            if not passed:
                await ringing.escalate()
        else:
            await self._rung(tx, row, row.state, deciding.next_at(row, now), now)

    async def _rung(
        self, tx: Connection, row: Row, state: str, next_at: datetime | None, now: datetime
    ) -> None:
        await tx.execute(
            self._statements["rung"],
            {"id": row.id, "state": state, "next_at": next_at, "now": now},
        )

    async def reckon_again(self) -> int:
        """Bring the times of open gaps to the calendars of now; how many were reckoned."""
        done = 0
        while found := await self._records.run(self._reckon_some):
            done += found
        return done

    async def _reckon_some(self, tx: Connection) -> int:
        around = await self._tools.around(tx)
        version = around.calendars.version
        cursor = tx.cursor(row_factory=factories.class_row(Row))
        await cursor.execute(
            self._statements["take_outdated"], {"version": version, "limit": AT_ONCE}
        )
        found = await cursor.fetchall()
        if not found:
            return 0
        now = self._records.time.now()
        reckoned = {row.id: _again(around, row, now) for row in found}
        await tx.execute(
            self._statements["reckon_again"],
            {
                "version": version,
                "ids": [row.id for row in found],
                "remind_at": [reckoned[row.id].remind_at for row in found],
                "due_at": [reckoned[row.id].due_at for row in found],
                "next_at": [_next(row, reckoned[row.id]) for row in found],
            },
        )
        moved = [row for row in found if reckoned[row.id].due_at != row.due_at]
        await self._move_tasks(tx, {key_of(row.id): reckoned[row.id].due_at for row in moved})
        return len(found)

    async def _move_tasks(self, tx: Connection, dues: dict[str, datetime]) -> None:
        if not dues:
            return
        known = await self._records.find(tx, tasks.PLATFORM, tasks.TASK, "key", list(dues))
        changes = {
            str(task): {"due_at": dues[key].isoformat()}
            for key, ids in known.items()
            for task in ids
        }
        await tasks.change(tx, self._records, tasks.PLATFORM, changes)


def _again(around: Surroundings, row: Row, now: datetime) -> times.Times:
    calendar = around.calendar(row.department_id)
    return times.again(calendar, row.counted_from, now, row.hours, row.remind_hours)


def _next(row: Row, reckoned: times.Times) -> datetime | None:
    if row.next_at is None:
        return None
    return reckoned.due_at if row.state == "reminded" else reckoned.next_at


class Ringing:
    """One clock that rings: what it does for its owner, the next one, and the manager."""

    def __init__(
        self,
        tx: Connection,
        tools: Tools,
        around: Surroundings,
        kind: Kind,
        row: Row,
        said: Evaluated,
        now: datetime,
    ) -> None:
        self._tx = tx
        self._tools = tools
        self._records = tools.records
        self._around = around
        self._kind = kind
        self._row = row
        self._said = said
        self._now = now
        self._caller = Cause.of_clock(row).caller
        self._title = kind.title(said)
        self._about = About(kind.item.name, row.record_id, self._title)

    @property
    def _what(self) -> Text:
        label = self._kind.definition.what
        return Text(label.zh, label.text("en"))

    @property
    def _hours(self) -> str:
        return f"{self._row.hours.normalize():f}"

    async def remind(self) -> None:
        """Tell the owner, and mark his task as pressing."""
        row = self._row
        if row.owner_id is None:
            return
        until = row.due_at.astimezone(self._records.zone)
        body = Text(
            f"{until:%m-%d %H:%M} 前还没{self._what.zh}，就转给别人",
            f"Do it by {until:%m-%d %H:%M}, or it goes to someone else",
        )
        title = Text(f"该{self._what.zh}了：{self._title}", f"{self._what.en}: {self._title}")
        message = self._message(row.owner_id, "reminder", title, body)
        await tasks.tell(self._tx, self._records, self._caller, [message])
        await self._press(row.owner_id, body)

    def _message(
        self,
        person: UUID,
        kind: Literal["info", "reminder", "warning"],
        title: Text,
        body: Text,
    ) -> Message:
        language = self._around.language(person)
        return Message(person, kind, title, body, self._about, language)

    async def _press(self, owner: UUID, reason: Text) -> None:
        """The owner's open task becomes a reminder; without one he gets one."""
        found = await tasks.open_about(
            self._tx, self._records, self._kind.item.name, [self._row.record_id],
            self._kind.task_kinds,
        )  # fmt: skip
        own = [task for task in found if task["assignee"]["id"] == str(owner)]
        if own:
            changes = {
                task["id"]: {"kind": REMINDER, "reason": _added(task["reason"], reason.zh)}
                for task in own
            }
            await tasks.change(self._tx, self._records, self._caller, changes)
        else:
            await self._give(owner, f"{key_of(self._row.id)}:reminder", reason)

    async def _give(self, person: UUID, key: str, reason: Text) -> None:
        subject = self._kind.text(self._said, "subject") or self._title
        task = Task(
            kind=REMINDER,
            subject=subject,
            assignee=person,
            about=self._about,
            key=key,
            due_at=self._row.due_at,
            reason=reason.zh,
        )
        await tasks.give(self._tx, self._records, self._caller, [task])

    async def pass_on(self) -> bool:
        """Give the record to the next one; whether someone else has it now."""
        because = self._because()
        try:
            async with self._tx.transaction():
                await self._run_action(because)
        except SanhuanError as error:  # refused: it is for the manager to decide
            if is_outage(error):
                raise
            log.warning("gap_not_passed_on", gap=self._row.gap, error=error.code)
            return False
        return await self._tell_of_the_next(because)

    async def _run_action(self, because: Text) -> None:
        breach = self._kind.definition.breach
        if breach is None:
            return
        parameters: dict[str, Any] = dict(breach.parameters)
        if breach.lapsed is not None:
            parameters[breach.lapsed] = [str(one) for one in self._lapsed()]
        if breach.because is not None:
            parameters[breach.because] = {"zh": because.zh, "en": because.en}
        action = self._tools.actions.find(self._kind.item.name, breach.action)
        given = msgspec.convert(parameters, action.parameters)
        await action.run(self._tx, self._caller, self._records, [self._row.record_id], given)

    def _lapsed(self) -> list[UUID]:
        owner = self._row.owner_id
        return [*self._row.lapsed, *([] if owner is None else [owner])]

    def _because(self) -> Text:
        name = self._around.name(self._row.owner_id)
        return Text(
            f"{name} {self._hours} 个工作小时内没有{self._what.zh}",
            f"{name} did not act within {self._hours} working hours ({self._what.en})",
        )

    async def _tell_of_the_next(self, because: Text) -> bool:
        record = self._row.record_id
        now = (await self._kind.judge(self._tx, self._records, [record])).get(record)
        owner = None if now is None else reference(now.values["owner"])
        if owner is None or owner == self._row.owner_id:
            return False
        title = Text(
            f"转给 {self._around.name(owner)}：{self._title}",
            f"Went to {self._around.name(owner)}: {self._title}",
        )
        manager = self._manager()
        messages = []
        if self._row.owner_id is not None:
            messages.append(self._message(self._row.owner_id, "info", title, because))
        if manager is not None and manager != owner:
            messages.append(self._message(manager, "warning", title, because))
        await tasks.tell(self._tx, self._records, self._caller, messages)
        return True

    def _manager(self) -> UUID | None:
        row = self._row
        roles = self._kind.definition.managers
        return self._around.manager(row.owner_id, row.department_id, roles)

    async def escalate(self) -> None:
        """Ask the manager: nobody acted, and there is nobody to pass it on to."""
        manager = self._manager()
        if manager is None:
            log.warning("gap_without_manager", gap=self._row.gap, id=str(self._row.id))
            return
        count = len(self._lapsed())
        reason = Text(
            f"{self._because().zh}；前后 {count} 人都没接住，由你决定",
            f"{self._because().en}; {count} let it lapse, it is for you to decide",
        )
        await self._give(manager, key_of_manager(self._row.id), reason)
        title = Text(
            f"没人{self._what.zh}：{self._title}", f"Nobody did it ({self._what.en}): {self._title}"
        )
        message = self._message(manager, "warning", title, reason)
        await tasks.tell(self._tx, self._records, self._caller, [message])


def _added(before: str | None, sentence: str) -> str:
    return sentence if not before else f"{before}；{sentence}"
