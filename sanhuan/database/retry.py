"""Runs a transaction again when PostgreSQL gave it up for the sake of another.

Serialisation failures (40001) and deadlocks (40P01) are nobody's fault: the same work succeeds a
moment later. Each try waits a random time before it, so that two that met do not meet again.
"""

import asyncio
import random as randoms
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg

from sanhuan.database import errors

TRIES = 3
FIRST_PAUSE_S = 0.02

Result = TypeVar("Result")
Sleep = Callable[[float], Awaitable[None]]


async def run(
    attempt: Callable[[], Awaitable[Result]],
    *,
    random: randoms.Random,
    sleep: Sleep = asyncio.sleep,
    tries: int = TRIES,
) -> Result:
    """Await `attempt()`, which does a whole transaction, up to `tries` times.

    Raises errors.DatabaseError in place of any psycopg.Error: code `retry` after the last try.
    Everything else passes through.
    """
    for number in range(1, tries + 1):
        try:
            return await attempt()
        except psycopg.Error as error:
            translated = errors.translate(error)
            if not translated.retryable or number == tries:
                raise translated from error
            await sleep(pause_s(number, random))
    raise ValueError("at least one try is needed")


def pause_s(number: int, random: randoms.Random) -> float:
    """Seconds to wait after try `number` (from 1): up to 20 ms, then up to 40 ms, and so on."""
    return random.uniform(0, FIRST_PAUSE_S * 2 ** (number - 1))
