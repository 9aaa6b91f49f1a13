"""Rounds of writing, killing, coming back and comparing."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sanhuan.changes import commands as verifying
from tests.faults import ledger
from tests.faults.served import Served, What
from tests.faults.writers import Writers

SOONEST_S, LATEST_S = 0.3, 2.0
"""When after the service is back the next kill comes."""


@dataclass(frozen=True)
class Round:
    """One kill: how many requests it hit in flight, and after how long writes succeeded again."""

    what: What
    in_flight: int
    back_s: float


@dataclass
class Outcome:
    """What the rounds of one run have shown."""

    seed: int
    rounds: list[Round] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def kills_in_flight(self) -> int:
        """How many kills came while a write waited for its answer."""
        return sum(played.in_flight > 0 for played in self.rounds)

    def add(self, other: Outcome) -> None:
        """Count another run's rounds as well."""
        self.rounds += other.rounds
        self.counts += other.counts
        self.failures += other.failures

    def back(self) -> Mapping[str, str]:
        """After how many seconds the service was back, by what was killed."""
        found: dict[str, list[float]] = {}
        for played in self.rounds:
            found.setdefault(played.what, []).append(played.back_s)
        return {
            what: f"{len(times)} kills, median {statistics.median(times):.1f} s,"
            f" longest {max(times):.1f} s"
            for what, times in found.items()
        }

    def __str__(self) -> str:
        lines = [
            f"seed {self.seed}: {len(self.rounds)} kills, {self.kills_in_flight} in flight",
            *(f"  back after {what}: {times}" for what, times in self.back().items()),
            *(f"  {what}: {times}" for what, times in sorted(self.counts.items())),
            *(f"  {failure}" for failure in self.failures[:20]),
        ]
        return "\n".join(lines)


def drawn(seed: int, server: int, postgresql: int) -> list[What]:
    """What to kill, in order: the server (half of it whole, rounded down), and PostgreSQL."""
    whole = server // 2
    counts: dict[What, int] = {
        "web": server - whole,
        "everything": whole,
        "postgresql": postgresql,
    }
    kinds = [what for what, count in counts.items() for _ in range(count)]
    random.Random(seed).shuffle(kinds)
    return kinds


def play(served: Served, writers: Writers, what: What, moment_s: float) -> Round:
    """Let them write for `moment_s` seconds, kill, and wait until writes succeed again."""
    time.sleep(moment_s)
    in_flight = writers.in_flight()
    killed_at = time.monotonic()
    served.kill(what)
    if what == "everything":
        served.begin()
    return Round(what, in_flight, writers.wait_for_success_since(killed_at))


def run(served: Served, writers: Writers, kinds: Sequence[What], seed: int) -> Outcome:
    """Play a round of each kind, and compare after each; ends with the first that differs."""
    outcome = Outcome(seed)
    moments = random.Random(f"{seed} moments")
    for what in kinds:
        outcome.rounds.append(play(served, writers, what, moments.uniform(SOONEST_S, LATEST_S)))
        writers.hold()
        outcome.failures += compare(served, writers)
        if outcome.failures:
            break
        writers.go_on()
    outcome.counts.update(writers.ledger.counts)
    return outcome


def compare(served: Served, writers: Writers) -> list[str]:
    """In what the database differs from what writers were told, and from its own log."""
    found = ledger.failures(served, writers.ledger)
    verified = served.verify()
    if not verified.holds:
        found += differing(verifying.lines(verified))
    return found


def differing(lines: Iterable[str]) -> list[str]:
    """The lines of `sanhuan verify` that tell of something wrong."""
    return [f"verify: {line}" for line in lines if not line.startswith("✓")]
