"""What reading quickly must not change: which texts are refused, what numbers become."""

from __future__ import annotations

import random
import unicodedata

import phonenumbers
import pytest

from sanhuan.catalog.fields import phone, text
from sanhuan.catalog.fields.base import Problem


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
