"""What the outer ring brings to a process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sanhuan.catalog.kinds import Kind
from sanhuan.changes.reader import Reader
from sanhuan.database import jobs, queries
from sanhuan.identity import system_caller
from sanhuan.parts import Kernel, Part
from sanhuan.touchpoints import following, heat, inbox, sources
from sanhuan.touchpoints.applying import Applier
from sanhuan.touchpoints.definitions import MatchDefinition, SourceDefinition
from sanhuan.touchpoints.imports import service

KEEP: Final = timedelta(days=60)
"""How long settled events are known by their ids: longer than any sender repeats."""
FORGOTTEN_AT_ONCE: Final = 5_000
COOLED_AT_ONCE: Final = 500
LEAST_COOLING: Final = 3
"""Degrees by which a heat has to have fallen to be written."""


def part() -> Part:
    """Kinds of definition, the reader that matches, and the jobs."""
    return Part(name="touchpoints", kinds=kinds(), readers=readers, tasks=tasks)


def kinds() -> Sequence[Kind]:
    """Sources and matches."""
    return (
        Kind(sources.SOURCE, SourceDefinition, "sources", sources.check_source, sources.written),
        Kind(sources.MATCH, MatchDefinition, "matches", sources.check_match, sources.joined),
    )


def readers(kernel: Kernel) -> Sequence[Reader]:
    """Who joins whom, after others' changes."""
    return (following.Following(kernel.records).reader(),)


def tasks(kernel: Kernel) -> Sequence[jobs.Task]:
    """Applying events, importing files, and what is done now and then."""
    imports = service.Imports(kernel.records, kernel.app, kernel.directories)
    applier = Applier(kernel.records, sources.Sources())

    async def apply() -> None:
        while await applier.run_once():
            pass

    async def cool() -> None:
        await cool_down(kernel)

    async def forget() -> None:
        await forget_settled(kernel)

    return (
        jobs.Task(name=inbox.APPLY, run=apply, retry=jobs.again()),
        # Jobs come with the events; once a minute, for what a stopped database left.
        jobs.Task(name="touchpoints.catch_up", run=apply, cron="* * * * *"),
        jobs.Task(name=service.RUN, run=imports.run, retry=jobs.again()),
        jobs.Task(name=service.UNDO, run=imports.run_undo, retry=jobs.again()),
        jobs.Task(name="touchpoints.cool", run=cool, cron="40 * * * *"),
        jobs.Task(name="touchpoints.forget", run=forget, cron="23 1 * * *"),
    )


async def cool_down(kernel: Kernel) -> int:
    """Lower the heat of records that nothing happened about; how many changed."""
    async with kernel.app.connection() as connection:
        await kernel.up_to_date(connection)
    heated = {
        (effect.object, effect.heat)
        for source in sources.definitions(kernel.catalog).values()
        for event in source.events
        if (effect := event.behaviour) is not None and effect.heat is not None
    }
    return sum([await _cool(kernel, name, field) for name, field in sorted(heated)])


async def _cool(kernel: Kernel, object_name: str, field: str) -> int:
    item = kernel.catalog.object(object_name)
    statement = queries.load("sanhuan.touchpoints")["warm_records"]
    caller = system_caller("timer")
    after, changed = UUID(int=0), 0
    while True:
        async with kernel.records.transaction() as tx:
            cursor = await tx.execute(
                statement, {"object": item.id, "after": after, "limit": COOLED_AT_ONCE}
            )
            ids = [record for (record,) in await cursor.fetchall()]
            if not ids:
                return changed
            after = ids[-1]
            changed += await heat.renew(
                tx, kernel.records, caller, item, field, ids, least=LEAST_COOLING
            )


async def forget_settled(kernel: Kernel) -> int:
    """Remove events that were applied or ignored long ago; how many. The refused stay."""
    statement = queries.load("sanhuan.touchpoints")["forget_settled"]
    before = kernel.clock.now() - KEEP
    forgotten = 0
    while True:
        async with kernel.app.connection() as connection:
            done = await connection.execute(
                statement, {"before": before, "limit": FORGOTTEN_AT_ONCE}
            )
        forgotten += done.rowcount
        if done.rowcount < FORGOTTEN_AT_ONCE:
            return forgotten
