"""Text of a formula -> syntax tree of Lark. The parser is built at first use."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any, NoReturn

import lark

from sanhuan.expressions import limits
from sanhuan.expressions.errors import ExpressionError, refusal
from sanhuan.expressions.normalise import Normalised

Tree = lark.Tree[Any]
Token = lark.Token

_BRACKETS = {"(": 1, ")": -1}


@functools.lru_cache(maxsize=1)
def parser() -> lark.Lark:
    """The LALR parser, built once per process."""
    text = resources.files("sanhuan.expressions").joinpath("grammar.lark").read_text("utf-8")
    return lark.Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def word(tree: Tree) -> str:
    """The text of a tree's only token."""
    return str(tree.children[0])


def parse(source: Normalised) -> Tree:
    """The syntax tree under `start`. Raises `syntax` and `limit`."""
    if not source.text.strip(" \t\r\n\u3000\u00a0"):
        raise refusal(
            "syntax",
            "公式是空的",
            "The formula is empty",
            remedy=("写一个公式", "Write a formula"),
        )
    _limit_brackets(source)
    try:
        return parser().parse(source.text)
    except lark.exceptions.UnexpectedToken as error:
        raise _token_refusal(source, error) from None
    except lark.exceptions.UnexpectedCharacters as error:
        raise _character_refusal(source, error) from None


def _limit_brackets(source: Normalised) -> None:
    depth = 0
    quoted: str | None = None
    for at, character in enumerate(source.text):
        if quoted:
            quoted = None if character == quoted else quoted
        elif character in '"{#':
            quoted = {'"': '"', "{": "}", "#": "#"}[character]
        else:
            depth += _BRACKETS.get(character, 0)
            if depth > limits.LEVELS:
                refuse_depth(source.span(at, at + 1))


def refuse_depth(span: tuple[int, int]) -> NoReturn:
    """Raise limit: too many levels."""
    raise refusal(
        "limit",
        f"嵌套超过 {limits.LEVELS} 层",
        f"More than {limits.LEVELS} levels deep",
        span=span,
        remedy=("拆成几个公式字段", "Split it into several formula fields"),
    )


_REMEDIES = {
    "&": ("“并且”写作 AND 或 且", "Write AND for both"),
    "|": ("“或者”写作 OR 或 或", "Write OR for either"),
    "!": ("“不是”写作 NOT 或 非", "Write NOT for the opposite"),
    ":": ("公式中没有赋值", "There are no assignments in a formula"),
    "[": ("列表写在括号里,名称写在花括号里", "Lists go in brackets, names in braces"),
}


def _token_refusal(source: Normalised, error: lark.exceptions.UnexpectedToken) -> ExpressionError:
    token = error.token
    if token.type == "$END":
        return refusal(
            "syntax",
            "公式没有写完",
            "The formula ends too early",
            span=source.span(len(source.text), len(source.text)),
            remedy=("补上运算的另一边或右括号", "Add the other side or a closing bracket"),
        )
    start = token.start_pos or 0
    return refusal(
        "syntax",
        f"这里不能写“{token}”",
        f"“{token}” cannot stand here",
        span=source.span(start, start + len(token)),
        remedy=_REMEDIES.get(str(token)[:1]),
    )


def _character_refusal(
    source: Normalised, error: lark.exceptions.UnexpectedCharacters
) -> ExpressionError:
    start: int = error.pos_in_stream  # type: ignore[assignment]  # lark's class says None
    character = source.text[start : start + 1]
    return refusal(
        "syntax",
        f"看不懂“{character}”",
        f"“{character}” is not understood here",
        span=source.span(start, start + 1),
        remedy=_REMEDIES.get(character),
    )
