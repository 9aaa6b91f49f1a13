"""What reading quickly must not change: which texts are refused, what numbers become."""

from __future__ import annotations

import random
import unicodedata
from datetime import datetime

import phonenumbers
import pytest

from sanhuan.catalog.fields import phone, text
from sanhuan.catalog.fields.base import Problem
from sanhuan.catalog.fields.datetime import instant, instant_json


@pytest.mark.parametrize("lines", [False, True])
def test_text_refuses_controls_and_half_surrogates_alone(lines: bool) -> None:
    kept = {"\t", *("\n\r" if lines else "")}
    for number in range(0x110000):
        character = chr(number)
        bad = unicodedata.category(character) in ("Cc", "Cs") and character not in kept
        if character.isprintable() and not bad:
            continue
        try:
            text.clean(f"a{character}", longest=10, lines=lines)
            assert not bad, hex(number)
        except Problem:
            assert bad, hex(number)


def test_mobile_numbers_are_those_of_the_library() -> None:
    drawn = random.Random(7)
    for _ in range(2_000):
        written = f"1{drawn.randrange(3, 10)}{drawn.randrange(10**9):09d}"
        assert _read(written) == _library(written)


def _read(written: str) -> str | None:
    try:
        return phone.e164(written)
    except Problem:
        return None


def _library(written: str) -> str | None:
    number = phonenumbers.parse(written, "CN")
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    ("written", "json"),
    [
        ("2026-01-01T05:00:10.500+08:00", "2025-12-31T21:00:10.5+00:00"),
        ("2026-03-31T10:30:00+08:00", "2026-03-31T02:30:00+00:00"),
        ("2026-03-31T10:30:00.120+00:00", "2026-03-31T10:30:00.12+00:00"),
    ],
)
def test_instant_is_written_in_utc_as_postgresql_writes_it(written: str, json: str) -> None:
    """At the turn of the year too: the year is that of UTC."""
    assert instant_json(instant(written)) == json
    assert instant_json(datetime.fromisoformat(written)) == json
