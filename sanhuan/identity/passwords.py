"""Passwords: Argon2id, never more than a few at once, and none that is easily guessed.

A hash takes 64 MiB and a tenth of a second of two cores. It runs in a thread, and a semaphore
keeps a storm of sign-ins from taking the machine's memory: the rest wait their turn.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import argon2

from sanhuan.identity import refusals

MOST_BYTES: Final = 1024
LEAST_CHARACTERS: Final = 8
LEAST_SCORE: Final = 3
"""Of zxcvbn's 0 to 4: 3 is over 10^8 guesses."""
_SCORED_CHARACTERS: Final = 72  # zxcvbn's time grows with the square
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # no two that look alike

_one_score_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a hash costs. Source: RFC 9106, section 4, the second recommended option."""

    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


class Passwords:
    """Hashes and verifies, at most `at_once` at a time in this process."""

    def __init__(self, cost: Cost | None = None, *, at_once: int = 4) -> None:
        cost = cost or Cost()
        self._hasher = argon2.PasswordHasher(
            time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes
        )
        self._turn = asyncio.Semaphore(at_once)
        # Nobody's: its digest is random, so no password is behind it. Verifying against it takes
        # what verifying against a real one does.
        self._nobodys = (
            f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p={cost.lanes}"
            f"${_base64(secrets.token_bytes(16))}${_base64(secrets.token_bytes(32))}"
        )

    async def hash(self, password: str) -> str:
        """The hash to keep, with its parameters and salt. Raises PasswordTooLong."""
        content = encode(password)
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, content)

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether the password is the one behind the hash.

        None is no hash, for an unknown login: False after the same time. Raises PasswordTooLong.
        """
        content = encode(password)
        async with self._turn:
            return await asyncio.to_thread(self._verify, kept or self._nobodys, content)

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made at another cost, and should be made anew at sign-in."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str, content: bytes) -> bool:
        try:
            return self._hasher.verify(kept, content)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False


def encode(password: str) -> bytes:
    """A password as hashed: NFC, so that it does not matter which keyboard composed it.

    Raises PasswordTooLong beyond MOST_BYTES.
    """
    if len(password) <= MOST_BYTES:  # before normalising what may be a megabyte
        content = unicodedata.normalize("NFC", password).encode(errors="surrogatepass")
        if len(content) <= MOST_BYTES:
            return content
    raise refusals.PasswordTooLong(MOST_BYTES)


async def check_strength(password: str, about: Iterable[str | None]) -> None:
    """Raise WeakPassword for a new password that is too easy to guess, or PasswordTooLong.

    `about` is what an attacker knows of the person: name, login, e-mail.
    """
    encode(password)
    if len(password) < LEAST_CHARACTERS or not await asyncio.to_thread(
        _is_hard_to_guess, password, known_words(about)
    ):
        raise refusals.WeakPassword


def known_words(about: Iterable[str | None]) -> list[str]:
    """Each text and its parts: `li.wei@example.com` is also `li.wei` and `example.com`."""
    parts = [(text, *text.replace("@", " ").split()) for text in about if text]
    return list(dict.fromkeys(word.lower() for words in parts for word in words))


def make() -> str:
    """A new random password of 79 bits, in four groups that can be read out."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _is_hard_to_guess(password: str, words: list[str]) -> bool:
    # Reads its word lists when it is imported: not before someone chooses a password.
    import zxcvbn

    # It keeps the words of one call in a table that all calls share.
    with _one_score_at_a_time:
        result = zxcvbn.zxcvbn(password[:_SCORED_CHARACTERS], user_inputs=words)
    return int(result["score"]) >= LEAST_SCORE


def _base64(content: bytes) -> str:
    return base64.b64encode(content).rstrip(b"=").decode()
