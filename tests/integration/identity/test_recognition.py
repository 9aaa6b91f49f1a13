"""From a token to a caller, as each request does it (B09)."""

import pytest

from sanhuan.clock import ManualClock
from sanhuan.identity import api_tokens, directory, policies, recognition, refusals, versions
from sanhuan.identity.authentication import Authenticator
from tests.integration.identity.conftest import PASSWORD, Company

LEADS = policies.Policy("lead", frozenset({"see", "edit"}), "own")


async def test_caller_is_who_carries_the_token(
    company: Company, authenticator: Authenticator, clock: ManualClock
) -> None:
    role = await company.role("seller", LEADS)
    user = await company.person("carrier", password=PASSWORD, roles=(role,))
    issued = await authenticator.sign_in("carrier", PASSWORD, address="192.0.2.1")

    caller, signed_in = await recognition.recognise(
        company.conn, directory.Directories(), issued.token, clock.now(), via="ui"
    )

    assert (caller.user, caller.session, caller.via) == (user, issued.id, "ui")
    assert caller.may("edit", "lead")
    assert caller.scopes is None
    assert signed_in.versions == await versions.read(company.conn)


async def test_caller_by_api_token_has_its_scopes(company: Company, clock: ManualClock) -> None:
    role = await company.role("seller", LEADS)
    user = await company.person("programmer", roles=(role,))
    made = await api_tokens.create(
        company.conn,
        await company.caller(user),
        name="n",
        token_scopes=["*:see"],
        ends_at=None,
        now=clock.now(),
    )

    caller, _ = await recognition.recognise(
        company.conn, directory.Directories(), made.token, clock.now()
    )

    assert (caller.session, caller.scopes) == (made.id, frozenset({"*:see"}))
    assert caller.may("see", "lead")
    assert not caller.may("edit", "lead")


async def test_change_of_rights_holds_on_the_next_request(
    company: Company, authenticator: Authenticator, clock: ManualClock
) -> None:
    role = await company.role("seller", LEADS)
    await company.person("losing", password=PASSWORD, roles=(role,))
    issued = await authenticator.sign_in("losing", PASSWORD, address="192.0.2.1")
    directories = directory.Directories()

    async def may_edit() -> bool:
        found = await recognition.recognise(company.conn, directories, issued.token, clock.now())
        return found.caller.may("edit", "lead")

    assert await may_edit()
    await policies.replace_policies(company.conn, role, [])
    assert not await may_edit()


async def test_ended_session_is_nobody(
    company: Company, authenticator: Authenticator, clock: ManualClock
) -> None:
    user = await company.person("leaver", password=PASSWORD)
    issued = await authenticator.sign_in("leaver", PASSWORD, address="192.0.2.1")
    directories = directory.Directories()
    await recognition.recognise(company.conn, directories, issued.token, clock.now())
    await company.set("o_user", user, f_active=False)

    with pytest.raises(refusals.SessionEnded):
        await recognition.recognise(company.conn, directories, issued.token, clock.now())
