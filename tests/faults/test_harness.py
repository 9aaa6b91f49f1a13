"""What the comparison after a kill would see: each kind of damage, done by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from psycopg import sql

from tests.faults import rounds
from tests.faults.served import Served, served
from tests.faults.writers import Writers, writing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

NEWEST = sql.SQL("""
    (select id from data.o_lead where f_need is not null and deleted_at is null
    order by id desc limit 1)
""")
DAMAGE = {
    "was created without a kept answer": """
        delete from kernel.idempotency where ctid = (
            select max(ctid) from kernel.idempotency where route = 'POST /api/v1/records/lead'
        )
    """,
    "is kept without an entry": "update kernel.idempotency set at = at",
    "stale: Fact": "update data.o_lead set f_need = 'other 1' where id = {newest}",
    "is there without an entry": """
        delete from kernel.change where object_id = 'lead' and record_id = {newest}
    """,
    "lost: Fact": "delete from data.o_lead where id = {newest}",
    "twice: lead": """
        insert into data.o_lead (id, version, created_at, created_by, updated_at, updated_by,
            f_name, f_source, f_state, f_need)
        select gen_random_uuid(), 1, created_at, created_by, updated_at, updated_by,
            f_name, f_source, f_state, f_need
        from data.o_lead where id = {newest}
    """,
    "verify: ✗ account": "update data.o_account set f_order_count = f_order_count + 1",
}
"""Statements of the owner, by a part of the line that tells of what they did."""


@pytest.fixture(scope="module")
def written() -> Iterator[tuple[Served, Writers]]:
    """An installation with some writes, at rest."""
    with served() as running, writing(running, 5) as writers:
        writers.wait_for_success_since(time.monotonic() + 1)
        writers.hold()
        assert rounds.compare(running, writers) == []
        yield running, writers


@pytest.mark.parametrize("seen", DAMAGE)
def test_damage_is_seen(written: tuple[Served, Writers], seen: str) -> None:
    running, writers = written
    assert not [line for line in rounds.compare(running, writers) if seen in line]

    with running.owner() as owner:
        owner.execute(sql.SQL(DAMAGE[seen]).format(newest=NEWEST))

    assert [line for line in rounds.compare(running, writers) if seen in line]
