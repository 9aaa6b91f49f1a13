"""JSON read strictly: exact numbers, one meaning, bounded depth (TRUST A03b, A04, A05)."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanhuan.web import refusals, strict_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXTS,
    lambda inside: st.lists(inside) | st.dictionaries(TEXTS, inside),
    max_leaves=20,
)


@given(VALUES)
def test_what_python_writes_is_read_as_it_was(value: Any) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(refusals.Unparsable, refusals.Invalid):
        strict_json.loads(body)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", Decimal("0.1")),
        ("12345678901234567890.123456789", Decimal("12345678901234567890.123456789")),
        ("1e2", Decimal("1e2")),
        ("-0.0", Decimal(0)),
        ("-0", 0),
        ("0e999999999", Decimal(0)),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_number_is_taken_exactly(text: str, number: Any) -> None:
    found = strict_json.loads(text.encode())
    assert found == number
    assert str(found) != "-0.0"


@pytest.mark.parametrize("text", ["1e309", "-1e400", "1e-400", "1e999999999999", "1" * 401])
def test_number_that_nothing_holds_is_refused(text: str) -> None:
    with pytest.raises(refusals.Invalid) as caught:
        strict_json.loads(text.encode())
    assert caught.value.code == "out_of_range"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", '{"a": [NaN]}'])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(refusals.Invalid) as caught:
        strict_json.loads(text.encode())
    assert caught.value.code == "not_a_number"


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "\\u0061": 2}}]'])
def test_key_that_is_there_twice_is_refused(text: str) -> None:
    with pytest.raises(refusals.Unparsable) as caught:
        strict_json.loads(text.encode())
    assert (caught.value.code, caught.value.field) == ("duplicate_key", "a")


@pytest.mark.parametrize("levels", [strict_json.DEEPEST + 1, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_what_is_nested_too_deeply_is_refused(levels: int, opening: str, closing: str) -> None:
    body = opening * levels + ("1" if closing == "}" else "") + closing * levels
    with pytest.raises(refusals.Unparsable) as caught:
        strict_json.loads(body.encode())
    assert caught.value.code == "too_deep"


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(strict_json.loads(b"[" + b",".join([b"[1]"] * 5_000) + b"]")) == 5_000


@pytest.mark.parametrize("text", [r'"\ud800"', r'"\udc00x"', r'{"\ud800": 1}', r'["a", "\u0000"]'])
def test_character_that_can_not_be_kept_is_refused(text: str) -> None:
    with pytest.raises(refusals.Invalid) as caught:
        strict_json.loads(text.encode())
    assert caught.value.code == "bad_character"


def test_what_is_kept_as_json_has_plain_numbers() -> None:
    assert strict_json.plain({"a": Decimal("1.5"), "b": [Decimal("1e300"), 2]}) == {
        "a": 1.5,
        "b": [1e300, 2],
    }


def test_pair_of_surrogates_is_one_character() -> None:
    assert strict_json.loads(rb'"\ud842\udfb7"') == "𠮷"


@pytest.mark.parametrize("body", [b"", b"x", b"{", b'{"a":}', b"[1,]", b"\xff", b"\xef\xbb\xbf{}"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(refusals.Unparsable):
        strict_json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b",".join([b"[]"] * (strict_json.MOST_CONTAINERS + 1)) + b"]",
        b"[" + b",".join([b"1"] * (strict_json.MOST_COMMAS + 2)) + b"]",
    ],
    ids=["containers", "values"],
)
def test_more_values_than_any_batch_needs_are_not_read(body: bytes) -> None:
    """A33: some megabytes of the smallest values would be gigabytes in memory."""
    with pytest.raises(refusals.Invalid) as caught:
        strict_json.loads(body)
    assert caught.value.code == "too_complex"
