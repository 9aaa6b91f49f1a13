"""Invitations: a link, once, by who could give the roles (B10, C05)."""

import asyncio
import itertools
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from sanhuan.clock import ManualClock
from sanhuan.identity import (
    api_tokens,
    bearer,
    credentials,
    directory,
    invitations,
    policies,
    refusals,
    sessions,
)
from sanhuan.identity.authentication import Authenticator
from tests.integration.identity.conftest import PASSWORD, Company

NUMBERS = itertools.count(1)
OWN_LEADS = policies.Policy("lead", frozenset({"see"}), "own")
ALL_LEADS = policies.Policy("lead", frozenset({"see"}), "all")
DEPARTMENT_LEADS = policies.Policy("lead", frozenset({"see"}), "department_below")


async def inviter(
    company: Company,
    policy: policies.Policy = OWN_LEADS,
    rights: tuple[str, ...] = ("manage_people",),
    department: UUID | None = None,
) -> UUID:
    role = await company.role(f"inviter{next(NUMBERS)}", policy, rights=rights)
    return await company.person(f"inviter{next(NUMBERS)}", roles=(role,), department=department)


async def invite(company: Company, inviter_id: UUID, user: UUID) -> invitations.Invitation:
    now = await directory.load(company.conn)
    caller = now.caller(inviter_id)
    assert caller is not None
    async with company.conn.transaction():
        return await invitations.invite(company.conn, caller, now, user, company.clock.now())


async def invited(company: Company, *roles: UUID, department: UUID | None = None) -> UUID:
    return await company.person(f"newcomer{next(NUMBERS)}", roles=roles, department=department)


async def test_invited_person_sets_a_password_and_is_signed_in(
    company: Company, authenticator: Authenticator, clock: ManualClock
) -> None:
    user = await invited(company)
    made = await invite(company, await inviter(company), user)

    seen = await invitations.read(company.conn, made.token, clock.now())
    issued = await authenticator.accept_invitation(made.token, PASSWORD, address="192.0.2.1")

    assert (seen.user, seen.name) == (user, "李伟")
    assert (await sessions.look_up(company.conn, issued.token, clock.now())).user == user
    assert seen.login is not None
    await authenticator.sign_in(seen.login, PASSWORD, address="192.0.2.1")


async def test_link_works_once(company: Company, authenticator: Authenticator) -> None:
    made = await invite(company, await inviter(company), await invited(company))
    await authenticator.accept_invitation(made.token, PASSWORD, address="192.0.2.1")

    with pytest.raises(refusals.InvitationEnded):
        await authenticator.accept_invitation(made.token, PASSWORD, address="192.0.2.1")
    with pytest.raises(refusals.InvitationEnded):
        await invitations.read(company.conn, made.token, company.clock.now())


async def test_of_many_at_once_one_succeeds(company: Company, authenticator: Authenticator) -> None:
    made = await invite(company, await inviter(company), await invited(company))

    answers = await asyncio.gather(
        *(
            authenticator.accept_invitation(made.token, PASSWORD, address="192.0.2.1")
            for _ in range(6)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, sessions.Issued) for each in answers) == 1
    assert sum(isinstance(each, refusals.InvitationEnded) for each in answers) == 5


async def test_link_ends_after_seven_days(
    company: Company, authenticator: Authenticator, clock: ManualClock
) -> None:
    made = await invite(company, await inviter(company), await invited(company))
    assert made.ends_at == clock.now() + timedelta(days=7)
    clock.advance(timedelta(days=7))

    with pytest.raises(refusals.InvitationEnded):
        await authenticator.accept_invitation(made.token, PASSWORD, address="192.0.2.1")


async def test_later_link_ends_the_one_before(
    company: Company, authenticator: Authenticator
) -> None:
    by, user = await inviter(company), await invited(company)
    first, second = await invite(company, by, user), await invite(company, by, user)

    with pytest.raises(refusals.InvitationEnded):
        await authenticator.accept_invitation(first.token, PASSWORD, address="192.0.2.1")
    assert await authenticator.accept_invitation(second.token, PASSWORD, address="192.0.2.1")


async def test_link_replaced_or_expired_between_reading_and_using_is_refused(
    company: Company, clock: ManualClock
) -> None:
    by, user = await inviter(company), await invited(company)
    replaced, last = await invite(company, by, user), await invite(company, by, user)

    with pytest.raises(refusals.InvitationEnded):
        await invitations.use(company.conn, replaced.token, clock.now())
    clock.advance(timedelta(days=7))
    with pytest.raises(refusals.InvitationEnded):
        await invitations.use(company.conn, last.token, clock.now())


async def test_weak_password_leaves_the_link_usable(
    company: Company, authenticator: Authenticator
) -> None:
    made = await invite(company, await inviter(company), await invited(company))

    with pytest.raises(refusals.WeakPassword):
        await authenticator.accept_invitation(made.token, "12345678", address="192.0.2.1")

    assert await authenticator.accept_invitation(made.token, PASSWORD, address="192.0.2.1")


