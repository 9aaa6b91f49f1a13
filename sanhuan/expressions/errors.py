"""Errors of the language: refusals while saving, and error values while running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SAVING_CODES = frozenset(
    [
        "syntax",
        "unknown_name",
        "ambiguous_name",
        "unknown_function",
        "wrong_arguments",
        "type_mismatch",
        "unknown_choice",
        "bad_literal",
        "not_allowed",
        "cycle",
        "limit",
    ]
)
RUNNING_CODES = frozenset(
    [
        "division_by_zero",
        "overflow",
        "bad_argument",
        "bad_number",
        "bad_date",
        "not_unique",
        "depends_on_error",
        "limit",
    ]
)


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """What a formula gives instead of a value; `code` is one of RUNNING_CODES."""

    code: str

    def message(self, language: str) -> str:
        """The sentence shown in the cell, in `language` (zh or en)."""
        return RUNNING_MESSAGES[self.code]["en" if language == "en" else "zh"]


class Failure(Exception):
    """An error value on its way up through the closures; never leaves the package."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ExpressionError(Exception):
    """A formula, filter or table that cannot be accepted.

    `start` and `end` are code point positions in what the author typed (both 0
    for a filter, whose place is `where`, such as `rules[2].rules[0]`). `message`
    and `remedy` are texts by language (zh, en). `replacement` is what to put
    between start and end, where that is mechanical.
    """

    def __init__(
        self,
        code: str,
        message: Mapping[str, str],
        *,
        start: int = 0,
        end: int = 0,
        remedy: Mapping[str, str] | None = None,
        replacement: str | None = None,
        where: str | None = None,
        names: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{code} at {where or start}: {message['en']}")
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        self.remedy = remedy
        self.replacement = replacement
        self.where = where
        self.names = names


def refusal(
    code: str,
    zh: str,
    en: str,
    *,
    span: tuple[int, int] = (0, 0),
    remedy: tuple[str, str] | None = None,
    replacement: str | None = None,
    where: str | None = None,
    names: tuple[str, ...] = (),
) -> ExpressionError:
    """The ExpressionError with these sentences, to be raised."""
    return ExpressionError(
        code,
        {"zh": zh, "en": en},
        start=span[0],
        end=span[1],
        remedy={"zh": remedy[0], "en": remedy[1]} if remedy else None,
        replacement=replacement,
        where=where,
        names=names,
    )


RUNNING_MESSAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "division_by_zero": {"zh": "除数为零", "en": "Division by zero"},
        "overflow": {"zh": "数值过大", "en": "The number is too large"},
        "bad_argument": {"zh": "函数的参数超出范围", "en": "An argument is out of range"},
        "bad_number": {"zh": "文本不是数字", "en": "The text is not a number"},
        "bad_date": {"zh": "没有这个日期", "en": "There is no such date"},
        "not_unique": {"zh": "结果不唯一", "en": "There is more than one result"},
        "depends_on_error": {"zh": "所引用的字段有错误", "en": "A field it reads is in error"},
        "limit": {"zh": "计算超出限制", "en": "The calculation exceeds a limit"},
    }
)
