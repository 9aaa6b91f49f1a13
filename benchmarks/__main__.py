"""`make bench`: run the measurements and write docs/benchmarks.md.

    python -m benchmarks [--small] [name ...]

The installation with its data is kept under build/benchmarks, so that the next run need not make
it; so are the figures of measurements that do not run this time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from benchmarks import (
    breadth,
    creates,
    dataset,
    figures,
    ground,
    idle,
    imports,
    lists,
    live,
    machine,
    publishing,
    reads,
    search,
    totals,
)


class Measurement(Protocol):
    """A module that measures something."""

    TITLE: str
    NOTES: str

    @property
    def measure(self) -> Callable[[ground.Ground], Sequence[figures.Figure]]: ...


MEASUREMENTS: Mapping[str, Measurement] = {
    "idle": idle,
    "lists": lists,
    "reads": reads,
    "creates": creates,
    "imports": imports,
    "search": search,
    "totals": totals,
    "live": live,
    "publishing": publishing,
    "breadth": breadth,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--small", action="store_true", help="little data, no page: to try it out")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASUREMENTS))
    asked = parser.parse_args()
    if unknown := set(asked.names) - MEASUREMENTS.keys():
        parser.error(f"no measurement {', '.join(sorted(unknown))}")
    size = ground.SMALL if asked.small else dataset.Size()
    results = ground.BUILD / str(size.opportunities) / "figures"
    with ground.laid(size) as laid:
        for name in asked.names or MEASUREMENTS:
            taken = take(MEASUREMENTS[name], laid)
            show(name, taken)
            figures.keep(results, name, taken)
    if not asked.small:
        kept = figures.kept(results, list(MEASUREMENTS))
        missing = [name for name in MEASUREMENTS if name not in kept]
        figures.DOCUMENT.write_text(figures.document(kept, missing), encoding="utf-8")


def take(measurement: Measurement, laid: ground.Ground) -> figures.Taken:
    """Run one measurement, watching what else the machine does meanwhile."""
    commit = figures.commit()
    begun, of_all, of_us = time.monotonic(), machine.all_cpu_s(), _ours(laid)
    found = measurement.measure(laid)
    seconds = (time.monotonic() - begun) * (os.cpu_count() or 1)
    others = (machine.all_cpu_s() - of_all) - (_ours(laid) - of_us)
    return figures.Taken(
        title=measurement.TITLE,
        notes=measurement.NOTES,
        figures=list(found),
        at=datetime.now(UTC),
        commit=commit,
        size=laid.size.opportunities,
        busy=max(0.0, others / seconds),
    )


def _ours(laid: ground.Ground) -> float:
    return machine.cpu_s({*machine.descendants(os.getpid()), *laid.running.pids()})


def show(name: str, taken: figures.Taken) -> None:
    print(f"{name} (others used {taken.busy:.0%} of the CPUs)")
    for figure in taken.figures:
        goal = "" if figure.goal is None else f"  goal {figure.goal:g}, met: {figure.met}"
        print(f"  {figure.what}: {figure.value:.2f} {figure.unit}{goal}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
