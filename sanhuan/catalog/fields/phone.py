"""Telephone numbers, kept in E.164."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import phonenumbers
from sqlalchemy import Column, Text, case, func
from sqlalchemy.sql import ColumnElement

from sanhuan import expressions
from sanhuan.catalog.fields.base import Columns, FieldDefinition, Problem
from sanhuan.catalog.fields.text import TEXT_OPERATORS, clean
from sanhuan.expressions import types

MAINLAND = "+86"
MOBILE = re.compile("1(?:[3-689][0-9]|7[0-8])[0-9]{8}")
"""Mobile numbers of the mainland; 179 is no prefix of any, but dials other carriers."""


def e164(text: str) -> str:
    """The E.164 form of a number as people write it in China. Raises `Problem`."""
    if MOBILE.fullmatch(text):
        return MAINLAND + text  # what the library says too, after 40 µs instead of 1
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        raise _unreadable() from None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:  # a local number lacks its area code
        raise _unreadable()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(number: str) -> str:
    """As people read it: mainland numbers without the country code."""
    return number.removeprefix(MAINLAND)


def _unreadable() -> Problem:
    return Problem("bad_phone", "不是电话号码", "Not a telephone number")


class PhoneField(FieldDefinition, kw_only=True, tag="phone"):
    """Reads as national digits for the mainland, else as E.164."""

    operators: ClassVar[frozenset[str]] = TEXT_OPERATORS

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Text)]

    def parse(self, value: Any) -> str | None:
        text = None if value is None else clean(value, longest=40)
        return e164(text) if text and text.strip() else None

    def to_json(self, value: str | None) -> str | None:
        return None if value is None else national(value)

    def from_json(self, value: str | None) -> str | None:
        if value is None or value.startswith("+"):
            return value
        return MAINLAND + value

    def to_columns(self, value: str | None) -> dict[str, Any]:
        return {self.column_name: value}

    def select(self, columns: Columns) -> ColumnElement[Any]:
        number = columns[0]
        return case((number.startswith(MAINLAND), func.substr(number, 4)), else_=number)

    def expression_type(self) -> expressions.Type:
        return types.Text()
