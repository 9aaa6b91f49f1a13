"""The typed syntax tree, shared by all evaluators, the printer and the JSON form.

Field ids stand in paths, never names or labels. A per-row condition opens a new
level of names: `up` says how many levels outwards a field or sub-table is read
(0: the innermost row, else the record itself when there is no row).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sanhuan.expressions.types import ListOf, Rows, Type

TITLE = "#title"
"""Last step of a path: the title of the record (or the name of the user) reached."""

Value = Decimal | str | bool | dt.date | dt.datetime | int | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A written value. A datetime without zone is local time of the workspace."""

    value: Value
    type: Type


@dataclass(frozen=True, slots=True)
class Field:
    """The value at the end of a path over to-one references (and to parts)."""

    path: tuple[str, ...]
    type: Type
    up: int = 0


@dataclass(frozen=True, slots=True)
class Me:
    """The person asking (empty path), or what a path from that person reaches."""

    path: tuple[str, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a sub-table: of one record, or of every row of `source` in turn."""

    path: tuple[str, ...]
    type: Rows
    up: int = 0
    source: Node | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """For every row of `rows`, the value at the end of a to-one path."""

    rows: Node
    path: tuple[str, ...]
    type: ListOf


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator over arguments; `name` is a key of FUNCTIONS."""

    name: str
    args: tuple[Node, ...]
    type: Type


Node = Literal | Field | Me | Lines | Column | Call


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked formula. `uses` holds the paths of field ids that it reads."""

    root: Node
    type: Type
    uses: frozenset[tuple[str, ...]]


def word(call: Call, index: int) -> str:
    """The written word (a unit, a window) at that place of a checked call."""
    arg = call.args[index]
    assert isinstance(arg, Literal)
    assert isinstance(arg.value, str)
    return arg.value


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Call(args=args):
            return args
        case Column(rows=rows):
            return (rows,)
        case Lines(source=source) if source is not None:
            return (source,)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def size(node: Node) -> int:
    """How many nodes there are."""
    return sum(1 for _ in walk(node))


PER_ROW = frozenset({"FILTER", "ANY", "ALL", "COUNTIF", "SUMIF", "AVERAGEIF", "MINIF", "MAXIF"})
"""Functions whose second argument is a condition on each row of the first."""


def rows_path(node: Node) -> tuple[tuple[str, ...], int]:
    """The path of field ids to a list's rows and the level `up` where it begins."""
    match node:
        case Lines(path=path, up=up, source=None):
            return path, up
        case Lines(path=path, source=source) if source is not None:
            before, up = rows_path(source)
            return before + path, up
        case Column(rows=rows) | Call(args=(rows, *_)):
            return rows_path(rows)
    return (), 0


def uses(root: Node) -> frozenset[tuple[str, ...]]:
    """The paths of field ids, from the record, that a tree reads."""
    found: set[tuple[str, ...]] = set()
    _collect(root, ((),), found)
    return frozenset(found)


def _collect(node: Node, levels: tuple[tuple[str, ...], ...], found: set[tuple[str, ...]]) -> None:
    match node:
        case Field(path=path, up=up):
            found.add(levels[-1 - up] + path)
        case Lines():
            found.add(_absolute(node, levels))
        case Column(rows=rows, path=path):
            found.add(_absolute(rows, levels) + path)
        case Call(name=name, args=(rows, condition)) if name in PER_ROW:
            _collect(rows, levels, found)
            _collect(condition, (*levels, _absolute(rows, levels)), found)
            return
    for child in children(node):
        _collect(child, levels, found)


def _absolute(rows: Node, levels: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    path, up = rows_path(rows)
    return levels[-1 - up] + path
