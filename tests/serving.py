"""A real `sanhuan serve` for tests: its processes, what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from sanhuan.database import postmaster

WAIT_S = 60.0
COMMAND = (sys.executable, "-m", "sanhuan", "serve")


class Serving:
    """A running `sanhuan serve`, and what it has said."""

    def __init__(self, settings: Mapping[str, str], command: Sequence[str] = COMMAND) -> None:
        self.settings = settings
        self.lines: list[str] = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **settings},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        """Note each line until there are no more."""
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                with self.changed:
                    self.lines.append(line)
                    self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def wait_for(self, text: str, count: int = 1, within_s: float = WAIT_S) -> str:
        """The line that holds `text` for the n-th time; waits for it."""
        with self.changed:
            found = self.changed.wait_for(lambda: len(self.having(text)) >= count, within_s)
            assert found, f"no {text!r} in:\n{''.join(self.lines)}"
            return self.having(text)[count - 1]

    def having(self, text: str) -> list[str]:
        """The lines so far that hold `text`."""
        return [line for line in self.lines if text in line]

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(WAIT_S)
        self.reader.join(WAIT_S)
        return code

    @property
    def postmaster(self) -> int:
        """The id of the PostgreSQL server."""
        data = Path(self.settings["SANHUAN_DATA"]) / "postgresql" / "data"
        pid = postmaster.read_pid(data)
        assert pid is not None
        return pid


def new_folder() -> Path:
    """A new folder that PostgreSQL's account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="sanhuan-"))
    folder.chmod(0o711)
    return folder


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
