"""TRUST.md G1-G3, F17-F20: no kill loses, doubles or halves what was acknowledged.

`sanhuan serve` runs as people run it; clients write to it over HTTP; processes end by SIGKILL at
moments drawn by a seed (SANHUAN_SEED). kill -9 leaves what the system has taken in: a power cut,
where the disk's own cache counts, is not tested here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from tests.faults import rounds
from tests.faults.served import Served, served
from tests.faults.writers import writing

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
SEED = int(os.environ.get("SANHUAN_SEED", "17"))
SERVER, POSTGRESQL = (100, 50) if PROVE else (5, 3)
ROUNDS_AN_INSTALLATION = 25
"""Each comparison looks at everything: a new installation now and then keeps it short."""
CONTROL_KILLS = 50 if PROVE else 8

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]


@pytest.fixture
def installation() -> Iterator[Served]:
    with served() as running:
        yield running


def test_nothing_acknowledged_is_lost_doubled_or_halved() -> None:
    """F17-F19: the web process, `sanhuan serve` with everything, PostgreSQL."""
    kinds = rounds.drawn(SEED, SERVER, POSTGRESQL)
    total = rounds.Outcome(SEED)
    for number in range(0, len(kinds), ROUNDS_AN_INSTALLATION):
        with served() as running, writing(running, SEED + number) as writers:
            assert durability(running) == "on"
            part = kinds[number : number + ROUNDS_AN_INSTALLATION]
            total.add(rounds.run(running, writers, part, SEED + number))
        assert not total.failures, total
    print(total)
    assert total.kills_in_flight > len(kinds) / 2, "the kills hit hardly any write"


def test_harness_sees_losses_when_commits_are_not_durable(installation: Served) -> None:
    """F20, G2: the negative control, without which the test above would prove nothing."""
    with installation.owner() as owner:
        owner.execute("alter role sanhuan_app set synchronous_commit = off")
    installation.serving.stop()
    installation.begin()
    installation.wait_until_ready()
    assert durability(installation) == "off"

    with writing(installation, SEED) as writers:
        outcome = rounds.run(installation, writers, ["postgresql"] * CONTROL_KILLS, SEED)

    print(outcome)
    assert [line for line in outcome.failures if line.startswith(("lost", "stale", "half"))]


def durability(running: Served) -> str:
    """What synchronous_commit is to the application."""
    with psycopg.connect(running.access.app) as connection:
        (value,) = connection.execute("show synchronous_commit").fetchone() or ("",)
        return str(value)
