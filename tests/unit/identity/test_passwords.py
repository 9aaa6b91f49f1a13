"""Passwords: hashed, verified, and refused when they are easily guessed (C02, C03)."""

import asyncio
import threading

import pytest

from sanhuan.identity import passwords, refusals

CHEAP = passwords.Cost(passes=1, memory_kib=8, lanes=1)


@pytest.fixture
def hashing() -> passwords.Passwords:
    return passwords.Passwords(CHEAP)


async def test_password_verifies_against_its_hash(hashing: passwords.Passwords) -> None:
    kept = await hashing.hash("correct horse 电池")

    assert await hashing.verify("correct horse 电池", kept)
    assert not await hashing.verify("correct horse 电池 ", kept)


async def test_composed_and_decomposed_forms_are_one_password(
    hashing: passwords.Passwords,
) -> None:
    kept = await hashing.hash("caf\u00e9 au lait")

    assert await hashing.verify("cafe\u0301 au lait", kept)


@pytest.mark.parametrize("password", ["", "a\0b", "\ud800", "密码", "x" * 1_024])
async def test_odd_passwords_are_taken_as_they_are(
    hashing: passwords.Passwords, password: str
) -> None:
    kept = await hashing.hash(password)

    assert await hashing.verify(password, kept)
    assert not await hashing.verify(password[:-1] + "!", kept)


@pytest.mark.parametrize("password", ["x" * 1_025, "中" * 342, "x" * 8_192, "x" * 1_048_576])
async def test_password_over_1024_bytes_is_refused(
    hashing: passwords.Passwords, password: str
) -> None:
    with pytest.raises(refusals.PasswordTooLong):
        await hashing.verify(password, None)


async def test_unknown_login_is_verified_at_the_same_cost() -> None:
    """C02: what stands in for the hash has the same parameters, and no password behind it."""
    hashing = passwords.Passwords(passwords.Cost(passes=2, memory_kib=64, lanes=2))

    assert not await hashing.verify("anything", None)
    assert not hashing.is_outdated(hashing._nobodys)
    assert hashing.is_outdated(await passwords.Passwords(CHEAP).hash("anything"))


@pytest.mark.parametrize("kept", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$x$y", "$2b$12$abc"])
async def test_hash_that_cannot_be_read_verifies_nothing(
    hashing: passwords.Passwords, kept: str
) -> None:
    assert not await hashing.verify("anything", kept)


async def test_only_so_many_hashes_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = passwords.Passwords(CHEAP, at_once=2)
    running, most, lock = 0, 0, threading.Lock()
    both_running = threading.Barrier(2, timeout=10)

    def verify(kept: str, content: bytes) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both_running.wait()
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(hashing, "_verify", verify)
    await asyncio.gather(*(hashing.verify("x", None) for _ in range(8)))

    assert most == 2


@pytest.mark.parametrize(
    "password",
    ["", "short", "password", "12345678", "qwertyuiop", "iloveyou123", "liwei1990", "liwei2024!",
     "aaaaaaaaaaaaaaaa", "Password1!"],
)  # fmt: skip
async def test_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(refusals.WeakPassword):
        await passwords.check_strength(password, ("李伟", "liwei", "liwei@example.com"))


async def test_password_made_of_what_is_known_is_refused() -> None:
    known = ("Zebulon Quartermain", "zquartermain", "zebulon@quartermain.example")

    for password in ("zquartermain", "Zebulon Quartermain", "quartermain.example", *known):
        with pytest.raises(refusals.WeakPassword):
            await passwords.check_strength(password, known)


@pytest.mark.parametrize("password", ["correct horse battery staple", "茶杯 窗户 自行车 下雨 月亮"])
async def test_password_that_is_hard_to_guess_is_taken(password: str) -> None:
    await passwords.check_strength(password, ("李伟", "liwei", None))


async def test_words_about_one_person_do_not_count_for_the_next() -> None:
    await passwords.check_strength("zquartermain-vokda", ("A", "a", None))
    with pytest.raises(refusals.WeakPassword):
        await passwords.check_strength("zquartermain-vokda", ("zquartermain-vokda", None))
    await passwords.check_strength("zquartermain-vokda", ("A", "a", None))


async def test_made_passwords_are_strong_and_differ() -> None:
    made = {passwords.make() for _ in range(100)}

    assert len(made) == 100
    await passwords.check_strength(made.pop(), ())
