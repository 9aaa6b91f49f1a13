"""What the author typed -> the plain text that the grammar reads.

Full-width marks become half-width, all quotes become straight ones, comments
become blanks. Texts and names in braces are left as they are. Each character
of the result remembers where it came from, so that errors point into what was
typed.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sanhuan.expressions import limits
from sanhuan.expressions.errors import refusal

_PLAIN = {
    ord(f): ord(h) for f, h in zip("（）＋－＊／＝＜＞＆％＾．＃", "()+-*/=<>&%^.#", strict=True)
}
_PLAIN |= {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}
_PLAIN |= {code: code - 0xFEE0 for code in range(0xFF21, 0xFF3B)}
_PLAIN |= {code: code - 0xFEE0 for code in range(0xFF41, 0xFF5B)}
_PLAIN |= {ord(c): ord(",") for c in "，；;"}
_PLAIN |= {ord("×"): ord("*"), ord("÷"): ord("/"), ord("！"): ord("!")}
_OPENING_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_OPENING_BRACES = {"{": "}", "【": "】", "｛": "｝"}
_PAIRS = {"≠": "<>", "≤": "<=", "≥": ">=", "==": "=", "!=": "<>"}
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ZERO_WIDTH = frozenset("\u00ad\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff")


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` for the grammar; `places[i]` is where its i-th character was typed."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of what was typed for a span of `text`."""
        begin = self.places[min(start, len(self.places) - 1)]
        if end <= start:
            return begin, begin
        return begin, self.places[min(end, len(self.places) - 1)]


class _Scanner:
    def __init__(self, source: str, places: list[int], *, cell: bool) -> None:
        self.source = source
        self.at = 0
        self.typed = places
        self.cell = cell
        self.out: list[str] = []
        self.places: list[int] = []

    def put(self, text: str, at: int) -> None:
        self.out.append(text)
        self.places.extend([self.typed[at]] * len(text))

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.typed[start], self.typed[end]

    def run(self) -> Normalised:
        while self.at < len(self.source):
            self.step()
        return Normalised("".join(self.out), (*self.places, self.typed[len(self.source)]))

    def step(self) -> None:
        character = self.source[self.at]
        if character in _OPENING_QUOTES:
            self.quoted(_OPENING_QUOTES[character])
        elif character in _OPENING_BRACES:
            self.braced(_OPENING_BRACES[character])
        elif self.source.startswith(("/*", "//"), self.at):
            self.comment()
        elif self.cell and character in "?？":
            self.put("{?}", self.at)
            self.at += 1
        else:
            self.plain(character)

    def plain(self, character: str) -> None:
        if character in _ZERO_WIDTH:
            _refuse_invisible(character, self.span(self.at, self.at + 1))
        pair = self.source[self.at : self.at + 2].translate(_PLAIN)
        if pair in _PAIRS:
            self.put(_PAIRS[pair], self.at)
            self.at += 2
        else:
            self.put(_PAIRS.get(character) or character.translate(_PLAIN), self.at)
            self.at += 1

    def quoted(self, closing: str) -> None:
        start = self.at
        self.put('"', start)
        self.at += 1
        while self.at < len(self.source):
            character = self.source[self.at]
            if character == closing:
                if closing in "\"'" and self.source.startswith(closing, self.at + 1):
                    self.at += 1
                else:
                    break
            self.put('""' if character == '"' else character, self.at)
            self.at += 1
        else:
            _refuse_open("引号", "quote", closing, self.span(start, len(self.source)))
        self.put('"', self.at)
        self.at += 1

    def braced(self, closing: str) -> None:
        start = self.at
        end = self.source.find(closing, start)
        if end < 0:
            _refuse_open("括号", "brace", closing, self.span(start, len(self.source)))
        self.put("{", start)
        for self.at in range(start + 1, end):
            if self.source[self.at] in _ZERO_WIDTH:
                _refuse_invisible(self.source[self.at], self.span(self.at, self.at + 1))
            self.put(self.source[self.at], self.at)
        self.put("}", end)
        self.at = end + 1

    def comment(self) -> None:
        start = self.at
        closing = "*/" if self.source[start + 1] == "*" else "\n"
        end = self.source.find(closing, start + 2)
        if end < 0 and closing == "*/":
            _refuse_open("注释", "comment", closing, self.span(start, len(self.source)))
        end = len(self.source) if end < 0 else end + (2 if closing == "*/" else 0)
        for self.at in range(start, end):
            self.put(" ", self.at)
        self.at = end


def normalise(source: str, *, cell: bool = False) -> Normalised:
    """The text for the grammar; in a cell of a decision table `?` is the input.

    Raises `limit` (too long) and `syntax` (invisible characters, open quotes).
    """
    if len(source) > limits.SOURCE_CHARACTERS:
        raise refusal(
            "limit",
            f"公式超过 {limits.SOURCE_CHARACTERS} 个字符",
            f"The formula is longer than {limits.SOURCE_CHARACTERS} characters",
            span=(limits.SOURCE_CHARACTERS, len(source)),
            remedy=("拆成几个公式字段", "Split it into several formula fields"),
        )
    _refuse_hidden(source)
    text, places = _composed(source)
    return _Scanner(text, places, cell=cell).run()


def _refuse_hidden(source: str) -> None:
    for at, character in enumerate(source):
        if character in _DIRECTION or (
            unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r"
        ):
            _refuse_invisible(character, (at, at + 1))


def _refuse_invisible(character: str, span: tuple[int, int]) -> None:
    raise refusal(
        "syntax",
        f"这里有一个看不见的字符 U+{ord(character):04X}",
        f"There is an invisible character U+{ord(character):04X} here",
        span=span,
        remedy=("删除它", "Delete it"),
        replacement="",
    )


def _refuse_open(zh: str, en: str, closing: str, span: tuple[int, int]) -> None:
    raise refusal(
        "syntax",
        f"{zh}没有结束",
        f"The {en} is not closed",
        span=span,
        remedy=(f"补上 {closing.strip()}", f"Add {closing.strip()}"),
    )


def _composed(source: str) -> tuple[str, list[int]]:
    """The text in NFC, and for each of its characters the typed position."""
    if unicodedata.is_normalized("NFC", source):
        return source, list(range(len(source) + 1))
    pieces: list[str] = []
    places: list[int] = []
    start = 0
    for at in range(1, len(source) + 1):
        if at < len(source) and not _may_part(source[at - 1], source[at]):
            continue
        piece = unicodedata.normalize("NFC", source[start:at])
        pieces.append(piece)
        places.extend([start] * len(piece))
        start = at
    return "".join(pieces), [*places, len(source)]


def _may_part(before: str, after: str) -> bool:
    if unicodedata.combining(after):
        return False
    form = unicodedata.normalize
    return form("NFC", before + after) == form("NFC", before) + form("NFC", after)
