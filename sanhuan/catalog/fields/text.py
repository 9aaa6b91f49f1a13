"""Text on one line."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, ClassVar

from sqlalchemy import Column, Text

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition, Problem
from sanhuan.expressions import types

TEXT_OPERATORS = frozenset(
    {"=", "!=", "<", "<=", ">", ">=", "contains", "doesNotContain", "beginsWith", "endsWith"}
    | {"in", "notIn", "between", "null", "notNull"}
)
# Control characters (Cc) but for tabs, and halves of surrogate pairs.
_NO_LINE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
_NO_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(value: Any, *, longest: int, lines: bool = False) -> str | None:
    """`value` as stored text: NFC, at most `longest` code points, None when empty."""
    if not isinstance(value, str):
        raise Problem("wrong_type", "要填文字", "Expected text")
    text = unicodedata.normalize("NFC", value)
    if not text.isprintable() and (_NO_LINES if lines else _NO_LINE).search(text):
        raise Problem("bad_character", "含有不能保存的控制字符", "Has a control character")
    if len(text) > longest:
        raise Problem("too_long", f"最多 {longest} 个字", f"At most {longest} characters")
    return text or None


def matches(pattern: str, text: str) -> bool:
    """Whether `text` has the shape: `0` a digit, `A` an ASCII letter, `*` any, else itself."""
    return len(pattern) == len(text) and all(map(_fits, pattern, text))


def _fits(mark: str, character: str) -> bool:
    if mark == "0":
        return character in "0123456789"
    if mark == "A":
        return character.isascii() and character.isalpha()
    return mark in ("*", character)


class TextField(FieldDefinition, kw_only=True, tag="text"):
    """`pattern`: `0` a digit, `A` a letter, `*` any character, any other mark itself."""

    max_length: int = 500
    pattern: str | None = None
    operators: ClassVar[frozenset[str]] = TEXT_OPERATORS

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Text)]

    def parse(self, value: Any) -> str | None:
        text = None if value is None else clean(value, longest=self.max_length)
        if text is not None and self.pattern and not matches(self.pattern, text):
            raise Problem(
                "pattern",
                f"格式应为 {self.pattern}（0 数字，A 字母，* 任意）",
                f"Must look like {self.pattern} (0 digit, A letter, * any)",
            )
        return text

    def expression_type(self) -> expressions.Type:
        return types.Text()
