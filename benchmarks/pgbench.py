"""PostgreSQL alone: the same statement under pgbench."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.installation import Running
from sanhuan.database import binaries


@dataclass(frozen=True)
class Alone:
    """What PostgreSQL needs by itself: CPU milliseconds of its processes, and its rate."""

    cpu_ms: float
    per_s: float


def run(running: Running, script: str, *, clients: int, seconds: float) -> Alone:
    """Run a script of pgbench for some seconds over as many connections."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script, encoding="utf-8")
        command = [
            binaries.locate().program("pgbench"),
            *("--no-vacuum", "--protocol=simple", f"--client={clients}", "--jobs=1"),
            *(f"--time={seconds:.0f}", f"--file={file}", running.access.app),
        ]
        before = machine.cpu_s(running.pids_of("postgres"))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        after = machine.cpu_s(running.pids_of("postgres"))
    count = re.search(r"transactions actually processed: (\d+)", done.stdout)
    tps = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode != 0 or count is None or tps is None:
        raise RuntimeError(done.stdout + done.stderr)
    return Alone((after - before) / int(count[1]) * 1_000, float(tps[1]))
