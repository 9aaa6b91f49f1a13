"""API tokens: made with scopes, shown once, narrower than their maker (P09, B09)."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from sanhuan.clock import ManualClock
from sanhuan.identity import access, api_tokens, bearer, policies, refusals, sessions
from tests.integration.identity.conftest import Company

NUMBERS = itertools.count(1)


async def maker(company: Company) -> access.Caller:
    """Someone who sees and edits leads, and reads the log."""
    number = next(NUMBERS)
    role = await company.role(
        f"maker{number}",
        policies.Policy("lead", frozenset({"see", "edit"}), "own"),
        rights=("read_log",),
    )
    return await company.caller(await company.person(f"maker{number}", roles=(role,)))


async def make(
    company: Company,
    caller: access.Caller,
    scopes: Sequence[str] = ("lead:see",),
    *,
    name: str = "报表",
    ends_at: datetime | None = None,
) -> api_tokens.Made:
    return await api_tokens.create(
        company.conn,
        caller,
        name=name,
        token_scopes=scopes,
        ends_at=ends_at,
        now=company.clock.now(),
    )


async def test_token_stands_for_its_maker_within_its_scopes(
    company: Company, clock: ManualClock
) -> None:
    caller = await maker(company)
    made = await make(company, caller, ["lead:see", "read_log"])

    found = await sessions.look_up(company.conn, made.token, clock.now())
    by_token = await company.caller(found.user, session=found.id, scopes=found.scopes)

    assert (found.user, found.id) == (caller.user, made.id)
    assert found.scopes == frozenset({"lead:see", "read_log"})
    assert by_token.may("see", "lead")
    assert not by_token.may("edit", "lead")
    assert by_token.rights == frozenset({"read_log"})


async def test_token_loses_what_its_maker_loses(company: Company, clock: ManualClock) -> None:
    caller = await maker(company)
    made = await make(company, caller, ["*"])
    await company.conn.execute("delete from data.l_user_roles where record = %s", [caller.user])

    found = await sessions.look_up(company.conn, made.token, clock.now())
    by_token = await company.caller(found.user, scopes=found.scopes)

    assert not by_token.may("see", "lead")
    assert not by_token.rights


@pytest.mark.parametrize("scope", ["lead:export", "account:see", "account:*", "manage_people"])
async def test_scope_beyond_the_makers_rights_is_refused(company: Company, scope: str) -> None:
    with pytest.raises(refusals.ScopeBeyondRights):
        await make(company, await maker(company), ["lead:see", scope])


@pytest.mark.parametrize("scope", ["*", "*:see", "*:export", "lead:*", "lead:edit", "read_log"])
async def test_scope_within_the_makers_rights_is_taken(company: Company, scope: str) -> None:
    assert await make(company, await maker(company), [scope])


@pytest.mark.parametrize("scopes", [[], ["lead"], ["lead:fly"], ["\0"], ["\ud800:see"]])
async def test_what_is_no_scope_is_refused(company: Company, scopes: list[str]) -> None:
    with pytest.raises(refusals.InvalidScope):
        await make(company, await maker(company), scopes)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b", "\ud800", "a\nb"])
async def test_odd_names_are_refused(company: Company, name: str) -> None:
    with pytest.raises(refusals.InvalidName):
        await make(company, await maker(company), name=name)


async def test_token_makes_no_token(company: Company) -> None:
    caller = await maker(company)
    by_token = await company.caller(caller.user, scopes=frozenset({"*"}))

    with pytest.raises(refusals.Forbidden):
        await make(company, by_token)


async def test_token_ends_when_it_should(company: Company, clock: ManualClock) -> None:
    caller = await maker(company)
    made = await make(company, caller, ends_at=clock.now() + timedelta(days=400))
    for_ever = await make(company, caller)

    clock.advance(timedelta(days=399))
    await sessions.look_up(company.conn, made.token, clock.now())
    clock.advance(timedelta(days=1))

    with pytest.raises(refusals.SessionEnded):
        await sessions.look_up(company.conn, made.token, clock.now())
    await sessions.look_up(company.conn, for_ever.token, clock.now())


async def test_end_in_the_past_is_refused(company: Company, clock: ManualClock) -> None:
    with pytest.raises(refusals.InvalidExpiry):
        await make(company, await maker(company), ends_at=clock.now())


async def test_revoked_token_is_refused_on_the_next_request(
    company: Company, clock: ManualClock
) -> None:
    caller = await maker(company)
    made, other = await make(company, caller), await make(company, caller)

    assert await api_tokens.revoke(company.conn, caller.user, made.id, clock.now())

    with pytest.raises(refusals.SessionEnded):
        await sessions.look_up(company.conn, made.token, clock.now())
    await sessions.look_up(company.conn, other.token, clock.now())
    assert not await api_tokens.revoke(company.conn, caller.user, made.id, clock.now())


async def test_token_of_someone_inactive_is_refused(company: Company, clock: ManualClock) -> None:
    caller = await maker(company)
    made = await make(company, caller)

    await company.set("o_user", caller.user, f_active=False)

    with pytest.raises(refusals.SessionEnded):
        await sessions.look_up(company.conn, made.token, clock.now())


async def test_nobody_revokes_anothers_token(company: Company, clock: ManualClock) -> None:
    made = await make(company, await maker(company))
    other = await maker(company)

    assert not await api_tokens.revoke(company.conn, other.user, made.id, clock.now())
    assert not await api_tokens.revoke(company.conn, other.user, uuid4(), clock.now())

    await sessions.look_up(company.conn, made.token, clock.now())


async def test_list_shows_tokens_that_hold_and_no_secret(
    company: Company, clock: ManualClock
) -> None:
    caller = await maker(company)
    first = await make(company, caller, ["*:see", "lead:edit"], name="报表")
    ended = await make(company, caller)
    last = await make(company, caller, name="网站")
    await api_tokens.revoke(company.conn, caller.user, ended.id, clock.now())
    await sessions.touch(company.conn, [last.id], clock.now())

    shown = await api_tokens.of_user(company.conn, caller.user, clock.now())

    assert [(each.id, each.name, each.scopes, each.seen_at) for each in shown] == [
        (last.id, "网站", ["lead:see"], clock.now()),
        (first.id, "报表", ["*:see", "lead:edit"], None),
    ]
    assert bearer.kind_of(first.token) == "t"


async def test_session_token_of_the_wrong_table_is_refused(
    company: Company, clock: ManualClock
) -> None:
    made = await make(company, await maker(company))

    with pytest.raises(refusals.SessionEnded):
        await sessions.look_up(company.conn, made.token.replace("sh_t_", "sh_s_"), clock.now())
