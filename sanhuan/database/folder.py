"""The data folder of an installation: everything that lives, and the lock of whoever serves it.

<data>/postgresql   the embedded PostgreSQL (cluster.py)
<data>/files        what people uploaded
<data>/secret       behind the passwords of an external PostgreSQL whose URL has none
<data>/lock         held while `sanhuan serve` runs; holds its process id
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sanhuan import errors


class FolderUnusable(errors.SanhuanError):
    """The data folder can't be made or written."""

    code = "data_folder_unusable"


class AlreadyServed(errors.SanhuanError):
    """Another process serves the same data folder."""

    code = "already_served"


@dataclass(frozen=True)
class Folder:
    """A data folder."""

    path: Path

    @property
    def postgresql(self) -> Path:
        """Where the embedded PostgreSQL lies."""
        return self.path / "postgresql"

    @property
    def files(self) -> Path:
        """Where uploaded files lie."""
        return self.path / "files"

    def make(self) -> None:
        """Make the folder when it is missing. Raises FolderUnusable."""
        try:
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
            self.files.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise FolderUnusable(
                errors.Text(
                    f"数据文件夹无法使用：{self.path}（{error.strerror}）。",
                    f"The data folder can't be used: {self.path} ({error.strerror}).",
                ),
                hint=errors.Text(
                    "请检查权限与磁盘空间，或用 SANHUAN_DATA 指定别的文件夹。",
                    "Check permissions and disk space, or name another in SANHUAN_DATA.",
                ),
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process. Raises AlreadyServed while another one holds it.

        The system gives the lock back when the process ends, however it ends: it can't be stale.
        """
        self.make()
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self.already_served(file.read().strip()) from None
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()))
            file.flush()
            yield

    def is_locked(self) -> bool:
        """Whether some process holds the folder now."""
        try:
            file = (self.path / "lock").open("r+")
        except FileNotFoundError:
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def already_served(self, holder: str) -> AlreadyServed:
        """The error about the process that holds the folder; `holder` is its id, "" if unknown."""
        return AlreadyServed(
            errors.Text(
                f"数据文件夹 {self.path} 正由进程 {holder} 使用。",
                f"The data folder {self.path} is in use by process {holder}.",
            ),
            hint=errors.Text(
                f"请先停止它（kill {holder}），或用 SANHUAN_DATA 指定别的文件夹。",
                f"Stop that one first (kill {holder}), or name another folder in SANHUAN_DATA.",
            ),
        )

    def secret(self) -> str:
        """The installation's secret, drawn once."""
        path = self.path / "secret"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(descriptor, "w") as file:
            file.write(drawn := secrets.token_urlsafe(32))
        return drawn
