"""Shares of single records (P01)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from sanhuan.clock import ManualClock
from sanhuan.database import pool
from sanhuan.identity import access, refusals, shares
from tests.integration.identity.conftest import Company

RECORD = UUID(int=7)


async def share(
    company: Company,
    principal: UUID,
    level: shares.Level = "read",
    *,
    record: UUID = RECORD,
    days: float | None = None,
) -> None:
    now = company.clock.now()
    await shares.share(
        company.conn,
        access.system_caller(),
        "lead",
        record,
        principal,
        level=level,
        until=None if days is None else now + timedelta(days=days),
        now=now,
    )


async def seen_by(conn: pool.Connection, caller: access.Caller, clock: ManualClock) -> set[UUID]:
    """As the query composer asks it."""
    found = await conn.execute(
        "select array(select record_id from kernel.share where object_id = %s"
        " and principal_id = any(%s) and (until is null or until > %s))",
        ["lead", list(caller.principals), clock.now()],
    )
    row = await found.fetchone()
    assert row is not None
    assert isinstance(row[0], list)
    return set(row[0])


async def test_share_reaches_a_person_by_name_department_above_or_role(
    company: Company, clock: ManualClock
) -> None:
    top = await company.add("o_department", f_name="总部")
    below = await company.add("o_department", f_name="一部", f_parent=top)
    beside = await company.add("o_department", f_name="二部", f_parent=top)
    role = await company.role("helper")
    user = await company.person("receiver", department=below, roles=(role,))
    records = {each: uuid4() for each in (user, top, below, role, beside)}
    for principal, record in records.items():
        await share(company, principal, record=record)

    seen = await seen_by(company.conn, await company.caller(user), clock)

    assert seen == {records[each] for each in (user, top, below, role)}


async def test_share_holds_until_its_end(company: Company, clock: ManualClock) -> None:
    user = await company.person("for_a_day")
    record = uuid4()
    await share(company, user, record=record, days=1)
    caller = await company.caller(user)

    assert await seen_by(company.conn, caller, clock) == {record}
    clock.advance(timedelta(days=1))
    assert await seen_by(company.conn, caller, clock) == set()
    assert await shares.of_record(company.conn, "lead", record, clock.now()) == []


async def test_sharing_again_replaces_the_share(company: Company, clock: ManualClock) -> None:
    user, record = await company.person("twice"), uuid4()
    await share(company, user, "edit", record=record)
    await share(company, user, "read", record=record, days=2)

    (only,) = await shares.of_record(company.conn, "lead", record, clock.now())

    assert (only.principal, only.kind, only.name) == (user, "user", "李伟")
    assert (only.level, only.until) == ("read", clock.now() + timedelta(days=2))
    assert only.created_by == access.SYSTEM_USER


async def test_unshared_record_is_closed(company: Company, clock: ManualClock) -> None:
    user, record = await company.person("no_more"), uuid4()
    await share(company, user, record=record)

    assert await shares.unshare(company.conn, "lead", record, user)

    assert await seen_by(company.conn, await company.caller(user), clock) == set()
    assert not await shares.unshare(company.conn, "lead", record, user)


async def test_share_with_nobody_is_refused(company: Company, clock: ManualClock) -> None:
    binned = await company.person("binned")
    await company.set("o_user", binned, deleted_at=clock.now())

    for nobody in (uuid4(), binned):
        with pytest.raises(refusals.UnknownPrincipal):
            await share(company, nobody)


async def test_end_in_the_past_is_refused(company: Company) -> None:
    user = await company.person("too_late")

    with pytest.raises(refusals.InvalidExpiry):
        await share(company, user, days=0)


async def test_look_up_needs_the_index_alone(company: Company) -> None:
    user = await company.person("indexed")
    await company.conn.execute(
        "insert into kernel.share (object_id, record_id, principal_id, level, created_by,"
        " created_at) select 'opportunity', uuidv7(), uuidv7(), 'read', %s, now()"
        " from generate_series(1, 20000)",
        [user],
    )
    await share(company, user)
    found = await company.conn.execute(
        "explain select record_id from kernel.share where object_id = 'lead'"
        " and principal_id = any(%s) and (until is null or until > now())",
        [[user, uuid4()]],
    )

    plan = "\n".join(str(row[0]) for row in await found.fetchall())

    assert "Index Only Scan using share_pkey" in plan
    assert "principal_id = ANY" in plan.partition("Index Cond")[2].partition("Filter")[0]
