"""Cells of decision tables: what is written there -> a condition on the input.

cell: "-" | "" | "=" formula | test ("," test)*      ? is the input; "、" parts too
test: "blank" | "not(" test ("," test)* ")" | [CMP] literal | window
    | ("["|"(") [literal] ".." [literal] ("]"|")") | literal "~" literal
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NoReturn

from sanhuan.expressions import calls, checker, literals, windows
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import refusal
from sanhuan.expressions.names import Scope
from sanhuan.expressions.nodes import Literal, Node
from sanhuan.expressions.normalise import Normalised, normalise
from sanhuan.expressions.signature import Allowed

_COMPARISON = re.compile(r"<=|>=|<>|[=<>]")
_WORD = re.compile(r'[^,、()\[\]~<>="#]+?(?=\.\.|[,、()\[\]~<>="#]|$)')
_NUMBER = re.compile(r"(-?)\s*([0-9]+(?:\.[0-9]+)?[万亿]?)\s*(%*)")
_TODAY = re.compile(r"(?:today|今天)\s*(?:([+-])\s*([0-9]{1,5}))?", re.IGNORECASE)
_TRUTHS = {"TRUE": True, "FALSE": False, "是": True, "否": False}


def check_cell(
    text: str,
    tested: Node,
    scope: Scope,
    *,
    language: str = "zh",
    allow: Allowed = Allowed.EVERYTHING,
) -> Node | None:
    """The condition that a cell sets on the input; None for any value.

    Raises ExpressionError: bad cells are refused, never silently unmet.
    """
    source = normalise(text, cell=True)
    plain = source.text.strip()
    if plain in ("", "-"):
        return None
    if plain.startswith("="):
        return _formula(source, tested, scope, language, allow)
    return _Cell(source, tested, language).whole()


def _formula(source: Normalised, tested: Node, scope: Scope, language: str, allow: Allowed) -> Node:
    start = source.text.index("=") + 1
    rest = Normalised(source.text[start:], source.places[start:])
    node = checker.Checker(rest, scope, language, allow, tested).formula()
    if node.type.kind != "boolean":
        literals.refuse_type(node.type, ["boolean"], "=", rest.span(0, len(rest.text)))
    return node


class _Cell:
    def __init__(self, source: Normalised, tested: Node, language: str) -> None:
        self.source = source
        self.text = source.text
        self.at = 0
        self.tested = tested
        self.language = language

    # reading

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def next_is(self, *marks: str) -> str | None:
        """The mark that stands here, which is then passed."""
        self.skip()
        for mark in marks:
            if self.text.startswith(mark, self.at):
                self.at += len(mark)
                return mark
        return None

    def span(self, start: int) -> tuple[int, int]:
        return self.source.span(start, max(self.at, start + 1))

    def refuse(self) -> NoReturn:
        found = self.text[self.at : self.at + 10]
        raise refusal(
            "syntax",
            f"单元格这里看不懂:“{found}”" if found else "单元格没有写完",
            f"The cell is not understood here: “{found}”" if found else "The cell ends too early",
            span=self.span(self.at),
            remedy=(
                "写作 > 5、[1..10)、A, B、not(A)、blank、本月 或 = 公式",
                "Write > 5, [1..10), A, B, not(A), blank, this_month or = formula",
            ),
        )

    # tests

    def whole(self) -> Node:
        node = self.tests()
        self.skip()
        if self.at < len(self.text):
            self.refuse()
        return node

    def tests(self) -> Node:
        found = [self.test()]
        while self.next_is(",", "、"):
            found.append(self.test())
        return found[0] if len(found) == 1 else calls.typed_flat("OR", found)

    def test(self) -> Node:
        start = self.at
        if negated := self.negated():
            return negated
        if self.word_is("blank", "空"):
            return calls.typed("ISBLANK", [self.tested])
        self.at = start
        self.skip()
        if match := _COMPARISON.match(self.text, self.at):
            self.at = match.end()
            return self.compared(match[0], self.literal())
        if opening := self.next_is("[", "("):
            return self.range(opening, start)
        return self.window() or self.value(start)

    def negated(self) -> Node | None:
        start = self.at
        self.skip()
        if match := re.compile(r"(?:not|非)\s*\(", re.IGNORECASE).match(self.text, self.at):
            self.at = match.end()
            inner = self.tests()
            if not self.next_is(")"):
                self.refuse()
            return calls.typed("NOT", [inner])
        self.at = start
        return None

    def word_is(self, *words: str) -> bool:
        self.skip()
        match = _WORD.match(self.text, self.at)
        if match and match[0].strip().lower() in words:
            self.at = match.end()
            return True
        return False

    def compared(self, sign: str, literal: Node) -> Node:
        return calls.typed(sign, [self.tested, literal], self.language)

    def range(self, opening: str, start: int) -> Node:
        low = None if self.next_is("..") else self.literal()
        if low is not None and not self.next_is(".."):
            self.refuse()
        closing = self.next_is("]", ")")
        high = None if closing else self.literal()
        closing = closing or self.next_is("]", ")")
        if closing is None or (low is None and high is None):
            self.refuse()
        self.refuse_turned(low, high, start)
        sides: list[Node] = []
        if low is not None:
            sides.append(self.compared(">=" if opening == "[" else ">", low))
        if high is not None:
            sides.append(self.compared("<=" if closing == "]" else "<", high))
        return sides[0] if len(sides) == 1 else calls.typed("AND", sides)

    def refuse_turned(self, low: Node | None, high: Node | None, start: int) -> None:
        if not (isinstance(low, Literal) and isinstance(high, Literal)):
            return
        if low.type != high.type or low.value is None or high.value is None:
            return
        if low.value > high.value:  # type: ignore[operator]  # of one type, as just checked
            raise refusal(
                "bad_literal",
                "区间的两端写反了",
                "The ends of the interval are turned round",
                span=self.span(start),
            )

    def window(self) -> Node | None:
        match = _WORD.match(self.text, self.at)
        if match is None or self.tested.type.kind not in ("date", "datetime"):
            return None
        key = windows.find(match[0])
        if key is None or self.text.startswith(("~", ".."), match.end()):
            return None
        self.at = match.end()
        return calls.typed("WITHIN", [self.tested, Literal(key, t.TEXT)])

    def value(self, start: int) -> Node:
        low = self.literal()
        if not self.next_is("~"):
            return self.compared("=", low)
        high = self.literal()
        self.refuse_turned(low, high, start)
        return calls.typed("BETWEEN", [self.tested, low, high], self.language)

    # literals

    def literal(self) -> Node:
        self.skip()
        start = self.at
        if self.text.startswith('"', start):
            return self.quoted(start)
        if self.text.startswith("#", start):
            return self.hashed(start)
        match = _WORD.match(self.text, start)
        if match is None or not match[0].strip():
            self.refuse()
        self.at = match.end()
        return self.bare(match[0].strip(), start)

    def quoted(self, start: int) -> Node:
        match = re.compile(r'"((?:[^"]|"")*)"').match(self.text, start)
        if match is None:
            self.refuse()
        self.at = match.end()
        return Literal(match[1].replace('""', '"') or None, t.TEXT)

    def hashed(self, start: int) -> Node:
        end = self.text.find("#", start + 1)
        if end < 0:
            self.refuse()
        self.at = end + 1
        return literals.moment(self.text[start + 1 : end], self.span(start))

    def bare(self, word: str, start: int) -> Node:
        """An unquoted word, by the type of the input."""
        kind = self.tested.type
        if isinstance(kind, t.Choice):
            return literals.choice(word, kind, self.language, self.span(start))
        if kind.kind == "boolean" and word.upper() in _TRUTHS:
            return Literal(_TRUTHS[word.upper()], t.BOOLEAN)
        if kind.kind in ("date", "datetime"):
            return self.day(word, start)
        if kind.kind == "number" and (match := _NUMBER.fullmatch(word)):
            return self.number(match, start)
        raise refusal(
            "bad_literal",
            f"“{word[:40]}”不是合适的值,文本要加引号",
            f"“{word[:40]}” is no suitable value; texts are quoted",
            span=self.span(start),
            replacement=f'"{word}"' if kind.kind == "text" else None,
        )

    def number(self, match: re.Match[str], start: int) -> Literal:
        value = literals.number(match[2], self.span(start)).value
        assert isinstance(value, Decimal)
        for _ in match[3]:
            value = value.scaleb(-2)
        return Literal(-value if match[1] and value else value, t.NUMBER)

    def day(self, word: str, start: int) -> Node:
        if match := _TODAY.fullmatch(word):
            today: Node = calls.typed("TODAY", [])
            if not match[2]:
                return today
            count = Literal(Decimal(match[1] + match[2]), t.NUMBER)
            return calls.typed("DATEADD", [today, count, Literal("day", t.TEXT)])
        return literals.moment(word, self.span(start))
