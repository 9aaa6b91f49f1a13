"""The process that opens a workbook: `python -m … path [sheet]`.

Without a sheet it writes one line, the names of the visible sheets as JSON; with one, a line per
row: `[number, [text, …]]`. It loads nothing of the product but the standard library's limits.
"""

from __future__ import annotations

import datetime
import json
import os
import resource
import sys
from collections.abc import Iterator
from typing import Any

MOST_MEMORY = 1024 * 1024 * 1024
MOST_CPU_S = 110
MOST_COLUMNS = 500
MOST_ROWS = 1_048_576
UNREADABLE = 3
TOO_LARGE = 4
EXACT = 10**15
"""Up to here a double holds every integer that a sheet shows."""


def main(arguments: list[str]) -> int:
    """The exit code: 0, UNREADABLE, TOO_LARGE."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_path(arguments[0])
        if len(arguments) == 1:
            shown = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.visible == python_calamine.SheetVisibleEnum.Visible
                and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            ]
            write(iter([shown]))
            return 0
        sheet = workbook.get_sheet_by_name(arguments[1])
        if sheet.total_width > MOST_COLUMNS or sheet.total_height > MOST_ROWS:
            return TOO_LARGE
        write(rows(sheet))
    except MemoryError:
        return TOO_LARGE
    except (
        python_calamine.CalamineError,
        python_calamine.ZipError,
        python_calamine.XmlError,
        python_calamine.PasswordError,
        python_calamine.WorksheetNotFound,
        OSError,
    ):
        return UNREADABLE
    return 0


def rows(sheet: Any) -> Iterator[Any]:
    """The sheet's rows that hold anything, with their numbers."""
    first = (sheet.start or (0, 0))[0]
    for place, cells in enumerate(sheet.iter_rows()):
        texts = [text(cell) for cell in cells]
        if any(texts):
            yield [first + place + 1, texts]


def text(cell: Any) -> str:
    """A cell as people read it: whole numbers without a point, times to the second."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < EXACT
        return str(int(cell)) if whole else repr(cell).upper()
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, datetime.timedelta):
        return str(cell.total_seconds())
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def write(lines: Iterator[Any]) -> None:
    """Write values as lines of JSON."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=True))
            out.write("\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
