"""The file postmaster.pid: who ran PostgreSQL on a data folder, and does it run still?

PostgreSQL refuses to start while the process id in that file belongs to any living process. After
a kill -9, and after the restart of a container where ids repeat, that process may be anything. So
we look whether it really is a PostgreSQL that works in this folder.
"""

import os
import signal
from enum import Enum
from pathlib import Path

PID_FILE = "postmaster.pid"
PROC = Path("/proc")


class Holder(Enum):
    """What the process named in postmaster.pid turns out to be."""

    NOBODY = "no file, or no such process: PostgreSQL sorts that out by itself"
    STRANGER = "another program that happens to have the number"
    DYING = "a killed process that its parent has not yet collected"
    POSTGRESQL = "a PostgreSQL at work in this folder"


def read_pid(data: Path) -> int | None:
    """The process id in postmaster.pid; None without one (a crash may leave the file empty)."""
    try:
        first = (data / PID_FILE).read_text().split("\n", 1)[0]
        pid = int(first)
    except (FileNotFoundError, ValueError):
        return None
    return pid if pid > 0 else None


def holder(data: Path, pid: int | None) -> Holder:
    """What the process `pid` is to the data folder `data`."""
    if pid is None or not is_alive(pid):
        return Holder.NOBODY
    if state(pid) == "Z":
        return Holder.DYING
    return Holder.POSTGRESQL if works_in(data, pid) else Holder.STRANGER


def is_alive(pid: int) -> bool:
    """Whether a process has this id, one not yet collected by its parent included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def state(pid: int) -> str:
    """The letter of the process's state as in proc(5): R, S, Z ...; "" when it can't be told."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def works_in(data: Path, pid: int) -> bool:
    """Whether the process works in `data`, as a PostgreSQL server does.

    Where there is no /proc the answer is yes: better to refuse than to run two servers at once.
    """
    if not PROC.joinpath("self").exists():
        return True
    try:
        return (PROC / str(pid) / "cwd").readlink() == data.resolve()
    except (PermissionError, FileNotFoundError):
        return False


def drop_empty_file(data: Path) -> None:
    """Remove a postmaster.pid without a number in it: PostgreSQL would not start over it."""
    if read_pid(data) is None:
        (data / PID_FILE).unlink(missing_ok=True)


def disown(data: Path) -> None:
    """Put our own id in postmaster.pid in the place of a stranger's or a dead process's.

    PostgreSQL takes the id of its parent for a left-over and starts, and still checks by the rest
    of the file that no process of the dead server uses its memory any more.
    """
    path = data / PID_FILE
    _, _, rest = path.read_text().partition("\n")
    with path.open("r+") as file:  # in place: owner and mode stay
        file.write(f"{os.getpid()}\n{rest}")
        file.truncate()


def ask_to_stop(pid: int) -> None:
    """Ask a PostgreSQL for a fast shutdown: it ends its connections and closes its files."""
    os.kill(pid, signal.SIGINT)
