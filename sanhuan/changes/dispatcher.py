"""Runs all readers of a process: one loop that looks who has something before it.

One statement finds the readers with news; each of those drains on a connection of its own, so
that a slow one holds up no other. A reader that fails rests, longer each time, and is tried again;
so does the loop while the database is away.
"""

from __future__ import annotations

import asyncio
import contextlib
import random as randoms
from collections.abc import Sequence

import psycopg
import structlog

from sanhuan.changes.reader import Reader
from sanhuan.database import queries
from sanhuan.database.pool import Pool

LEAST_PAUSE_S = 0.1
MOST_PAUSE_S = 0.2
FEW = 100
"""Entries in a batch after which a reader waits for the next look: under a steady trickle of writes
it would else run all the time, at a dozen statements for each one or two of them."""
LONGEST_REST_S = 10.0
AT_ONCE = 4
"""Readers that run at the same moment: the rest of the pool is left to others."""


class Dispatcher:
    """A service of a worker; `wake()` after a commit shortens the wait to nothing."""

    name = "changes"

    def __init__(self, pool: Pool, readers: Sequence[Reader], *, random: randoms.Random) -> None:
        """Raises ValueError when two readers have one name."""
        self.readers = {reader.name: reader for reader in readers}
        if len(self.readers) != len(readers):
            raise ValueError("two readers of the change log have the same name")
        self._pool = pool
        self._random = random
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._started: set[str] = set()
        self._running: dict[str, asyncio.Task[int]] = {}
        self._failures: dict[str, int] = {}
        self._rested_at: dict[str, float] = {}

    def wake(self) -> None:
        """Look at once: something was written."""
        self._woken.set()

    async def run(self) -> None:
        """Run until cancelled, then let the batches at work end."""
        away = 0
        try:
            while True:
                try:
                    await self.tick()
                    away = 0
                except (psycopg.Error, OSError) as error:
                    away += 1
                    log_failure(self.name, error)
                pause = rest_s(away, self._random) if away else tick_s(self._random)
                await wait_for(self._woken, pause)
        finally:
            self._is_stopping = True
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def run_once(self) -> int:
        """Let every reader that has something before it read up; returns the entries handled."""
        await self.tick(few=1)
        return sum(await asyncio.gather(*self._running.values()))

    async def tick(self, few: int = FEW) -> None:
        """Start those readers that have something before them and are neither at work nor resting.

        Each goes on until a batch has fewer entries than `few`. Raises psycopg.Error when the
        database is away.
        """
        self._woken.clear()
        now = asyncio.get_running_loop().time()
        free = [
            name
            for name in self.readers
            if name not in self._running and self._rested_at.get(name, now) <= now
        ]
        for name in await self._waiting(free):
            self._running[name] = asyncio.create_task(self._drain(self.readers[name], few))

    async def _waiting(self, names: Sequence[str]) -> list[str]:
        """Those of `names` to run: new in this process (it may have no place yet) or with news."""
        new = [name for name in names if name not in self._started]
        seen = [name for name in names if name in self._started]
        if not seen:
            return new
        async with self._pool.connection() as connection:
            found = await connection.execute(
                queries.load("sanhuan.changes")["waiting"], {"names": seen}
            )
            return [*new, *(str(name) for (name,) in await found.fetchall())]

    async def _drain(self, reader: Reader, few: int) -> int:
        handled = 0
        try:
            async with self._at_once, self._pool.connection() as connection:
                while not self._is_stopping and (count := await reader.run_once(connection)):
                    handled += count
                    if count < few:
                        break
            self._started.add(reader.name)
            self._failures.pop(reader.name, None)
            self._rested_at.pop(reader.name, None)
        except Exception as error:  # noqa: BLE001 - one broken reader stops itself, not the others
            await self._failed(reader, error)
        finally:
            self._running.pop(reader.name, None)
        return handled

    async def _failed(self, reader: Reader, error: Exception) -> None:
        failures = self._failures[reader.name] = self._failures.get(reader.name, 0) + 1
        rest = rest_s(failures, self._random)
        self._rested_at[reader.name] = asyncio.get_running_loop().time() + rest
        log_failure(reader.name, error)
        # Noting it is a courtesy to whoever looks: with the database away it can't be done.
        with contextlib.suppress(psycopg.Error, OSError):
            async with self._pool.connection() as connection:
                await connection.execute(
                    queries.load("sanhuan.changes")["fail"],
                    {"name": reader.name, "failure": f"{type(error).__name__}: {error}"[:2_000]},
                )


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, or so long."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def tick_s(random: randoms.Random) -> float:
    """Seconds between two looks; random, so that processes do not look in step."""
    return random.uniform(LEAST_PAUSE_S, MOST_PAUSE_S)


def rest_s(failures: int, random: randoms.Random) -> float:
    """Seconds to rest after so many failures in a row (from 1): doubling, at most 10."""
    longest = min(LONGEST_REST_S, MOST_PAUSE_S * 2.0 ** min(failures, 10))
    return random.uniform(longest / 2, longest)


def log_failure(reader: str, error: BaseException) -> None:
    """One line for whoever runs the installation; no data of records is in it."""
    structlog.get_logger(__name__).warning(
        "reading the change log failed", reader=reader, error=type(error).__name__
    )
