"""Reading .xlsx files, which may come from strangers: looked over here, opened in a child process.

The child has a limit of memory and of time, so that a file made to burst bursts nothing but it.
Values alone are read: no formula runs, no link is followed, no entity is resolved.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from sanhuan.touchpoints.imports import errors

MOST_ENTRIES: Final = 2_000
MOST_UNPACKED: Final = 600 * 1024 * 1024
MOST_RATIO: Final = 250
RATIO_FROM: Final = 8 * 1024 * 1024
"""Below this size no ratio is suspicious."""
TIMEOUT_S: Final = 120.0
HEAD: Final = 64 * 1024

TOO_LARGE: Final = "too_large"


def sheets(path: Path) -> Sequence[str]:
    """The names of a workbook's visible sheets. Raises `errors.UnreadableFile`."""
    look_over(path)
    with _child(path, None) as lines:
        found: list[str] = msgspec.json.decode(next(iter(lines), b"[]"), type=list[str])
    if not found:
        raise errors.UnreadableFile("没有工作表", "It has no sheet")
    return found


def rows(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """Number (from 1) and cells of the rows of a sheet. Raises `errors.UnreadableFile`."""
    with _child(path, sheet) as lines:
        for line in lines:
            number, cells = msgspec.json.decode(line, type=tuple[int, list[str]])
            yield number, cells


def look_over(path: Path) -> None:
    """Refuse what is no plain workbook, without unpacking it. Raises `errors.UnreadableFile`."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_sizes(path.stat().st_size, entries)
            _check_content({entry.filename for entry in entries})
            _check_entities(archive, entries)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        raise errors.UnreadableFile(
            "文件坏了，或不是 .xlsx", "The file is broken, or no .xlsx", code="not_a_workbook"
        ) from None


def _check_sizes(packed: int, entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    bursting = unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or bursting:
        raise too_large()


def too_large() -> errors.UnreadableFile:
    return errors.UnreadableFile(
        "表格太大，另存为 .csv 或分成几个",
        "Too large: save it as .csv, or in parts",
        code=TOO_LARGE,
    )


def _check_content(names: set[str]) -> None:
    if "xl/workbook.xml" not in names:
        raise errors.UnreadableFile("不是 .xlsx 表格", "Not a workbook", code="not_a_workbook")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise errors.UnreadableFile(
            "带宏的表格不收，另存为 .xlsx", "It has macros: save it as .xlsx", code="has_macros"
        )
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise errors.UnreadableFile(
            "表格链接了别的文件，先断开链接（数据 → 编辑链接）",
            "It links to other files: break the links first",
            code="has_links",
        )


def _check_entities(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> None:
    for entry in entries:
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                if b"<!DOCTYPE" in part.read(HEAD) or entry.flag_bits & 0x1:
                    raise errors.UnreadableFile(
                        "不是 .xlsx 表格", "Not a workbook", code="not_a_workbook"
                    )


@contextmanager
def _child(path: Path, sheet: str | None) -> Iterator[Iterator[bytes]]:
    """The lines that the child writes. Raises `errors.UnreadableFile` when it can't."""
    command = [sys.executable, "-m", "sanhuan.touchpoints.imports.workbook_child", str(path)]
    child = subprocess.Popen(
        command if sheet is None else [*command, sheet],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    late = threading.Timer(TIMEOUT_S, child.kill)
    late.start()
    done = False
    try:
        yield _lines(child)
        done = True
    finally:
        late.cancel()
        if not done or child.poll() is None:
            child.kill()
        if child.stdout is not None:
            child.stdout.close()
        child.wait()


def _lines(child: subprocess.Popen[Any]) -> Iterator[bytes]:
    stream: IO[bytes] | None = child.stdout
    yield from stream or ()
    code = child.wait()
    if code == ENTERED_WRONG:
        raise errors.UnreadableFile("文件坏了", "The file is broken", code="not_a_workbook")
    if code != 0:
        # Out of memory or of time: killed by us, by the system, or by its own limits.
        raise too_large()


ENTERED_WRONG: Final = 3
"""The child's exit code for a file that it can't read."""
