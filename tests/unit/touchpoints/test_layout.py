"""How delimited text is written, told from its bytes: TRUST D01, D02, D14."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanhuan.touchpoints.imports import errors, layout, reading

TEXT = "名称,电话\n越辰建设,13812345678\n"


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("gbk"), "gb18030"),
        (("𠮷" + TEXT).encode("gb18030"), "gb18030"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (b"name,phone\na,1\n", "utf-8"),
    ],
)
def test_encoding_is_told_and_read(written: bytes, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(written)
    table = reading.open_table(path)
    assert table.layout.encoding == encoding
    [row] = table.rows()
    assert row.cells[-1] in ("13812345678", "1")


def test_character_cut_off_at_the_end_of_the_sample_is_no_fault() -> None:
    sample = ("名" * 1_000).encode()[:-1]
    assert layout.encoding_of(sample) == "utf-8"


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2;3\n", ";"),
        ("a\tb\n1,5\t2\n", "\t"),
        ('a,b\n"1;2;3",2\n', ","),
        ("a\n1\n", ","),
    ],
)
def test_separator_is_the_one_that_makes_even_rows(text: str, separator: str) -> None:
    assert layout.separator_of(text) == separator


def read(tmp_path: Path, content: bytes) -> tuple[list[str], list[reading.Line]]:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    table = reading.open_table(path)
    return list(table.columns), list(table.rows())


def test_quotes_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    _, rows = read(tmp_path, b'a,b\n"1,2","3\n4"\n5,6\n')
    assert [(row.line, list(row.cells)) for row in rows] == [(2, ["1,2", "3\n4"]), (4, ["5", "6"])]


def test_quote_that_does_not_close_is_a_fault_and_swallows_no_row_before_it(
    tmp_path: Path,
) -> None:
    """D02: rows in = rows read + rows refused."""
    _, rows = read(tmp_path, b'a,b\n1,2\n"3,4\n5,6\n')
    assert [row.fault and row.fault.code for row in rows] == [None, "bad_quotes"]
    assert "3 到 4" in (rows[1].fault.message.zh if rows[1].fault else "")


def test_row_with_other_bytes_is_told_with_its_number_and_bytes(tmp_path: Path) -> None:
    """D01: the row is at fault, its neighbours are read."""
    content = "名称,电话\n甲,1\n".encode() + b"\xb9\xe3,2\n" + "乙,3\n".encode()
    _, rows = read(tmp_path, content)
    assert [row.line for row in rows if row.fault] == [3]
    fault = rows[1].fault
    assert fault is not None
    assert (fault.code, fault.message.en) == (
        "bad_encoding",
        "Has bytes of another encoding: b9 e3",
    )
    assert [row.cells[0] for row in rows if row.fault is None] == ["甲", "乙"]


def test_rows_that_are_too_short_or_too_long(tmp_path: Path) -> None:
    _, rows = read(tmp_path, b"a,b\n1\n1,2,\n1,2,3\n\n,,\n")
    assert [(list(row.cells), row.fault and row.fault.code) for row in rows] == [
        (["1", ""], None),
        (["1", "2"], None),
        (["1", "2"], "too_many_cells"),
    ]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("名称,名称", ["名称", "名称 (2)"]),
        ("名称,,", ["名称"]),
        (",名称", ["A", "名称"]),
        ("__proto__,constructor", ["__proto__", "constructor"]),
        ("x" * 5_000 + ",b", ["x" * 200, "b"]),
        ("  两  头 ,b", ["两 头", "b"]),
    ],
)
def test_columns_have_names_of_their_own(header: str, names: list[str], tmp_path: Path) -> None:
    """D14"""
    columns, _ = read(tmp_path, f"{header}\n1,2\n".encode())
    assert columns == names


def test_file_without_a_header_names_columns_by_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1,2\n3,4\n")
    table = reading.open_table(path, wanted=layout.Layout(header_row=0))
    assert (list(table.columns), len(list(table.rows()))) == (["A", "B"], 2)


@pytest.mark.parametrize(("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_letters_of_columns(place: int, name: str) -> None:
    assert layout.letters(place) == name


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n,,\n", "empty_file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not_a_table"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "not_a_table"),
        (b"%PDF-1.7\n\x00\x01\x02", "not_a_table"),
        (b"PK\x03\x04", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_workbook"),
        (b"a," * 600 + b"\n", "too_many_columns"),
    ],
)
def test_file_that_is_no_table_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(errors.UnreadableFile) as caught:
        read(tmp_path, content)
    assert caught.value.code == code
