"""Signing in: one answer for every failure, and limits (C02, C03)."""

import asyncio
import itertools
import os
import statistics
import time
from datetime import timedelta
from uuid import UUID

import pytest

from sanhuan.clock import ManualClock
from sanhuan.database import pool
from sanhuan.identity import attempts, credentials, passwords, refusals, sessions
from sanhuan.identity.authentication import Authenticator
from tests.integration.identity.conftest import PASSWORD, Company

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
NUMBERS = itertools.count(1)
LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]


@pytest.fixture
def address() -> str:
    """An address that no other test used."""
    number = next(NUMBERS)
    return f"198.51.{number // 250}.{number % 250}"


@pytest.fixture
def login() -> str:
    return f"signer{next(NUMBERS)}"


async def test_right_password_begins_a_session(
    company: Company, authenticator: Authenticator, clock: ManualClock, login: str, address: str
) -> None:
    user = await company.person(login, password=PASSWORD)

    issued = await authenticator.sign_in(login, PASSWORD, address=address)

    found = await sessions.look_up(company.conn, issued.token, clock.now())
    assert (found.user, found.login, found.id) == (user, login, issued.id)


async def test_each_sign_in_is_a_session_of_its_own(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    """C11."""
    await company.person(login, password=PASSWORD)

    one = await authenticator.sign_in(login, PASSWORD, address=address)
    other = await authenticator.sign_in(login, PASSWORD, address=address)

    assert one.id != other.id
    assert one.token != other.token
    assert one.csrf != other.csrf


@pytest.mark.parametrize("typed", ["  {}\t", "\n{}", "{:u}"])
async def test_login_is_found_however_it_is_typed(
    company: Company, authenticator: Authenticator, login: str, address: str, typed: str
) -> None:
    user = await company.person(login, password=PASSWORD)
    text = login.upper() if typed == "{:u}" else typed.format(login)

    issued = await authenticator.sign_in(text, PASSWORD, address=address)

    assert issued.user == user


async def test_exact_login_goes_before_one_of_another_case(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    lower = await company.person(login, password=PASSWORD)
    upper = await company.person(login.upper(), password=PASSWORD)

    assert (await authenticator.sign_in(login, PASSWORD, address=address)).user == lower
    assert (await authenticator.sign_in(login.upper(), PASSWORD, address=address)).user == upper


@pytest.mark.parametrize(
    "who", ["unknown", "wrong password", "no password", "inactive", "binned", "local only"]
)
async def test_every_failure_gives_the_same_answer(
    company: Company,
    authenticator: Authenticator,
    clock: ManualClock,
    login: str,
    address: str,
    who: str,
) -> None:
    """C02."""
    if who != "unknown":
        user = await company.person(
            login,
            password=None if who == "no password" else PASSWORD,
            active=who != "inactive",
            local_only=who == "local only",
        )
        if who == "binned":
            await company.set("o_user", user, deleted_at=clock.now())
    password = "something else" if who == "wrong password" else PASSWORD

    with pytest.raises(refusals.WrongCredentials) as refused:
        await authenticator.sign_in(login, password, address=address)

    assert (refused.value.code, refused.value.field) == ("wrong_credentials", None)
    assert str(refused.value) == str(refusals.WrongCredentials())


async def test_every_failure_verifies_one_hash(
    company: Company,
    authenticator: Authenticator,
    monkeypatch: pytest.MonkeyPatch,
    login: str,
    address: str,
) -> None:
    """C02: what takes the time is done once, whoever is asked for."""
    await company.person(login, password=PASSWORD)
    await company.person(f"{login}-local", password=PASSWORD, local_only=True)
    verified: list[bool] = []
    verify = passwords.Passwords._verify

    def counted(self: passwords.Passwords, kept: str, content: bytes) -> bool:
        verified.append(self.is_outdated(kept))
        return verify(self, kept, content)

    monkeypatch.setattr(passwords.Passwords, "_verify", counted)
    for each in (login, f"{login}-local", "nobody", "\0", "x" * 10_000):
        with pytest.raises(refusals.WrongCredentials):
            await authenticator.sign_in(each, "wrong", address=address)

    assert verified == [False] * 5


@pytest.mark.skipif(not PROVE, reason="times are measured by make prove")
async def test_unknown_login_takes_as_long_as_a_known_one(
    company: Company, connections: pool.Pool, clock: ManualClock, login: str
) -> None:
    """C02: medians of 1,000 samples within 5 ms, at the real cost."""
    real = passwords.Passwords()
    user = await company.person(login)
    await credentials.set_password_hash(company.conn, user, await real.hash(PASSWORD), clock.now())
    limits = attempts.Limits(per_login=10_000, per_address=10_000)
    authenticator = Authenticator(connections, real, clock, limits)
    times: dict[str, list[float]] = {login: [], f"{login}-unknown": []}
    for _ in range(500):
        for each, taken in times.items():
            began = time.perf_counter()
            with pytest.raises(refusals.WrongCredentials):
                await authenticator.sign_in(each, "wrong", address="203.0.113.250")
            taken.append(time.perf_counter() - began)

    known, unknown = (statistics.median(each) for each in times.values())
    assert abs(known - unknown) < 0.005


@pytest.mark.parametrize("local", LOOPBACK)
async def test_sample_person_signs_in_from_this_machine(
    company: Company, authenticator: Authenticator, login: str, local: str
) -> None:
    user = await company.person(login, password=PASSWORD, local_only=True)

    assert (await authenticator.sign_in(login, PASSWORD, address=local)).user == user


@pytest.mark.parametrize(
    "far", ["192.0.2.7", "10.0.0.1", "::ffff:192.0.2.1", "0.0.0.0", "localhost", "", "127.0.0.1, x"]
)
async def test_sample_person_does_not_sign_in_from_elsewhere(
    company: Company, authenticator: Authenticator, login: str, far: str
) -> None:
    await company.person(login, password=PASSWORD, local_only=True)

    with pytest.raises(refusals.WrongCredentials):
        await authenticator.sign_in(login, PASSWORD, address=far)


@pytest.mark.parametrize(
    "odd",
    ["", " ", "\0", "a\0b", "\ud800", "' or 1=1 --", "%", "_____", "'; drop table data.o_user; --",
     "x" * 201, "x" * 1_000_000, "管理员", "\u202eadmin", "{}", "%(login)s", "\\", "é"],
)  # fmt: skip
async def test_odd_logins_are_wrong_and_nothing_more(
    authenticator: Authenticator, odd: str, address: str
) -> None:
    with pytest.raises(refusals.WrongCredentials):
        await authenticator.sign_in(odd, PASSWORD, address=address)


async def test_password_beyond_the_limit_is_told_for_any_login(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    """C03: says nothing of whether the login exists."""
    await company.person(login, password=PASSWORD)

    for each in (login, "nobody at all"):
        with pytest.raises(refusals.PasswordTooLong):
            await authenticator.sign_in(each, "x" * 8_192, address=address)


async def test_outdated_hash_is_made_anew_at_sign_in(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    user = await company.person(login)
    old = passwords.Passwords(passwords.Cost(passes=2, memory_kib=16, lanes=1))
    await credentials.set_password_hash(
        company.conn, user, await old.hash(PASSWORD), company.clock.now()
    )

    await authenticator.sign_in(login, PASSWORD, address=address)

    credential = await credentials.of_user(company.conn, user)
    assert credential is not None
    assert not company.hashing.is_outdated(credential.password_hash)
    await authenticator.sign_in(login, PASSWORD, address=address)


async def fail(authenticator: Authenticator, login: str, address: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(refusals.WrongCredentials):
            await authenticator.sign_in(login, "wrong", address=address)


async def test_login_is_closed_for_the_window_after_too_many_attempts(
    company: Company, authenticator: Authenticator, clock: ManualClock, login: str, address: str
) -> None:
    await company.person(login, password=PASSWORD)
    await fail(authenticator, login, address, 5)
    clock.advance(timedelta(minutes=5))

    with pytest.raises(refusals.TooManyAttempts) as refused:
        await authenticator.sign_in(login, PASSWORD, address="203.0.113.1")
    assert refused.value.retry_after == 600

    clock.advance(timedelta(minutes=10))
    await authenticator.sign_in(login, PASSWORD, address=address)


async def test_unknown_login_is_closed_like_a_known_one(
    authenticator: Authenticator, login: str, address: str
) -> None:
    await fail(authenticator, login, address, 5)

    with pytest.raises(refusals.TooManyAttempts):
        await authenticator.sign_in(login, "wrong", address=address)


async def test_case_of_a_login_does_not_get_around_its_limit(
    authenticator: Authenticator, login: str, address: str
) -> None:
    await fail(authenticator, login, address, 5)

    with pytest.raises(refusals.TooManyAttempts):
        await authenticator.sign_in(f" {login.upper()} ", "wrong", address=address)


async def test_success_forgets_the_logins_attempts(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    await company.person(login, password=PASSWORD)
    for _ in range(3):
        await fail(authenticator, login, address, 4)
        await authenticator.sign_in(login, PASSWORD, address=address)


async def test_successes_do_not_close_an_address(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    """A whole company may sign in from one address."""
    await company.person(login, password=PASSWORD)

    for _ in range(25):
        await authenticator.sign_in(login, PASSWORD, address=address)


async def test_address_is_closed_after_too_many_attempts_on_many_logins(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    await company.person(login, password=PASSWORD)
    for number in range(20):
        await fail(authenticator, f"{login}-{number}", address, 1)

    for _ in range(10):
        with pytest.raises(refusals.TooManyAttempts):
            await authenticator.sign_in(login, PASSWORD, address=address)

    # The closed address did not close the login to others.
    await authenticator.sign_in(login, PASSWORD, address="203.0.113.2")


async def test_many_attempts_at_once_do_not_slip_through(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    await company.person(login, password=PASSWORD)

    answers = await asyncio.gather(
        *(authenticator.sign_in(login, "wrong", address=address) for _ in range(20)),
        return_exceptions=True,
    )

    wrong = [each for each in answers if isinstance(each, refusals.WrongCredentials)]
    assert len(wrong) == 5
    assert all(isinstance(each, refusals.TooManyAttempts) for each in answers if each not in wrong)


async def test_right_and_wrong_attempts_at_once_do_not_block_one_another(
    company: Company, connections: pool.Pool, clock: ManualClock, login: str, address: str
) -> None:
    logins = [f"{login}-{number}" for number in range(3)]
    for each in logins:
        await company.person(each, password=PASSWORD)
    limits = attempts.Limits(per_login=1_000, per_address=1_000)
    authenticator = Authenticator(connections, company.hashing, clock, limits)

    answers = await asyncio.gather(
        *(
            authenticator.sign_in(each, password, address=f"{address}{place}")
            for _ in range(5)
            for each in logins
            for place in ("", "1")
            for password in (PASSWORD, "wrong")
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, sessions.Issued) for each in answers) == 30
    assert sum(isinstance(each, refusals.WrongCredentials) for each in answers) == 30


async def test_logins_typed_are_not_kept_readable(
    company: Company, authenticator: Authenticator, address: str
) -> None:
    """People type their password where the login belongs."""
    await fail(authenticator, "my secret password", address, 1)

    found = await company.conn.execute(
        "select string_agg(a::text, ' ') from kernel.sign_in_attempt a"
    )
    row = await found.fetchone()
    assert row is not None
    assert "secret" not in str(row[0])
    assert b"secret".hex() not in str(row[0])


async def test_changed_password_ends_the_other_sessions(
    company: Company, authenticator: Authenticator, clock: ManualClock, login: str, address: str
) -> None:
    user = await company.person(login, password=PASSWORD)
    own = await authenticator.sign_in(login, PASSWORD, address=address)
    other = await authenticator.sign_in(login, PASSWORD, address=address)
    caller = await company.caller(user, session=own.id)

    new = "seven green bicycles waiting"
    await authenticator.change_password(caller, old=PASSWORD, new=new, address=address)

    await sessions.look_up(company.conn, own.token, clock.now())
    with pytest.raises(refusals.SessionEnded):
        await sessions.look_up(company.conn, other.token, clock.now())
    await authenticator.sign_in(login, new, address=address)
    with pytest.raises(refusals.WrongCredentials):
        await authenticator.sign_in(login, PASSWORD, address=address)


async def test_password_is_not_changed_without_the_old_one(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    caller = await company.caller(await company.person(login, password=PASSWORD))
    new = "seven green bicycles waiting"

    for _ in range(5):
        with pytest.raises(refusals.WrongCredentials):
            await authenticator.change_password(caller, old="x", new=new, address=address)
    with pytest.raises(refusals.TooManyAttempts):
        await authenticator.change_password(caller, old=PASSWORD, new=new, address=address)


async def test_password_is_not_changed_to_a_weak_one(
    company: Company, authenticator: Authenticator, login: str, address: str
) -> None:
    caller = await company.caller(await company.person(login, password=PASSWORD))

    with pytest.raises(refusals.WeakPassword):
        await authenticator.change_password(caller, old=PASSWORD, new=login, address=address)

    await authenticator.sign_in(login, PASSWORD, address=address)


async def test_password_of_the_sample_and_by_token_is_not_changed(
    company: Company, authenticator: Authenticator, login: str
) -> None:
    user = await company.person(login, password=PASSWORD, local_only=True)
    new = "seven green bicycles waiting"

    for scopes in (None, frozenset({"*"})):
        caller = await company.caller(user, scopes=scopes)
        with pytest.raises(refusals.Forbidden):
            await authenticator.change_password(caller, old=PASSWORD, new=new, address="127.0.0.1")


async def test_reset_while_signing_in_leaves_no_session(
    company: Company, connections: pool.Pool, clock: ManualClock, login: str
) -> None:
    """A session that begins with the old password while it is reset ends with the others."""
    user = await company.person(login, password=PASSWORD)
    old = await credentials.of_user(company.conn, user)
    assert old is not None
    async with connections.connection() as other:
        async with other.transaction():
            issued = await sessions.open_session(other, user, old.password_hash, clock.now())
            assert issued is not None
            reset = asyncio.create_task(reset_password(company, connections, user))
            async with asyncio.timeout(20):
                await blocked(company.conn)
        await reset

    with pytest.raises(refusals.SessionEnded):
        await sessions.look_up(company.conn, issued.token, clock.now())


async def reset_password(company: Company, connections: pool.Pool, user: UUID) -> None:
    async with connections.connection() as conn, conn.transaction():
        new_hash = await company.hashing.hash("new")
        await credentials.set_password_hash(conn, user, new_hash, company.clock.now())
        await credentials.end_everything(conn, user, company.clock.now())


async def blocked(conn: pool.Connection) -> None:
    """Wait until some connection of this database waits for a lock."""
    while True:
        found = await conn.execute(
            "select 1 from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        )
        if await found.fetchone():
            return
