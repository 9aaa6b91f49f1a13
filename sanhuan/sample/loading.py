"""Writing a plan through records, batch by batch, as any other history is written."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from psycopg import AsyncConnection

from sanhuan.identity import Caller, system_caller
from sanhuan.records.requests import Batch, Saved, Write
from sanhuan.sample.steps import Ref, Step, batches

Begin = Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]
"""Opens a connection in a transaction, which ends with the context."""


class Saves(Protocol):
    """The one ability of records that loading takes."""

    async def save(self, tx: AsyncConnection[Any], caller: Caller, batch: Batch) -> Saved: ...


@dataclass(slots=True)
class Loaded:
    """What was written: new records by object, changes of records, and ids by the plan's keys.

    `departments` are those of the users written, by the user's id: records of their own go there.
    """

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    ids: dict[str, UUID] = field(default_factory=dict)
    departments: dict[UUID, UUID] = field(default_factory=dict)

    def note(self, step: Step, record: UUID) -> None:
        self.ids[step.key] = record
        department = step.values.get("department")
        if step.object == "user" and isinstance(department, Ref):
            self.departments[record] = self.ids[department.key]


def acting(user: UUID, department: UUID | None) -> Caller:
    """The platform importing what `user` did, in that name: with all rights, as history needs."""
    departments = () if department is None else (department,)
    return dataclasses.replace(
        system_caller("import"), user=user, department=department, departments=departments
    )


async def load(
    steps: Sequence[Step],
    records: Saves,
    begin: Begin,
    *,
    known: Mapping[str, UUID] | None = None,
    progress: Callable[[int], None] = lambda written: None,
) -> Loaded:
    """Write the steps in their order, each batch in a transaction of its own.

    `known` gives ids of records that the steps name but don't make, by key (`role:seller`).
    `progress` is told how many steps are written so far. Raises what saving raises; what was
    written by then stays.
    """
    loaded = Loaded(ids=dict(known or {}))
    written = 0
    for batch in batches(steps):
        async with begin() as tx:
            saved = await records.save(tx, _caller(batch[0], loaded), _batch(batch, loaded.ids))
        for step, result in zip(batch, saved.results, strict=True):
            if result.id is not None:
                loaded.note(step, result.id)
        counter = loaded.created if batch[0].operation == "create" else loaded.updated
        counter[batch[0].object] += len(batch)
        written += len(batch)
        progress(written)
    return loaded


def _caller(step: Step, loaded: Loaded) -> Caller:
    if step.by is None:
        return system_caller("import")
    user = loaded.ids[f"user:{step.by}"]
    return acting(user, loaded.departments.get(user))


def _batch(steps: Sequence[Step], ids: Mapping[str, UUID]) -> Batch:
    rows = [
        Write(
            operation=step.operation,
            id=ids[step.key] if step.operation == "update" else None,
            values=resolved(step.values, ids),
        )
        for step in steps
    ]
    return Batch(steps[0].object, rows, occurred_at=[step.at for step in steps])


def resolved(value: Any, ids: Mapping[str, UUID]) -> Any:
    """The value with an id, as text, in place of each `Ref`. Raises KeyError for an unknown one."""
    if isinstance(value, Ref):
        return str(ids[value.key])
    if isinstance(value, Mapping):
        return {name: resolved(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, ids) for inner in value]
    return value
