"""F31: whatever the interleaving, a reader misses nothing, repeats nothing, and keeps versions.

The same runs are read by `id > last` as well, which must miss entries: else the harness would
prove nothing.
"""

import os
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from sanhuan.changes import reader
from sanhuan.changes.entries import Entry
from tests import databases
from tests.integration.changes import interleaving

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
RUNS = 10_000 if PROVE else 200
SEED = int(os.environ.get("SANHUAN_SEED", "31"))


@pytest.fixture
async def interleaver(
    database: databases.TestDatabase,
) -> AsyncIterator[interleaving.Interleaver]:
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute(interleaving.SCHEMA)
    async with interleaving.Interleaver(database.app_dsn, SEED) as running:
        yield running


class Careless(reader.Reader):
    """A reader that takes no earlier version along."""

    async def _earlier(self, *_: Any) -> list[Entry]:
        return []


@pytest.mark.slow
async def test_no_interleaving_misses_repeats_or_disorders(
    interleaver: interleaving.Interleaver,
) -> None:
    total = interleaving.Outcome()
    for number in range(RUNS):
        outcome = await interleaver.play(number)
        right = (outcome.missed, outcome.repeated, outcome.disordered) == (0, 0, 0)
        assert right, f"seed {SEED}, run {number}: {outcome}"
        total.add(outcome)
    print(f"seed {SEED}: {total}")
    assert total.inversions > RUNS / 20, "the runs put no reader's order to the test"
    assert total.kills > RUNS / 2
    assert total.missed_by_id > 0, "a reader by id must miss some, or the runs prove nothing"


async def test_reader_that_takes_nothing_along_is_found_out(
    interleaver: interleaving.Interleaver,
) -> None:
    interleaver.make = Careless
    outcomes = [await interleaver.play(number) for number in range(40)]
    assert sum(outcome.disordered for outcome in outcomes) > 0
