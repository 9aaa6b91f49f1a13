"""SQL: what a node compiles to, and how values are computed once.

A node gives a `Part`: a value (null on error) and, when it can fail, a code
(null when it did not). SQL never raises. What would be repeated is bound once: a
`Frame` collects bindings in layers, each a sub-select over the one before, kept
apart by OFFSET 0 so that the planner does not copy them back into their uses.

Inside SQL numbers and durations (milliseconds) are numeric, dates date, instants
timestamptz, choices text, ids of the type of the first reference column.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from sanhuan.expressions.context import Context
from sanhuan.expressions.nodes import Call, Node
from sanhuan.expressions.types import Type

Element = sa.ColumnElement[Any]
Truth = sa.ColumnElement[bool]


class SqlScope(Protocol):
    """The columns of one object within a statement that the composer builds."""

    def column(self, path: tuple[str, ...], /) -> Element:
        """The value at the end of a to-one path; the composer makes the joins.

        Types: numeric, text, boolean, date, timestamptz, bigint milliseconds, text
        key, id; an array for list fields. A path ending in `nodes.TITLE` is text.
        """
        ...

    def error(self, path: tuple[str, ...], /) -> Truth | None:
        """Whether a stored formula is in error; None for a field that never is."""
        ...

    def rows(self, path: tuple[str, ...], /) -> tuple[sa.FromClause, SqlScope]:
        """The rows of a sub-table of this record: a LATERAL select and its scope.

        The select correlates (explicitly, by `correlate`) with the statement's own
        tables.
        """
        ...

    def order(self) -> Sequence[Element]:
        """Within rows: what orders them (position, id). Empty for the record itself."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """The SQL of a node. `code` is None when it cannot fail."""

    value: Element
    code: Element | None = None
    nullable: bool = True


@dataclass(slots=True)
class Frame:
    """The bindings of one level of rows, in layers."""

    numbers: Iterator[int]
    layers: list[list[tuple[str, Element]]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def bind(self, element: Element) -> Element:
        """A name for the element, which is computed once in a layer of its own."""
        layer = max((self.places.get(name, -1) for name in _names(element)), default=-1) + 1
        name = f"_x{next(self.numbers)}"
        while len(self.layers) <= layer:
            self.layers.append([])
        self.layers[layer].append((name, element))
        self.places[name] = layer
        return sa.column(name, element.type)

    def select(self, columns: Sequence[tuple[str, Element]]) -> sa.Select[Any]:
        """The select of these columns over all layers so far."""
        source: sa.Subquery | None = None
        before: list[tuple[str, Element]] = []
        for layer in self.layers:
            source = (
                _over(source, [*before, *layer])
                .offset(sa.literal_column("0"))
                .subquery(f"_l{next(self.numbers)}")
            )
            before = [*before, *((name, sa.column(name, e.type)) for name, e in layer)]
        return _over(source, columns)

    def snapshot(self) -> Frame:
        """A copy that later bindings do not change."""
        return Frame(self.numbers, [list(layer) for layer in self.layers], dict(self.places))


def _over(source: sa.Subquery | None, columns: Sequence[tuple[str, Element]]) -> sa.Select[Any]:
    selected = sa.select(*(element.label(name) for name, element in columns))
    if source is None:
        return selected.correlate_except()
    return selected.select_from(source).correlate_except(source)


def _names(element: Element) -> set[str]:
    return {
        part.name
        for part in visitors.iterate(element)
        if isinstance(part, sa.ColumnClause) and part.table is None
    }


def is_simple(element: Element) -> bool:
    """Whether repeating the element costs nothing."""
    return isinstance(
        element, sa.ColumnClause | sa.BindParameter | sa.sql.elements.True_ | sa.sql.elements.False_
    )


class Composer(Protocol):
    """Turns nodes into parts, and knows what the statement is composed for."""

    context: Context

    def __call__(self, node: Node) -> Part: ...

    def once(self, part: Part) -> Part:
        """The part with value and code bound, so that they may be repeated."""
        ...

    def bound(self, element: Element) -> Element: ...

    def sized(self, part: Part, kind: Type) -> Part:
        """The part with its size checked, as final results and IFERROR demand."""
        ...

    def literal(self, value: Any, kind: Type) -> Element:
        """A bound literal of an inner value."""
        ...

    def type(self, kind: Type) -> sa.types.TypeEngine[Any]:
        """The SQL type of values of a type."""
        ...

    def known(self, node: Node) -> Any:
        """The inner value of a node that reads no record; UNKNOWN for another.

        Null is None; an error is an ErrorValue.
        """
        ...


class _Unknown:
    """Marks what depends on the record."""


UNKNOWN = _Unknown()
SqlRule = Callable[[Composer, Call], Part]
Failures = Sequence[tuple[Truth, str]]


def text(value: str) -> Element:
    return sa.literal(value, sa.Text())


def number(value: int | str) -> Element:
    """A bound numeric constant."""
    return sa.literal(Decimal(value), sa.Numeric())


def inverse(truth: Element) -> Element:
    """NOT, in brackets: SQLAlchemy writes `NOT x IS true` for what is meant as (NOT x) IS true."""
    return sa.sql.elements.Grouping(sa.not_(truth))


def first_code(codes: Iterable[Element | None]) -> Element | None:
    """The leftmost code that is not null; None when none of them can be."""
    present = [code for code in codes if code is not None]
    if not present:
        return None
    return present[0] if len(present) == 1 else sa.func.coalesce(*present)


def all_present(parts: Iterable[Part]) -> list[Truth]:
    """Conditions that hold when no part is null (nor in error)."""
    return [part.value.is_not(None) for part in parts if part.nullable or part.code is not None]


def failing(parts: Sequence[Part], value: Element, failures: Failures) -> Part:
    """A strict call that fails under these conditions; its value is null then."""
    own = sa.case(
        *((sa.and_(*all_present(parts), condition), text(code)) for condition, code in failures)
    )
    code = first_code([*(part.code for part in parts), own])
    return Part(value, code)


def strict_sql(function: Callable[..., Element], *, nullable: bool = False) -> SqlRule:
    """Null in, null out by SQL's own rules; `function` combines the values.

    `nullable` says that the result may be null though no argument is.
    """

    def rule(sql: Composer, call: Call) -> Part:
        parts = [sql(arg) for arg in call.args]
        return strict_part(parts, function(*(part.value for part in parts)), nullable=nullable)

    return rule


def strict_part(parts: Sequence[Part], value: Element, *, nullable: bool = False) -> Part:
    code = first_code(part.code for part in parts)
    return Part(value, code, nullable or code is not None or any(part.nullable for part in parts))


def failing_sql(function: Callable[..., tuple[Element, Failures]]) -> SqlRule:
    """Null in, null out; `function` gets bound values and says what fails."""

    def rule(sql: Composer, call: Call) -> Part:
        parts = [sql.once(sql(arg)) for arg in call.args]
        value, failures = function(*(part.value for part in parts))
        return failing(parts, value, failures)

    return rule


def null_is(code: str, function: Callable[..., Element]) -> SqlRule:
    """Null in, null out; a null result of arguments that are not null is `code`."""

    def rule(sql: Composer, call: Call) -> Part:
        parts = [sql.once(sql(arg)) for arg in call.args]
        value = sql.bound(function(*(part.value for part in parts)))
        return failing(parts, value, [(value.is_(None), code)])

    return rule


def counter() -> Iterator[int]:
    """Numbers for names that are unique within one compilation."""
    return itertools.count(1)
