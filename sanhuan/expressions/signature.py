"""What a function is: its documentation, its typing rule and its two evaluators."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from sanhuan.expressions import literals, nodes
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import refusal
from sanhuan.expressions.nodes import Call, Literal, Node

if TYPE_CHECKING:
    from sanhuan.expressions.closures import PythonRule
    from sanhuan.expressions.parts import SqlRule


class Allowed(enum.Flag):
    """What a place where a formula stands lets it ask of its surroundings."""

    NOTHING = 0
    TODAY = enum.auto()
    NOW = enum.auto()
    ME = enum.auto()
    OLD = enum.auto()
    LOOKUP = enum.auto()
    EVERYTHING = TODAY | NOW | ME | OLD | LOOKUP
    STORED = TODAY
    FILTER = TODAY | NOW | ME


@dataclass(slots=True)
class Checked:
    """A node with the place of its text in what the author typed, and its levels."""

    node: Node
    span: tuple[int, int] = (0, 0)
    depth: int = 1

    @property
    def type(self) -> t.Type:
        return self.node.type


_KINDS: Mapping[str, tuple[str, ...]] = {
    "n": ("number",),
    "t": ("text",),
    "b": ("boolean",),
    "d": ("date",),
    "s": ("datetime",),
    "u": ("duration",),
    "c": ("choice",),
    "p": ("department",),
}
_DEFAULT: Mapping[str, t.Type] = {
    "n": t.NUMBER,
    "t": t.TEXT,
    "b": t.BOOLEAN,
    "d": t.DATE,
    "s": t.DATETIME,
    "u": t.DURATION,
    "p": t.DEPARTMENT,
    "c": t.NULL,
}
TEXT_LIKE = frozenset({"number", "text", "date", "datetime", "choice", "null"})
ORDERED = frozenset({"number", "text", "date", "datetime", "duration", "null"})
SCALARS = frozenset(
    {
        "number", "text", "boolean", "date", "datetime", "duration",
        "choice", "user", "department", "reference", "null",
    }
)  # fmt: skip


@dataclass(slots=True)
class Arguments:
    """The arguments of one call while it is being typed; rules may replace nodes."""

    name: str
    items: list[Checked]
    span: tuple[int, int]
    language: str

    def __len__(self) -> int:
        return len(self.items)

    def type(self, index: int) -> t.Type:
        return self.items[index].node.type

    def take(self, index: int, letters: str) -> t.Type:
        """The argument must be of one of the types meant by `letters`."""
        kinds = [kind for letter in letters for kind in _KINDS[letter]]
        item = self.items[index]
        if item.type.kind not in kinds:
            if item.type.kind == "null":
                self.fit(index, _DEFAULT[letters[0]])
            else:
                self.mismatch(index, kinds)
        return self.items[index].type

    def fit(self, index: int, wanted: t.Type) -> None:
        """Turn a written text or NULL into `wanted`, or refuse another type."""
        item = self.items[index]
        made = literals.fit(item.node, wanted, self.language, item.span)
        if made is None:
            self.mismatch(index, [wanted.kind])
        item.node = made

    def common(self, indices: Sequence[int]) -> t.Type:
        """The one type of these arguments; written texts and NULL follow the others."""
        types = [self.type(index) for index in indices]
        kinds = [
            kind
            for index, kind in zip(indices, types, strict=True)
            if kind.kind != "null" and not self._is_written(index)
        ]
        written = any(self._is_written(index) for index in indices)
        wanted = kinds[0] if kinds else t.TEXT if written else t.NULL
        for index in indices:
            self.fit(index, wanted)
        return wanted

    def _is_written(self, index: int) -> bool:
        node = self.items[index].node
        return isinstance(node, Literal) and isinstance(node.type, t.Text)

    def written(self, index: int) -> str:
        """The text of an argument that must be written, not computed."""
        node = self.items[index].node
        if isinstance(node, Literal) and isinstance(node.value, str):
            return node.value
        raise refusal(
            "bad_literal",
            f"{self.name} 的这个参数必须直接写出,不能计算",
            f"This argument of {self.name} must be written, not computed",
            span=self.items[index].span,
        )

    def word(self, index: int, words: Sequence[str]) -> str:
        """A written word out of a closed list; case does not matter."""
        text = self.written(index)
        for word in words:
            if word.lower() == text.lower():
                self.items[index].node = Literal(word, t.TEXT)
                return word
        raise refusal(
            "bad_literal",
            f"没有“{text[:40]}”,可以写:{'、'.join(words)}",
            f"There is no “{text[:40]}”; write one of {', '.join(words)}",
            span=self.items[index].span,
            names=tuple(words),
        )

    def text(self, index: int) -> None:
        """Let the argument join into text: wrap what is no text yet."""
        item = self.items[index]
        kind = item.type.item if isinstance(item.type, t.ListOf) else item.type
        if isinstance(kind, t.Reference):
            item.node = self._title(item.node, index)
        elif kind.kind not in TEXT_LIKE:
            self.mismatch(index, ["text"])
        elif kind.kind == "null":
            self.fit(index, t.TEXT)
        elif kind.kind != "text":
            whole = t.ListOf(t.TEXT) if isinstance(item.type, t.ListOf) else t.TEXT
            item.node = Call("@text", (item.node,), whole)

    def _title(self, node: Node, index: int) -> Node:
        path = (*getattr(node, "path", ()), nodes.TITLE)
        match node:
            case nodes.Field() | nodes.Me() if isinstance(node.type, t.Reference):
                return dataclasses.replace(node, path=path, type=t.TEXT)
            case nodes.Field(type=t.ListOf()) | nodes.Column():
                return dataclasses.replace(node, path=path, type=t.ListOf(t.TEXT))
        raise refusal(
            "type_mismatch",
            "这里的关联记录没有名称可以连接",
            "This reference has no title to join",
            span=self.items[index].span,
            remedy=("直接写字段,例如 客户 或 客户.名称", "Name the field itself"),
        )

    def mismatch(self, index: int, kinds: Sequence[str]) -> NoReturn:
        found = self.items[index].type
        literals.refuse_type(found, kinds, self.name, self.items[index].span)

    def refuse_count(self, zh: str, en: str, *, replacement: str | None = None) -> NoReturn:
        raise refusal(
            "wrong_arguments",
            f"{self.name}:{zh}",
            f"{self.name}: {en}",
            span=self.span,
            replacement=replacement,
        )


Typing = Callable[[Arguments], t.Type]


@dataclass(frozen=True, slots=True)
class Function:
    """One function or operator.

    `takes` has a word per parameter: letters of the types allowed (n number,
    t text, b boolean, d date, s datetime, u duration, c choice, p department,
    x any scalar, l list or scalar, r rows, w written word, k what joins into
    text), then `?` for optional or `*` for repeated. `gives` is the type of the
    result, None when it is that of the first argument. A `typing` rule takes the
    place of the plain one. `parameters` are the names shown to people.
    """

    name: str
    group: str
    takes: str
    gives: t.Type | None
    parameters: str
    zh: str
    en: str
    example: tuple[str, str]
    python: PythonRule
    sql: SqlRule | None = None
    typing: Typing | None = None
    aliases: tuple[str, ...] = ()
    needs: Allowed = Allowed.NOTHING
    never_null: bool = False
    words: tuple[str, ...] = ()

    @property
    def is_operator(self) -> bool:
        return self.group == "operator"

    @property
    def signature(self) -> str:
        return f"{self.name}({self.parameters})"

    def arity(self) -> tuple[int, int | None]:
        """The least and the greatest number of arguments; None for no bound."""
        words = self.takes.split()
        least = sum(1 for word in words if word[-1] not in "?*")
        return least, None if any(word.endswith("*") for word in words) else len(words)

    def type_of(self, arguments: Arguments) -> t.Type:
        """Check the arguments and give the type of the call."""
        if self.typing is not None:
            return self.typing(arguments)
        return plain(self, arguments)


def plain(function: Function, arguments: Arguments) -> t.Type:
    """The typing rule that `takes` and `gives` spell out."""
    words = function.takes.split()
    for index in range(len(arguments)):
        letters = words[min(index, len(words) - 1)].rstrip("?*")
        if letters == "w":
            arguments.word(index, function.words)
        elif letters == "k":
            arguments.text(index)
        elif letters == "x":
            scalar(arguments, index)
        else:
            arguments.take(index, letters)
    return function.gives if function.gives is not None else arguments.type(0)


def scalar(arguments: Arguments, index: int) -> None:
    """Refuse lists, rows and opaque values."""
    if arguments.type(index).kind not in SCALARS:
        arguments.mismatch(index, ["text", "number"])
