"""The rows of a file as texts, one after the other, whatever it was written with.

Every row of the file is told of: read, empty, or with the reason why it can't be read.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import filetype
import msgspec

from sanhuan.errors import Text
from sanhuan.records import Fault
from sanhuan.touchpoints.imports import errors, layout, workbook
from sanhuan.touchpoints.imports.layout import Layout

MOST_BYTES: Final = 200 * 1024 * 1024
MOST_ROWS: Final = 1_000_000
MOST_COLUMNS: Final = 500
LONGEST_CELL: Final = 1_000_000
WORKBOOK_MARK: Final = b"PK\x03\x04"
OLD_WORKBOOK_MARK: Final = b"\xd0\xcf\x11\xe0"
_BAD: Final = re.compile("[\udc80-\udcff\ufffd]")


class Line(NamedTuple):
    """A row of the file. `line` counts the file's lines, or the sheet's rows, from 1."""

    line: int
    cells: Sequence[str]
    fault: Fault | None = None


@dataclass(frozen=True)
class Table:
    """What a file holds: names of columns, and its rows, read anew each time they are asked for."""

    layout: Layout
    columns: Sequence[str]
    sheets: Sequence[str]
    read: Callable[[], Iterator[Line]]

    def rows(self) -> Iterator[Line]:
        """The rows below the header that are not empty, each as wide as the columns."""
        width = len(self.columns)
        waiting = self.layout.header_row
        for row in self.read():
            if row.fault is None and not any(row.cells):
                continue
            if waiting:
                waiting -= 1
                continue
            if len(row.cells) == width:
                yield row
            elif len(row.cells) > width and any(row.cells[width:]):
                yield row._replace(cells=row.cells[:width], fault=row.fault or _too_wide(width))
            else:
                yield row._replace(cells=[*row.cells[:width], *[""] * (width - len(row.cells))])


def open_table(
    path: Path, *, wanted: Layout | None = None, known: Callable[[str], bool] = lambda name: False
) -> Table:
    """What the file at `path` holds. None of `wanted` finds out how it is written.

    `known` tells whether a cell is the name of a field, by which the header row is found. Raises
    `errors.UnreadableFile`.
    """
    with path.open("rb") as file:
        sample = file.read(layout.SAMPLE)
    if not sample:
        raise errors.UnreadableFile("文件是空的", "The file is empty", code="empty_file")
    if sample.startswith(OLD_WORKBOOK_MARK):
        raise errors.UnreadableFile(
            "这是加密的或旧格式的表格，另存为 .xlsx 再来",
            "This workbook is encrypted or of the old kind: save it as .xlsx",
            code="old_workbook",
        )
    if sample.startswith(WORKBOOK_MARK):
        return _workbook(path, wanted, known)
    return _delimited(path, sample, wanted, known)


def _workbook(path: Path, wanted: Layout | None, known: Callable[[str], bool]) -> Table:
    sheets = workbook.sheets(path)
    sheet = wanted.sheet if wanted is not None and wanted.sheet is not None else sheets[0]
    if sheet not in sheets:
        raise errors.UnreadableFile(f"没有工作表 {sheet[:60]}", f"There is no sheet {sheet[:60]}")

    def read() -> Iterator[Line]:
        for number, cells in workbook.rows(path, sheet):
            yield Line(number, cells)

    return _table(Layout(sheet=sheet), sheets, read, wanted, known)


def _delimited(
    path: Path, sample: bytes, wanted: Layout | None, known: Callable[[str], bool]
) -> Table:
    found = layout.told(sample)
    if wanted is not None and wanted.encoding is not None:
        found = Layout(encoding=wanted.encoding, separator=wanted.separator or found.separator)
    kind = filetype.guess(sample)
    if kind is not None or layout.has_controls(sample, found.encoding or "utf-8"):
        raise errors.UnreadableFile(
            "不是表格：要 .xlsx 或 .csv", "Not a table: .xlsx or .csv is needed", code="not_a_table"
        )
    encoding, separator = found.encoding or "utf-8", found.separator or ","
    return _table(found, (), lambda: delimited(path, encoding, separator), wanted, known)


def _table(
    found: Layout,
    sheets: Sequence[str],
    read: Callable[[], Iterator[Line]],
    wanted: Layout | None,
    known: Callable[[str], bool],
) -> Table:
    first: list[Sequence[str]] = []
    width = 0
    for place, row in enumerate(read()):
        if any(row.cells):
            first.append(row.cells)
            width = max(width, len(row.cells))
        if len(first) == 2 * layout.HEADER_WITHIN or place > 1_000:
            break
    if not first:
        raise errors.UnreadableFile("里面没有数据", "There are no data in it", code="empty_file")
    if width > MOST_COLUMNS:
        raise errors.UnreadableFile(
            f"最多 {MOST_COLUMNS} 列", f"At most {MOST_COLUMNS} columns", code="too_many_columns"
        )
    number = wanted.header_row if wanted is not None else header_row(first, known)
    header = first[number - 1] if 0 < number <= len(first) else None
    chosen = Layout(
        encoding=found.encoding,
        separator=found.separator,
        sheet=found.sheet,
        header_row=number,
    )
    if header is not None:
        filled = [place for place, cell in enumerate(header) if cell]
        width = max(filled, default=width - 1) + 1
    return Table(chosen, layout.column_names(header, width), sheets, read)


def at_hand(table: Table, path: Path) -> Table:
    """The same table, its rows kept at `path` where reading them anew is dear: of workbooks."""
    if table.layout.sheet is None:
        return table
    with path.open("wb") as out:
        for row in table.read():
            out.write(msgspec.json.encode([row.line, row.cells]))
            out.write(b"\n")

    def read() -> Iterator[Line]:
        with path.open("rb") as kept:
            for line in kept:
                number, cells = msgspec.json.decode(line, type=tuple[int, list[str]])
                yield Line(number, cells)

    return dataclasses.replace(table, read=read)


def header_row(rows: Sequence[Sequence[str]], known: Callable[[str], bool]) -> int:
    """Which of the first rows names the columns: the one with the most names of fields."""
    counts = [sum(map(known, cells)) for cells in rows[: layout.HEADER_WITHIN]]
    most = max(counts, default=0)
    return counts.index(most) + 1 if most else 1


def delimited(path: Path, encoding: str, separator: str) -> Iterator[Line]:
    """The rows of delimited text. Bad bytes and quotes that don't close are faults of their row."""
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open("rb") as raw:
            mark = next((m for m, e in layout.BOMS if e == encoding), b"")
            if mark and raw.read(len(mark)) != mark:
                raw.seek(0)
            plain = "utf-8" if encoding == "utf-8-sig" else encoding
            text = io.TextIOWrapper(raw, plain, errors=_errors(plain), newline="")
            yield from _parsed(text, separator)
    finally:
        csv.field_size_limit(limit)


