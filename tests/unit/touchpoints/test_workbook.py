"""Workbooks of strangers: TRUST D03-D05."""

from __future__ import annotations

import datetime
import resource
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from sanhuan.touchpoints.imports import errors, reading, workbook

SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def made(path: Path) -> Path:
    """A workbook with what spreadsheets hold."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "客户"
    sheet.append(["台账"])
    sheet.append(["名称", "电话", "日期", "时间", "金额", "是否", "算式"])
    sheet.append(
        [
            "越辰", 13812345678, datetime.date(2026, 3, 8),
            datetime.datetime.fromisoformat("2026-03-08T10:20:30"), 1.5, True, '=HYPERLINK("http://x")',
        ]
    )  # fmt: skip
    sheet.append(["曹娥", 1.23456789012345e17])
    hidden = book.create_sheet("藏")
    hidden.sheet_state = "hidden"
    book.create_sheet("第二")
    book.save(path)
    return path


def rewritten(path: Path, parts: Mapping[str, bytes]) -> Path:
    """The workbook with parts added, or in place of its own."""
    target = path.with_name("rewritten.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in parts:
                new.writestr(entry, old.read(entry))
        for name, content in parts.items():
            new.writestr(name, content)
    return target


def test_cells_are_read_as_people_see_them(tmp_path: Path) -> None:
    table = reading.open_table(made(tmp_path / "a.xlsx"), known=lambda name: name == "名称")
    assert list(table.sheets) == ["客户", "第二"]
    assert (table.layout.sheet, table.layout.header_row) == ("客户", 2)
    first, second = table.rows()
    assert (first.line, list(first.cells)) == (
        3,
        ["越辰", "13812345678", "2026-03-08", "2026-03-08 10:20:30", "1.5", "TRUE", ""],
    )
    assert second.cells[1] == "1.23456789012345E+17"


def test_rows_kept_at_hand_are_the_same(tmp_path: Path) -> None:
    table = reading.open_table(made(tmp_path / "a.xlsx"))
    kept = reading.at_hand(table, tmp_path / "rows")
    assert list(kept.rows()) == list(table.rows())


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"xl/vbaProject.bin": b"x"}, "has_macros"),
        ({"xl/externalLinks/externalLink1.xml": b"<a/>"}, "has_links"),
        (
            {SHEET: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'},
            "not_a_workbook",
        ),
        ({SHEET: b"not xml at all"}, "not_a_workbook"),
        ({SHEET: b""}, "not_a_workbook"),
    ],
)
def test_hostile_workbook_is_refused(parts: Mapping[str, bytes], code: str, tmp_path: Path) -> None:
    """D05"""
    path = rewritten(made(tmp_path / "a.xlsx"), parts)
    with pytest.raises(errors.UnreadableFile) as caught:
        list(reading.open_table(path).rows())
    assert caught.value.code in (code, "empty_file")


def test_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(errors.UnreadableFile) as caught:
        reading.open_table(path)
    assert caught.value.code == "not_a_workbook"


def test_bomb_is_refused_at_once_and_unpacks_nothing(tmp_path: Path) -> None:
    """D04: 4 GB of zeros in a sheet."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        with archive.open(SHEET, "w", force_zip64=True) as part:
            for _ in range(64):
                part.write(b"0" * (1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    with pytest.raises(errors.UnreadableFile) as caught:
        reading.open_table(path)
    assert caught.value.code == workbook.TOO_LARGE
    assert time.perf_counter() - begun < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_two_cells_in_far_corners_are_refused(tmp_path: Path) -> None:
    """D04: small as a file, without end as a table."""
    cells = (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        "</sheetData></worksheet>"
    )
    path = rewritten(made(tmp_path / "a.xlsx"), {SHEET: cells.encode()})
    with pytest.raises(errors.UnreadableFile) as caught:
        reading.open_table(path)
    assert caught.value.code in (workbook.TOO_LARGE, "not_a_workbook")
