"""The first administrator."""

import pytest

from sanhuan.clock import ManualClock
from sanhuan.identity import credentials, refusals
from sanhuan.identity.authentication import Authenticator
from tests.integration.identity.conftest import Company


@pytest.fixture
async def admin(company: Company) -> str:
    """The login of the first administrator, with no password yet."""
    await company.conn.execute("update data.o_user set f_login = id::text where f_login = 'admin'")
    await company.person("admin")
    return "admin"


async def test_administrator_gets_a_password_that_is_told_once(
    company: Company, authenticator: Authenticator, clock: ManualClock, admin: str
) -> None:
    made = await credentials.ensure_administrator(company.conn, company.hashing, None, clock.now())

    assert made is not None
    assert await authenticator.sign_in(admin, made, address="127.0.0.1")
    again = await credentials.ensure_administrator(company.conn, company.hashing, None, clock.now())
    assert again is None
    assert await authenticator.sign_in(admin, made, address="127.0.0.1")


async def test_operator_chooses_the_administrators_password(
    company: Company, authenticator: Authenticator, clock: ManualClock, admin: str
) -> None:
    told = await credentials.ensure_administrator(
        company.conn, company.hashing, "chosen", clock.now()
    )

    assert told is None
    assert await authenticator.sign_in(admin, "chosen", address="127.0.0.1")


async def test_password_of_a_used_installation_is_left_alone(
    company: Company, authenticator: Authenticator, clock: ManualClock, admin: str
) -> None:
    for password in ("first", "second"):
        await credentials.ensure_administrator(company.conn, company.hashing, password, clock.now())

    assert await authenticator.sign_in(admin, "first", address="127.0.0.1")


async def test_missing_administrator_is_told(company: Company, clock: ManualClock) -> None:
    await company.conn.execute("update data.o_user set f_login = id::text where f_login = 'admin'")

    with pytest.raises(refusals.UnknownPerson):
        await credentials.ensure_administrator(company.conn, company.hashing, None, clock.now())