def _errors(encoding: str) -> str:
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


def _parsed(text: io.TextIOWrapper, separator: str) -> Iterator[Line]:
    reader = csv.reader(text, delimiter=separator, strict=True)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(before + 1, (), _unparsable(before + 1, reader.line_num))
            before = reader.line_num
            continue
        line, before = before + 1, reader.line_num
        joined = "".join(cells)
        if joined.isascii() or not _BAD.search(joined):
            yield Line(line, cells)
        else:
            yield Line(line, [_BAD.sub("\ufffd", cell) for cell in cells], _bad_bytes(joined))


def _unparsable(first: int, last: int) -> Fault:
    return Fault(
        "bad_quotes",
        Text(
            f"第 {first} 到 {last} 行的引号没有成对",
            f"Quotes in lines {first} to {last} don't pair",
        ),
    )


def _bad_bytes(joined: str) -> Fault:
    shown = " ".join(f"{ord(character) & 0xFF:02x}" for character in _BAD.findall(joined)[:8])
    return Fault(
        "bad_encoding",
        Text(f"有编码不对的字节：{shown}", f"Has bytes of another encoding: {shown}"),
    )


def _too_wide(width: int) -> Fault:
    return Fault(
        "too_many_cells",
        Text(f"这一行多于 {width} 列", f"The row has more than {width} cells"),
    )
