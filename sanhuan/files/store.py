"""The contents of files in the data folder, each under its SHA-256, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import filetype

from sanhuan import errors

CHUNK: Final = 256 * 1024
HEAD: Final = 8 * 1024
"""Bytes at the beginning by which a file's type is told."""
LEFT_OVER_AFTER: Final = timedelta(days=1)


class StorageFull(errors.SanhuanError):
    """The disk has no room for a file."""

    code = "storage_full"

    def __init__(self) -> None:
        super().__init__(
            errors.Text("磁盘空间已满，文件没有保存。", "The disk is full: the file was not kept."),
            hint=errors.Text("请联系管理员清理磁盘。", "Ask an administrator to free some space."),
        )


class Stored(NamedTuple):
    """A content: its digest in hexadecimal, its size in bytes, its media type."""

    sha256: str
    size: int
    type: str


class Store:
    """The folder `files` of an installation. Its functions block: call them in a thread."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "files"

    def keep(self, source: BinaryIO) -> Stored:
        """Write a content and return what it is; once more does no harm. Raises StorageFull."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f"{secrets.token_hex(16)}.part"
        try:
            with part.open("xb") as target:
                stored = copy(source, target)
                target.flush()
                os.fsync(target.fileno())
            place = self._path(stored.sha256)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            part.replace(place)
        except OSError as error:
            raise StorageFull from error
        finally:
            part.unlink(missing_ok=True)
        return stored

    def open(self, sha256: str) -> BinaryIO:
        """A content, to be read. Raises FileNotFoundError."""
        return self._path(sha256).open("rb")

    def left_over(self) -> Iterator[str]:
        """Digests of the contents that were written more than a day ago, some of them perhaps by
        uploads that a crash cut off; parts of that age are removed on the way."""
        before = time.time() - LEFT_OVER_AFTER.total_seconds()
        if not self._folder.exists():
            return
        for part in self._folder.glob("*.part"):
            if part.stat().st_mtime < before:
                part.unlink(missing_ok=True)
        for place in self._folder.glob("??/*"):
            if place.stat().st_mtime < before:
                yield place.name

    def drop(self, sha256: str) -> None:
        """Remove a content."""
        self._path(sha256).unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a SHA-256")
        return self._folder / sha256[:2] / sha256


def copy(source: BinaryIO, target: BinaryIO) -> Stored:
    """Copy all of `source`, telling its digest, size and type."""
    digest = hashlib.sha256()
    head = source.read(CHUNK)
    chunk, size = head, 0
    while chunk:
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
        chunk = source.read(CHUNK)
    return Stored(digest.hexdigest(), size, type_of(head[:HEAD]))


def type_of(head: bytes) -> str:
    """The media type of a content by its first bytes; what it is called does not count.

    Text is text/plain whatever is written in it: a page is not to be run as one.
    """
    found = filetype.guess(head)
    if found is not None:
        return str(found.mime)
    return "text/plain" if is_text(head) else "application/octet-stream"


def is_text(head: bytes) -> bool:
    """Whether the beginning of a content reads as text."""
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3  # a character cut in two at the end
    return True
