"""Tree -> text, with today's labels; reading it again gives the same tree."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from sanhuan.expressions import nodes, windows
from sanhuan.expressions import types as t
from sanhuan.expressions.names import Name, Scope, folded
from sanhuan.expressions.nodes import Call, Expression, Literal, Node
from sanhuan.expressions.paths import name_at

_OR, _AND, _NOT, _COMPARE, _CONCAT, _SUM, _PRODUCT, _POWER, _UNARY, _PERCENT, _PRIMARY = range(11)
_NAME = re.compile(r"[^\W\d]\w*")
_RESERVED = frozenset(
    {"AND", "OR", "NOT", "IN", "TRUE", "FALSE", "NULL", "ME", "THIS", "且", "或", "非", "本记录"}
)
_THIS = {"zh": "本记录", "en": "this"}


def print_expression(expression: Expression, scope: Scope, language: str) -> str:
    """The formula as an author of `language` reads it.

    Fields are written by their label, in braces where it is no plain name, and as
    `{api_name}` where the label is ambiguous.
    """
    return _Printer(scope, language).text(expression.root, _OR)


class _Printer:
    def __init__(self, scope: Scope, language: str) -> None:
        self.levels = [scope]
        self.language = language

    def text(self, node: Node, least: int) -> str:
        """The text of a node, in brackets when it binds more loosely than `least`."""
        if isinstance(node, Call) and node.name == "@text":
            return self.text(node.args[0], least)
        written, level = self.written(node)
        return written if level >= least else f"({written})"

    def written(self, node: Node) -> tuple[str, int]:
        match node:
            case Literal():
                return self.literal(node)
            case nodes.Field() | nodes.Lines(source=None):
                return self.path(node.path, node.up), _PRIMARY
            case nodes.Me(path=path):
                return ".".join(["ME", *self.steps(self.levels[0].far("user"), path)]), _PRIMARY
            case nodes.Lines(source=rows, path=path) | nodes.Column(rows=rows, path=path):
                assert rows is not None
                return ".".join([self.text(rows, _PRIMARY), *self.row_steps(rows, path)]), _PRIMARY
            case Call():
                return self.call(node)
        raise AssertionError(node)

    # literals

    def literal(self, node: Literal) -> tuple[str, int]:
        value = node.value
        if value is None:
            return ('""' if node.type == t.TEXT else "NULL"), _PRIMARY
        if isinstance(value, bool):
            return ("TRUE" if value else "FALSE"), _PRIMARY
        if isinstance(value, Decimal):
            return format(value, "f"), _UNARY if value < 0 else _PRIMARY
        if isinstance(value, str):
            return _quoted(self.choice(value, node.type)), _PRIMARY
        assert isinstance(value, dt.date)
        return f"#{_moment(value)}#", _PRIMARY

    def choice(self, key: str, kind: t.Type) -> str:
        if not isinstance(kind, t.Choice):
            return key
        label = next((o.label(self.language) for o in kind.options if o.key == key), key)
        found = kind.find(label, self.language)
        return label if found is not None and found.key == key else key

    # calls

    def call(self, node: Call) -> tuple[str, int]:
        name, args = node.name, node.args
        if name in ("+", "-"):
            return self.joined(args, f" {name} ", {"@minus": " - "}, _SUM), _SUM
        if name in ("*", "/"):
            return self.joined(args, f" {name} ", {"@over": " / "}, _PRODUCT), _PRODUCT
        if name == "&":
            return self.joined(args, " & ", {}, _CONCAT), _CONCAT
        if name in ("AND", "OR") and len(args) > 1:
            level = _AND if name == "AND" else _OR
            return self.joined(args, f" {name} ", {}, level), level
        if name in ("=", "<>", "<", "<=", ">", ">="):
            left, right = (self.text(arg, _CONCAT) for arg in args)
            return f"{left} {name} {right}", _COMPARE
        if name in ("IN", "NOT IN"):
            return f"{self.text(args[0], _CONCAT)} {name} {self.listed(args[1:])}", _COMPARE
        return self.unary(node) or (self.function(node), _PRIMARY)

    def joined(self, args: tuple[Node, ...], sign: str, turned: dict[str, str], level: int) -> str:
        parts = [self.text(args[0], level)]
        for arg in args[1:]:
            if isinstance(arg, Call) and arg.name in turned:
                parts += [turned[arg.name], self.text(arg.args[0], level + 1)]
            else:
                parts += [sign, self.text(arg, level + 1)]
        return "".join(parts)

    def listed(self, items: tuple[Node, ...]) -> str:
        if len(items) == 1 and isinstance(items[0].type, t.ListOf):
            return self.text(items[0], _PRIMARY)
        return f"({', '.join(self.text(item, _OR) for item in items)})"

    def unary(self, node: Call) -> tuple[str, int] | None:
        first = node.args[0] if node.args else None
        if node.name == "NOT" and first is not None:
            return f"NOT {self.text(first, _NOT)}", _NOT
        if node.name == "neg" and first is not None:
            return f"-{self.text(first, _UNARY)}", _UNARY
        if node.name == "%" and first is not None:
            return f"{self.text(first, _PERCENT)}%", _PERCENT
        if node.name == "^":
            base, exponent = node.args
            is_power = isinstance(base, Call) and base.name == "^"
            left = self.text(base, _POWER if is_power else _PERCENT)
            return f"{left} ^ {self.text(exponent, _UNARY)}", _POWER
        return None

    def function(self, node: Call) -> str:
        if node.name in nodes.PER_ROW:
            return self.per_row(node)
        args = [self.text(arg, _OR) for arg in node.args]
        if node.name == "WITHIN":
            args[1] = _quoted(windows.label(nodes.word(node, 1), self.language))
        return f"{node.name}({', '.join(args)})"

    def per_row(self, node: Call) -> str:
        rows = node.args[0]
        kind = rows.rows.type if isinstance(rows, nodes.Column) else rows.type
        assert isinstance(kind, t.Rows)
        before = self.text(rows, _OR)
        self.levels.append(self.levels[-1].far(kind.object))
        condition = self.text(node.args[1], _OR)
        self.levels.pop()
        return f"{node.name}({before}, {condition})"

    # names

    def path(self, path: tuple[str, ...], up: int) -> str:
        scope = self.levels[-1 - up]
        first, *rest = self.steps(scope, path)
        if up and self.found_level(path[0], first) != up:
            first = f"{_THIS.get(self.language, 'this')}.{first}"
        return ".".join([first, *rest])

    def found_level(self, field_id: str, written: str) -> int | None:
        """The level at which the written name is found first."""
        plain = written[1:-1] if written.startswith("{") else written
        for up, scope in enumerate(reversed(self.levels)):
            if scope.find(plain, self.language):
                return up
        return None

    def row_steps(self, rows: Node, path: tuple[str, ...]) -> list[str]:
        assert isinstance(rows.type, t.Rows)
        return self.steps(self.levels[0].far(rows.type.object), path)

    def steps(self, scope: Scope, path: tuple[str, ...]) -> list[str]:
        """The names of a path's steps, each in the scope that it is read in."""
        written: list[str] = []
        for place, step in enumerate(path):
            if step == nodes.TITLE:
                break
            before = name_at(scope, path[:place]) if place else None
            part = _part(before, step)
            if part is not None:
                written.append(_plain(part.labels.get(self.language) or part.api_name))
                continue
            home = scope if before is None else _far(scope, before)
            name = home.by_id(step)
            written.append(step if name is None else self.name(home, name))
        return written

    def name(self, scope: Scope, name: Name) -> str:
        label = name.labels.get(self.language) or next(iter(name.labels.values()), name.api_name)
        found = scope.find(label, self.language)
        if len(found) == 1 and found[0].id == name.id and not {"{", "}"} & set(label):
            return _plain(label)
        return f"{{{name.api_name}}}" if label != name.api_name else _plain(name.api_name)


def _part(before: Name | None, step: str) -> Name | None:
    if before is None:
        return None
    return next((part for part in before.parts if part.id == step), None)


def _far(scope: Scope, before: Name) -> Scope:
    assert isinstance(before.type, t.Reference | t.Rows)
    return scope.far(before.type.object)


def _plain(name: str) -> str:
    """The name as it is, or in braces when it could not be read so."""
    if _NAME.fullmatch(name) and name.upper() not in _RESERVED and folded(name) == name:
        return name
    return f"{{{name}}}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _moment(value: dt.date) -> str:
    if not isinstance(value, dt.datetime):
        return value.isoformat()
    text = value.replace(tzinfo=None).isoformat(" ", "minutes" if _is_even(value) else "auto")
    if value.microsecond:
        text = text[:-3]
    return text + ("" if value.tzinfo is None else "Z")


def _is_even(value: dt.datetime) -> bool:
    return not value.second and not value.microsecond
