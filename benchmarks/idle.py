"""How long an installation takes to start again, and what it holds while nobody asks."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks import machine
from benchmarks.figures import Figure
from benchmarks.ground import Ground

TITLE = "Start and rest"
NOTES = (
    "The start is of an installation that has its data, from the command to /readyz answering 200."
    " Memory is the PSS of all processes (supervisor, web, worker, PostgreSQL) after a rest; run"
    " it alone: what was measured before leaves its traces."
)
REST_S = 10


def measure(ground: Ground) -> Sequence[Figure]:
    time.sleep(REST_S)
    pids = ground.running.pids()
    before = machine.cpu_s(pids)
    time.sleep(REST_S)
    return [
        Figure("second start", ground.running.started_in_s, "s", 5),
        Figure("idle memory, everything", machine.pss_mib(pids), "MiB", 350),
        Figure("  of it PostgreSQL", machine.pss_mib(ground.running.pids_of("postgres")), "MiB"),
        Figure(
            "  of it web, worker, supervisor",
            machine.pss_mib(ground.running.pids_of("-m sanhuan")),
            "MiB",
        ),
        Figure("idle CPU", (machine.cpu_s(pids) - before) / REST_S * 100, "% of one"),
    ]
