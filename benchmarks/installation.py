"""An installation of its own for the benchmarks: real processes, real durability."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks import machine
from sanhuan.database import folder, installation
from sanhuan.database.roles import Access

PORT = int(os.environ.get("SANHUAN_BENCH_PORT", "8790"))
PASSWORD = "benchmarks only, on this machine"
START_S = 300.0


@dataclass(frozen=True)
class Running:
    """A running `sanhuan serve`."""

    process: subprocess.Popen[bytes]
    base: str
    access: Access
    started_in_s: float

    def pids(self) -> list[int]:
        return list(machine.descendants(self.process.pid))

    def pids_of(self, *words: str) -> list[int]:
        """The processes whose command line has one of the words."""
        return [pid for pid in self.pids() if any(word in machine.name(pid) for word in words)]


@contextmanager
def serving(data: Path, more: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Serve on a data folder until the context ends."""
    environment = {
        **os.environ,
        "SANHUAN_DATA": str(data),
        "SANHUAN_PORT": str(PORT),
        "SANHUAN_SAMPLE": "none",
        "SANHUAN_ADMIN_PASSWORD": PASSWORD,
        **(more or {}),
    }
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "sanhuan", "serve"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        base = f"http://127.0.0.1:{PORT}"
        wait_ready(base, process)
        taken = time.perf_counter() - begun
        access = installation.embedded(folder.Folder(data).postgresql)
        yield Running(process, base, access, taken)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def wait_ready(base: str, process: subprocess.Popen[bytes]) -> None:
    """Until /readyz answers. Raises RuntimeError when the process ended or took too long."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("sanhuan serve ended")
        try:
            if httpx.get(f"{base}/readyz", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise RuntimeError("sanhuan serve did not get ready")
