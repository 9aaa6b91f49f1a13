"""Figures with their targets, kept by measurement and written to docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BUSY = 0.5
"""Other processes' share of the CPUs from which a measurement counts as taken on a busy machine."""


class Figure(msgspec.Struct, frozen=True):
    """One figure. `goal` is in the unit of `value`; None where there is none, or no figure.

    `at_least`: more is better.
    """

    what: str
    value: float
    unit: str = ""
    goal: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


class Taken(msgspec.Struct, frozen=True):
    """The figures of one measurement. `busy` is the share of the CPUs that others used."""

    title: str
    notes: str
    figures: Sequence[Figure]
    at: datetime
    commit: str
    size: int
    busy: float


def commit() -> str:
    """The commit that is measured; `+` when files differ from it."""
    described = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    return subprocess.run(described, capture_output=True, text=True, check=True).stdout.strip()


def machine() -> str:
    """What it was measured on, in a line."""
    info = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in info.splitlines() if "model name" in line]
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    model = models[0] if models else platform.machine()
    return (
        f"{os.cpu_count()} CPUs ({model}), {memory_kib / 2**20:.0f} GiB, {platform.system()}"
        f" {platform.release().split('-')[0]}, Python {platform.python_version()}"
    )


def keep(folder: Path, name: str, taken: Taken) -> None:
    """Keep what a measurement found beside what others found before."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(taken))


def kept(folder: Path, names: Sequence[str]) -> dict[str, Taken]:
    """What measurements found, in the order of `names`."""
    there = {name: folder / f"{name}.json" for name in names}
    return {
        name: msgspec.json.decode(path.read_bytes(), type=Taken)
        for name, path in there.items()
        if path.exists()
    }


def document(found: dict[str, Taken], missing: Sequence[str]) -> str:
    """The page, from all that is kept."""
    parts = [
        "# Benchmarks",
        "",
        "Written by `make bench`; one measurement again: `python -m benchmarks <name>`. Real"
        " processes (`sanhuan serve`), a durable PostgreSQL (fsync and synchronous_commit on), the"
        " client on the same machine. Ratios are taken side by side in one run, so that they hold"
        " on other machines; rates, latencies and what shares the machine do not. A `+` after a"
        " commit: files differed from it.",
        "",
        f"Machine: {machine()}. Written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
        "",
    ]
    for name, taken in found.items():
        parts += _section(name, taken)
    if missing:
        parts += ["## Not measured yet", "", ", ".join(missing), ""]
    return "\n".join(parts)


def _section(name: str, taken: Taken) -> list[str]:
    state = (
        f" **Busy machine**: other processes used {taken.busy:.0%} of the CPUs meanwhile."
        if taken.busy > BUSY / 5
        else ""
    )
    lines = [
        f"## {taken.title}",
        "",
        taken.notes,
        "",
        f"`python -m benchmarks {name}`, {taken.size:,} opportunities, commit {taken.commit},"
        f" {taken.at:%Y-%m-%d %H:%M} UTC.{state}",
        "",
        "| Figure | Measured | Target | |",
        "|---|--:|--:|---|",
    ]
    return [*lines, *(_row(figure) for figure in taken.figures), ""]


def _row(figure: Figure) -> str:
    goal, verdict = "", ""
    if figure.goal is not None:
        sign = "≥" if figure.at_least else "≤"
        goal = f"{sign} {_number(figure.goal)} {figure.unit}".strip()
        verdict = "met" if figure.met else _missed(figure, figure.goal)
    return f"| {figure.what} | {_number(figure.value)} {figure.unit} | {goal} | {verdict} |"


def _missed(figure: Figure, goal: float) -> str:
    if not figure.value or not goal:
        return "**missed**"
    off = goal / figure.value if figure.at_least else figure.value / goal
    return f"**missed** by a factor of {off:.2f}"


def _number(value: float) -> str:
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