async def test_new_link_for_a_lost_password_ends_all_that_was_open(
    company: Company, authenticator: Authenticator, clock: ManualClock
) -> None:
    """C05."""
    login = f"forgetful{next(NUMBERS)}"
    user = await company.person(login, password=PASSWORD)
    before = await authenticator.sign_in(login, PASSWORD, address="192.0.2.1")
    token = await api_tokens.create(
        company.conn,
        await company.caller(user),
        name="n",
        token_scopes=["*"],
        ends_at=None,
        now=clock.now(),
    )
    made = await invite(company, await inviter(company), user)

    new = "seven green bicycles waiting"
    await authenticator.accept_invitation(made.token, new, address="192.0.2.1")

    for old in (before.token, token.token):
        with pytest.raises(refusals.SessionEnded):
            await sessions.look_up(company.conn, old, clock.now())
    with pytest.raises(refusals.WrongCredentials):
        await authenticator.sign_in(login, PASSWORD, address="192.0.2.1")


async def test_inviting_needs_the_right(company: Company) -> None:
    by = await inviter(company, rights=("manage_roles", "build"))

    with pytest.raises(refusals.Forbidden):
        await invite(company, by, await invited(company))


async def test_role_beyond_the_inviters_is_not_given(company: Company) -> None:
    wide = await company.role("wide", ALL_LEADS)
    narrow = await company.role("narrow", OWN_LEADS)

    assert await invite(company, await inviter(company), await invited(company, narrow))
    with pytest.raises(refusals.CannotGrant):
        await invite(company, await inviter(company), await invited(company, narrow, wide))
    assert await invite(company, await inviter(company, ALL_LEADS), await invited(company, wide))


async def test_administrator_gives_any_role(company: Company) -> None:
    wide = await company.role("wide", ALL_LEADS, rights=("administer",))
    by = await inviter(company, rights=("administer", "manage_people"))

    assert await invite(company, by, await invited(company, wide))


async def test_nobody_resets_the_password_of_someone_above_him(company: Company) -> None:
    """A link for an administrator would be the administrator's rights."""
    administrators = await company.role("administrators", rights=("administer",))
    administrator = await company.person(f"boss{next(NUMBERS)}", roles=(administrators,))

    with pytest.raises(refusals.CannotGrant):
        await invite(company, await inviter(company), administrator)


async def test_nobody_gains_sight_of_another_department_by_inviting_into_it(
    company: Company,
) -> None:
    north = await company.add("o_department", f_name="北区")
    south = await company.add("o_department", f_name="南区")
    head = await company.role("head", DEPARTMENT_LEADS)
    by = await inviter(company, DEPARTMENT_LEADS, department=north)

    assert await invite(company, by, await invited(company, head, department=north))
    with pytest.raises(refusals.CannotGrant):
        await invite(company, by, await invited(company, head, department=south))
    with_post = await invited(company, head, department=north)
    await company.add("o_post", f_user=with_post, f_department=south, f_main=False)
    with pytest.raises(refusals.CannotGrant):
        await invite(company, by, with_post)


async def test_role_of_everyone_needs_no_right_to_give(company: Company) -> None:
    member = await company.role("member", ALL_LEADS, rights=("see_metrics",))
    user = await invited(company, member)
    by = await inviter(company)
    await company.set("o_role", member, deleted_at=None)

    assert await invite(company, by, user)

    await company.set("o_role", member, deleted_at=company.clock.now())


async def test_sample_people_and_unknown_people_are_not_invited(company: Company) -> None:
    by = await inviter(company)
    sample = await company.person(f"demo{next(NUMBERS)}", password="x", local_only=True)
    inactive = await company.person(f"left{next(NUMBERS)}", active=False)

    with pytest.raises(refusals.Forbidden):
        await invite(company, by, sample)
    for who in (inactive, uuid4()):
        with pytest.raises(refusals.UnknownPerson):
            await invite(company, by, who)


async def test_person_made_inactive_meanwhile_does_not_get_in(
    company: Company, authenticator: Authenticator
) -> None:
    user = await invited(company)
    made = await invite(company, await inviter(company), user)
    await company.set("o_user", user, f_active=False)

    with pytest.raises(refusals.InvitationEnded):
        await authenticator.accept_invitation(made.token, PASSWORD, address="192.0.2.1")
    assert await credentials.of_user(company.conn, user) is None


@pytest.mark.parametrize(
    "token", ["", "x", "\0", "\ud800", "sh_i_" + "a" * 43, "sh_s_" + "a" * 43, "' or 1=1 --"]
)
async def test_what_is_no_link_is_refused(authenticator: Authenticator, token: str) -> None:
    with pytest.raises(refusals.InvitationEnded):
        await authenticator.accept_invitation(token, PASSWORD, address="192.0.2.1")


async def test_refused_invitation_takes_the_record_back(company: Company) -> None:
    """How the record and the link join: one transaction."""
    wide, by = await company.role("wide", ALL_LEADS), await inviter(company)
    now = await directory.load(company.conn)
    caller = now.caller(by)
    assert caller is not None
    login = f"taken_back{next(NUMBERS)}"

    async def save_and_invite() -> None:
        async with company.conn.transaction():
            user = await company.person(login, roles=(wide,))
            await invitations.invite(company.conn, caller, now, user, company.clock.now())

    with pytest.raises(refusals.CannotGrant):
        await save_and_invite()

    found = await company.conn.execute("select 1 from data.o_user where f_login = %s", [login])
    assert await found.fetchone() is None


async def test_database_keeps_no_link(company: Company) -> None:
    made = await invite(company, await inviter(company), await invited(company))

    found = await company.conn.execute("select string_agg(i::text, '') from kernel.invitation i")
    row = await found.fetchone()

    assert row is not None
    assert made.token[5:] not in str(row[0])
    assert bearer.digest(made.token).hex() in str(row[0])
