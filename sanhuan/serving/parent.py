"""Ends a child process when its parent is gone, however that ended."""

import os
import signal
import sys
import threading


def stop_with_parent() -> None:
    """Stop this process as soon as its standard input ends, which its parent holds open.

    A process that is started by hand keeps its terminal for standard input and is not touched.
    """
    threading.Thread(target=wait_for_end, name="parent", daemon=True).start()


def wait_for_end() -> None:
    """Read until the parent is gone, then ask ourselves to stop."""
    # Past Python's own buffer, whose lock a waiting thread would hold when the process ends.
    while os.read(sys.stdin.fileno(), 512):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
