"""Loading hands batches to records as history, in the names of those who acted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from sanhuan.identity import SYSTEM_USER, Caller
from sanhuan.records.requests import Batch, Result, Saved
from sanhuan.sample import loading
from sanhuan.sample.steps import Ref, Step

AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
ROLE = UUID(int=7)


class Notebook:
    """Takes batches as records would, and keeps them."""

    def __init__(self) -> None:
        self.taken: list[tuple[Caller, Batch]] = []

    async def save(self, tx: AsyncConnection[Any], caller: Caller, batch: Batch) -> Saved:
        self.taken.append((caller, batch))
        results = tuple(
            Result(index, "created", write.id or uuid4(), 1)
            for index, write in enumerate(batch.rows)
        )
        return Saved(uuid4(), results)


@asynccontextmanager
async def begin() -> AsyncIterator[AsyncConnection[Any]]:
    yield cast("AsyncConnection[Any]", None)


XIA = {
    "name": "夏承宇",
    "department": Ref("department:north"),
    "roles": [Ref("role:seller")],
}
STEPS = [
    Step("department", "department:north", AT, {"name": "浙北销售部"}),
    Step("user", "user:xia", AT, XIA),
    Step("lead", "lead:1", AT, {"name": "王先生"}),
    Step("lead", "lead:1", AT, {"owner": Ref("user:xia")}, operation="update", by="xia"),
]


async def test_references_become_the_ids_that_were_given() -> None:
    records = Notebook()
    loaded = await loading.load(STEPS, records, begin, known={"role:seller": ROLE})
    _, user, created, updated = (batch.rows[0] for _, batch in records.taken)
    assert user.values["roles"] == [str(ROLE)]
    assert user.values["department"] == str(loaded.ids["department:north"])
    assert created.id is None
    assert updated.id == loaded.ids["lead:1"]
    assert updated.values == {"owner": str(loaded.ids["user:xia"])}


async def test_history_keeps_its_instants_and_its_actors() -> None:
    records = Notebook()
    loaded = await loading.load(STEPS, records, begin, known={"role:seller": ROLE})
    callers = [caller for caller, _ in records.taken]
    assert [one.user for one in callers] == [SYSTEM_USER] * 3 + [loaded.ids["user:xia"]]
    assert {one.via for one in callers} == {"import"}
    assert [batch.occurred_at for _, batch in records.taken] == [[AT]] * 4


async def test_people_act_in_their_department() -> None:
    records = Notebook()
    loaded = await loading.load(STEPS, records, begin, known={"role:seller": ROLE})
    assert records.taken[-1][0].department == loaded.ids["department:north"]


async def test_what_was_written_is_counted_and_told() -> None:
    told: list[int] = []
    loaded = await loading.load(
        STEPS, Notebook(), begin, known={"role:seller": ROLE}, progress=told.append
    )
    assert loaded.created == {"department": 1, "user": 1, "lead": 1}
    assert loaded.updated == {"lead": 1}
    assert told == [1, 2, 3, 4]


async def test_a_reference_to_nothing_is_an_error() -> None:
    with pytest.raises(KeyError, match="role:seller"):
        await loading.load(STEPS, Notebook(), begin)
