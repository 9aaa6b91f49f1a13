"""JSON as it comes from outside, read strictly.

Python's reader takes the last of two equal keys, makes infinity of 1e400, knows NaN, and lets lone
surrogates through. Here numbers are exact (int, Decimal), and whatever could be understood in two
ways is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec

from sanhuan.errors import Text
from sanhuan.web import refusals

DEEPEST: Final = 300
"""Brackets within brackets: a filter of 100 levels can be read, to be refused with its reason."""
MOST_CONTAINERS: Final = 500_000
MOST_COMMAS: Final = 2_000_000
"""Small values take many times their text in memory: what 10,000 rows need, and no more."""
MOST_DIGITS: Final = 400
GREATEST_EXPONENT: Final = 308
"""Of what any reader of JSON can hold; the fields have closer limits of their own."""

_ESCAPED: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def loads(body: bytes) -> Any:
    """The value of a JSON text in UTF-8. Raises Unparsable, Invalid."""
    _check_parts(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise refusals.Unparsable(
            "not_utf8", Text("请求体不是 UTF-8 编码。", "The body is not in UTF-8.")
        ) from None
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise refusals.Unparsable(
            "bad_json",
            Text(
                f"请求体不是合法的 JSON（第 {error.lineno} 行第 {error.colno} 列）。",
                f"The body is not JSON (line {error.lineno}, column {error.colno}).",
            ),
        ) from None
    except RecursionError:
        raise too_deep() from None
    _check_depth(value, body)
    if _ESCAPED.search(body):
        _check_texts(value)
    return value


def plain(value: Any) -> Any:
    """A value that was read here with its decimals as floats, as other readers of JSON have them:
    for what is kept as JSON itself, such as definitions."""
    return msgspec.json.decode(_plain.encode(value))


def too_deep() -> refusals.Unparsable:
    """The refusal of what is nested too deeply."""
    return refusals.Unparsable(
        "too_deep", Text("请求体嵌套过深。", "The body is nested too deeply.")
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add returns None: "not seen yet, now it is"
        shown = twice[:60].encode(errors="replace").decode()
        raise refusals.Unparsable(
            "duplicate_key",
            Text(f"键 {shown} 出现了两次。", f"The key {shown} is there twice."),
            field=shown,
        )
    return found


def _decimal(text: str) -> Decimal:
    if len(text) > MOST_DIGITS:
        raise out_of_range()
    number = Decimal(text)
    if not number:
        return Decimal(0)  # neither -0.0 nor 0e999999
    if abs(number.adjusted()) > GREATEST_EXPONENT:
        raise out_of_range()
    return number


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise out_of_range()
    return int(text)


def _constant(text: str) -> Any:
    raise refusals.Invalid("not_a_number", Text(f"{text} 不是数。", f"{text} is not a number."))


def out_of_range() -> refusals.Invalid:
    """The refusal of a number that nothing here could hold."""
    return refusals.Invalid("out_of_range", Text("数值超出范围。", "A number is out of range."))


def _check_parts(body: bytes) -> None:
    """Refuse what would fill the memory once it is read."""
    if len(body) <= MOST_CONTAINERS:
        return
    containers = body.count(b"[") + body.count(b"{")
    if containers > MOST_CONTAINERS or body.count(b",") > MOST_COMMAS:
        raise refusals.Invalid(
            "too_complex", Text("请求体的内容过多。", "The body has too many values.")
        )


def _check_depth(value: Any, body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    level = [value]
    for _ in range(DEEPEST):
        level = [each for one in level for each in _inside(one) if isinstance(each, dict | list)]
        if not level:
            return
    raise too_deep()


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _check_texts(value: Any) -> None:
    """Refuse what PostgreSQL can't keep: a zero character, and half of a surrogate pair."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            _check_text(one)
        elif isinstance(one, dict):
            waiting.extend(one.keys())
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise refusals.Invalid(
            "bad_character",
            Text("文本含有不能保存的字符。", "A text has a character that can't be kept."),
        )


_plain: Final = msgspec.json.Encoder(decimal_format="number")
_decoder: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)
