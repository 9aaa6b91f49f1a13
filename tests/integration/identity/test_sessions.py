"""Sessions: who is behind a request, and how each ends from the next request on (B09, C11)."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from sanhuan.clock import ManualClock
from sanhuan.database import pool, queries
from sanhuan.identity import bearer, credentials, refusals, sessions, versions
from tests.integration.identity.conftest import Company

PERSON = itertools.count()


async def signed_in(company: Company) -> sessions.Issued:
    """A new person with a new session."""
    user = await company.person(f"seller{next(PERSON)}", password="x")
    return await another_session(company, user)


async def another_session(company: Company, user: UUID) -> sessions.Issued:
    credential = await credentials.of_user(company.conn, user)
    assert credential is not None
    issued = await sessions.open_session(
        company.conn,
        user,
        credential.password_hash,
        company.clock.now(),
        address="192.0.2.1",
        agent="Firefox",
    )
    assert issued is not None
    return issued


async def holds(conn: pool.Connection, token: str, clock: ManualClock) -> bool:
    try:
        await sessions.look_up(conn, token, clock.now())
    except refusals.SessionEnded:
        return False
    return True


async def test_session_tells_who_and_which_versions(company: Company, clock: ManualClock) -> None:
    issued = await signed_in(company)

    found = await sessions.look_up(company.conn, issued.token, clock.now())

    assert (found.id, found.user, found.name) == (issued.id, issued.user, "李伟")
    assert found.scopes is None
    assert found.ends_at == clock.now() + timedelta(days=30)
    assert found.versions == await versions.read(company.conn)


async def test_database_keeps_no_token(company: Company) -> None:
    issued = await signed_in(company)

    row = await (
        await company.conn.execute(
            "select session::text from kernel.session where id = %s", [issued.id]
        )
    ).fetchone()

    assert row is not None
    assert issued.token[5:] not in str(row[0])
    assert bearer.digest(issued.token).hex() in str(row[0])


async def test_versions_rise_when_bumped(company: Company, clock: ManualClock) -> None:
    issued = await signed_in(company)
    before = (await sessions.look_up(company.conn, issued.token, clock.now())).versions

    await versions.bump(company.conn, "catalog")
    await versions.bump(company.conn, "policies")
    after = (await sessions.look_up(company.conn, issued.token, clock.now())).versions

    assert after == (before.catalog + 1, before.policies + 1)


async def end_it(company: Company, issued: sessions.Issued) -> None:
    await sessions.end(company.conn, issued.id, company.clock.now())


async def end_all(company: Company, issued: sessions.Issued) -> None:
    assert await sessions.end_all(company.conn, issued.user, company.clock.now()) == 1


async def deactivate(company: Company, issued: sessions.Issued) -> None:
    await company.set("o_user", issued.user, f_active=False)


async def unset_active(company: Company, issued: sessions.Issued) -> None:
    await company.set("o_user", issued.user, f_active=None)


async def bin_person(company: Company, issued: sessions.Issued) -> None:
    await company.set("o_user", issued.user, deleted_at=company.clock.now())


async def idle(company: Company, issued: sessions.Issued) -> None:
    company.clock.advance(timedelta(hours=12))


@pytest.mark.parametrize("end", [end_it, end_all, deactivate, unset_active, bin_person, idle])
async def test_ended_session_is_refused_on_the_next_request(
    company: Company,
    clock: ManualClock,
    end: Callable[[Company, sessions.Issued], Awaitable[None]],
) -> None:
    issued = await signed_in(company)
    assert await holds(company.conn, issued.token, clock)

    await end(company, issued)

    assert not await holds(company.conn, issued.token, clock)


async def test_session_in_use_lasts_thirty_days_and_no_longer(
    company: Company, clock: ManualClock
) -> None:
    issued = await signed_in(company)
    for _ in range(3 * 30 - 1):
        clock.advance(timedelta(hours=8))
        assert await holds(company.conn, issued.token, clock)
        await sessions.touch(company.conn, [issued.id], clock.now())

    clock.advance(timedelta(hours=8))

    assert not await holds(company.conn, issued.token, clock)


async def test_use_is_noted_at_most_every_five_minutes(
    company: Company, clock: ManualClock
) -> None:
    issued = await signed_in(company)
    clock.advance(timedelta(minutes=4, seconds=59))
    found = await sessions.look_up(company.conn, issued.token, clock.now())
    assert not found.is_stale(clock.now())
    await sessions.touch(company.conn, [issued.id], clock.now())
    unchanged = await sessions.look_up(company.conn, issued.token, clock.now())
    assert unchanged.seen_at == found.seen_at

    clock.advance(timedelta(seconds=1))
    assert unchanged.is_stale(clock.now())
    await sessions.touch(company.conn, [issued.id], clock.now())

    touched = await sessions.look_up(company.conn, issued.token, clock.now())
    assert touched.seen_at == clock.now()
    assert not touched.is_stale(clock.now())


async def test_ending_all_but_one_leaves_that_one_and_others(
    company: Company, clock: ManualClock
) -> None:
    kept = await signed_in(company)
    ended = [await another_session(company, kept.user) for _ in range(3)]
    someone_else = await signed_in(company)

    assert await sessions.end_all(company.conn, kept.user, clock.now(), but=kept.id) == 3

    assert await holds(company.conn, kept.token, clock)
    assert await holds(company.conn, someone_else.token, clock)
    assert not any([await holds(company.conn, each.token, clock) for each in ended])


async def test_person_sees_and_ends_only_own_sessions(company: Company, clock: ManualClock) -> None:
    one, other = await signed_in(company), await signed_in(company)

    (seen,) = await sessions.of_user(company.conn, one.user, clock.now())
    assert (seen.id, seen.address, seen.agent) == (one.id, "192.0.2.1", "Firefox")
    assert not await sessions.end_own(company.conn, one.user, other.id, clock.now())
    assert await sessions.end_own(company.conn, one.user, one.id, clock.now())
    assert await sessions.of_user(company.conn, one.user, clock.now()) == []
    assert await holds(company.conn, other.token, clock)


async def test_no_session_begins_for_a_password_that_changed(
    company: Company, clock: ManualClock
) -> None:
    issued = await signed_in(company)
    old = await credentials.of_user(company.conn, issued.user)
    assert old is not None
    new_hash = await company.hashing.hash("new")
    await credentials.set_password_hash(company.conn, issued.user, new_hash, clock.now())

    begun = await sessions.open_session(company.conn, issued.user, old.password_hash, clock.now())

    assert begun is None


@pytest.mark.parametrize(
    "token",
    ["", "x", "sh_s_" + "a" * 43, "sh_t_" + "a" * 43, "sh_i_" + "a" * 43, "sh_s_\0", "\ud800",
     "' or 1=1 --", "sh_s_" + "a" * 1_000_000],
)  # fmt: skip
async def test_what_is_no_token_is_no_session(
    conn: pool.Connection, clock: ManualClock, token: str
) -> None:
    assert not await holds(conn, token, clock)


@pytest.mark.parametrize("agent", ["a\0b", "\ud800", "x" * 10_000, "", None])
async def test_odd_browser_names_begin_a_session_all_the_same(
    company: Company, clock: ManualClock, agent: str | None
) -> None:
    issued = await signed_in(company)
    credential = await credentials.of_user(company.conn, issued.user)
    assert credential is not None

    assert await sessions.open_session(
        company.conn, issued.user, credential.password_hash, clock.now(), agent=agent
    )


async def test_look_up_reads_by_index_alone(company: Company) -> None:
    """One statement, whatever the number of sessions and people."""
    await company.conn.execute(
        "insert into kernel.session (user_id, token_digest, created_at, seen_at, ends_at)"
        " select uuidv7(), sha256(n::text::bytea), now(), now(), now() + interval '1 day'"
        " from generate_series(1, 20000) n"
    )
    await company.conn.execute(
        "insert into data.o_user (f_login, f_active) select 'many' || n, true"
        " from generate_series(1, 20000) n"
    )
    issued = await signed_in(company)
    statement = queries.load("sanhuan.identity", "sessions.sql")["look_up_session"]
    found = await company.conn.execute(
        b"explain " + statement,
        {
            "digest": bearer.digest(issued.token),
            "now": company.clock.now(),
            "alive_since": company.clock.now() - timedelta(hours=12),
        },
    )
    plan = "\n".join(str(row[0]) for row in await found.fetchall())

    assert "session_token_digest_key" in plan
    assert "Seq Scan on o_user" not in plan
    assert "Seq Scan on session" not in plan


async def test_ending_an_unknown_session_does_no_harm(
    conn: pool.Connection, clock: ManualClock
) -> None:
    await sessions.end(conn, uuid4(), clock.now())
    await sessions.touch(conn, [uuid4()], clock.now())
    await sessions.touch(conn, [], clock.now())
