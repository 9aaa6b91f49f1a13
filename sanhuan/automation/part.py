"""What the middle ring adds to an installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sanhuan.automation import actions, definitions
from sanhuan.automation.gaps.clock import Clocks
from sanhuan.automation.gaps.kinds import Kinds
from sanhuan.automation.gaps.opening import Opening
from sanhuan.automation.tools import Tools
from sanhuan.automation.triggers import Triggers
from sanhuan.catalog.kinds import Kind, writes_object
from sanhuan.changes.reader import Reader
from sanhuan.database import jobs
from sanhuan.parts import Kernel, Part

CLOCK_CRON: Final = "* * * * * */10"
"""Clocks are looked at every ten seconds: the sixth field is of seconds."""


def part() -> Part:
    """Triggers and gaps: their definitions, readers, clocks and actions."""
    return Part(
        name="automation",
        kinds=(
            Kind(
                definitions.TRIGGER,
                definitions.TriggerDefinition,
                "triggers",
                definitions.check_trigger,
                definitions.written_by_trigger,
            ),
            Kind(
                definitions.GAP,
                definitions.GapDefinition,
                "gaps",
                definitions.check_gap,
                writes_object,
            ),
        ),
        actions=actions.actions(),
        readers=readers,
        tasks=tasks,
        set_up=set_up,
    )


def tools(kernel: Kernel) -> Tools:
    """What this ring calls, of a process."""
    return Tools(kernel.records, kernel.actions, kernel.directories, kernel.calendars)


def readers(kernel: Kernel) -> Sequence[Reader]:
    """What follows the change log."""
    using = tools(kernel)
    return (Triggers(using).reader(), Opening(using, Kinds()).reader())


def clocks(kernel: Kernel) -> Clocks:
    """What rings when time is over."""
    using, kinds = tools(kernel), Kinds()
    return Clocks(using, kinds, Opening(using, kinds))


def tasks(kernel: Kernel) -> Sequence[jobs.Task]:
    """The periodic task that rings what is due."""
    ringing = clocks(kernel)
    return (jobs.Task(name="automation.clocks", run=ringing.run_once, cron=CLOCK_CRON),)


async def set_up(kernel: Kernel) -> None:
    """Give triggers their place in the log, so that none of the first changes is missed."""
    async with kernel.app.connection() as connection:
        await Triggers(tools(kernel)).reader().run_once(connection)
