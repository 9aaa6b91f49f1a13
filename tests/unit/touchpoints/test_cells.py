"""What a spreadsheet has damaged is refused, not guessed: TRUST D03, D06."""

from __future__ import annotations

import pytest

from sanhuan.catalog.fields import (
    DecimalField,
    Label,
    PhoneField,
    ReferenceField,
    ReferencesField,
    TextField,
)
from sanhuan.touchpoints.imports import cells, service
from sanhuan.touchpoints.imports.reading import Line

LABEL = Label("名", "name")
PHONE = PhoneField(id="phone", name="phone", label=LABEL)
TEXT = TextField(id="text", name="text", label=LABEL)
NUMBER = DecimalField(id="n", name="n", label=LABEL, scale=2)


def read(field: object, cell: str) -> cells.Row:
    damageable = isinstance(field, TextField | PhoneField)
    column = cells.Taken(0, "列", field, {"是": "yes"}, damageable, None)  # type: ignore[arg-type]  # a field of any type
    row = cells.Row(1, Line(2, [cell]))
    cells.read(row, [column])
    return row


@pytest.mark.parametrize("cell", ["1.38E+10", "1.38123E+10", "1E10", "1.38e+10", "-2.5E+3"])
def test_number_written_with_an_exponent_is_refused_where_digits_matter(cell: str) -> None:
    for field in (PHONE, TEXT):
        [fault] = read(field, cell).faults
        assert (fault.code, fault.field) == ("damaged_number", field.name)
    assert read(NUMBER, cell).values == {"n": cell}


@pytest.mark.parametrize("cell", ["E10", "3E 5", "A1E5", "型号 1E5", "138E"])
def test_text_that_only_looks_like_it_is_taken(cell: str) -> None:
    assert read(TEXT, cell).values == {"text": cell}


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#DIV/0!"])
def test_error_of_a_sheet_is_refused(cell: str) -> None:
    assert [fault.code for fault in read(TEXT, cell).faults] == ["sheet_error"]


def test_empty_cell_gives_no_value_and_known_words_are_replaced() -> None:
    assert read(TEXT, "  ").values == {}
    assert read(TEXT, " 是 ").values == {"text": "yes"}


def test_long_numbers_that_end_in_zeros_are_counted() -> None:
    found = ["330602199001011000", "330602199001011234", "1000", "91330602MA2D8X1000"]
    assert cells.digits_lost(found) == 1


def test_several_names_in_a_cell() -> None:
    many = ReferencesField(id="m", name="m", label=LABEL, object="tag")
    one = ReferenceField(id="o", name="o", label=LABEL, object="account")
    assert cells.parts(many, "防水、 涂料,瓷砖；;") == ["防水", "涂料", "瓷砖"]
    assert cells.parts(one, "甲、乙") == ["甲、乙"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+86 138", "'+86 138"),
        ("-1", "-1"),
        ("+1,234.50", "+1,234.50"),
        ("-abc", "'-abc"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_cell_that_a_spreadsheet_would_run_is_written_as_text(cell: str, written: str) -> None:
    """D06, CWE-1236"""
    assert service.safe(cell) == written
