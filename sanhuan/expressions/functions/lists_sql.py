"""SQL of lists: rows of sub-tables, their columns, array columns, and aggregates.

A list is a source of rows with a value and a code per row. Its aggregates are
scalar sub-queries over it. A condition that fails on any row is an error of the
whole list: its first code by the order of rows, computed apart (`guard`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sanhuan.expressions import nodes
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import refusal
from sanhuan.expressions.functions import values_sql
from sanhuan.expressions.functions.lowering import lowered
from sanhuan.expressions.nodes import Call, Node
from sanhuan.expressions.parts import (
    Composer,
    Element,
    Frame,
    Part,
    SqlScope,
    Truth,
    first_code,
    number,
)

if TYPE_CHECKING:
    from sanhuan.expressions.compose import Sql


Aggregate = Callable[[Element, Sequence[Element]], Element]
"""Makes an aggregate of the rows' values and of what orders them."""


def collected(value: Element, order: Sequence[Element]) -> Element:
    """All values in order, as an array, without nulls."""
    ordered = postgresql.aggregate_order_by(value, *order) if order else value
    made = sa.func.array_agg(ordered, type_=postgresql.ARRAY(value.type))
    return sa.type_coerce(made.filter(value.is_not(None)), postgresql.ARRAY(value.type))


def _first(value: Element, order: Sequence[Element]) -> Element:
    return sa.type_coerce(collected(value, order)[1], value.type)


def _last(value: Element, order: Sequence[Element]) -> Element:
    return _first(value, [item.desc() for item in order])


@dataclass(frozen=True, slots=True)
class Many:
    """A list in SQL. `value` is null for rows themselves; `guard` an error of the whole."""

    source: sa.FromClause
    scope: SqlScope | None
    order: Sequence[Element]
    where: Sequence[Truth]
    frame: Frame
    value: Element | None = None
    code: Element | None = None
    guard: Element | None = None

    def aggregate(self, make: Aggregate, value: Element) -> Element:
        """The scalar sub-query of an aggregate over `value` of the rows.

        It runs over a sub-select, for an aggregate whose argument names outer columns
        alone would belong to the outer query.
        """
        columns = [("v", value), *((f"o{i}", item) for i, item in enumerate(self.order))]
        rows = self._rows(columns).subquery(f"_s{next(self.frame.numbers)}")
        order = [rows.c[f"o{i}"] for i in range(len(self.order))]
        query = sa.select(make(rows.c.v, order)).select_from(rows)
        return query.correlate_except(rows).scalar_subquery()

    def _rows(self, columns: list[tuple[str, Element]]) -> sa.Select[Any]:
        """The select of these columns for the rows that fit."""
        if not self.frame.layers:
            plain = sa.select(*(item.label(name) for name, item in columns))
            plain = plain.select_from(self.source).correlate_except(self.source)
            return plain.where(*self.where)
        tests = [(f"w{i}", item) for i, item in enumerate(self.where)]
        rows = self.frame.select([*columns, *tests]).lateral(f"_r{next(self.frame.numbers)}")
        bound = sa.select(*(rows.c[name] for name, _ in columns))
        bound = bound.select_from(self.source.join(rows, sa.true()))
        bound = bound.correlate_except(self.source, rows)
        return bound.where(*(rows.c[name] for name, _ in tests))

    def first_code(self, code: Element) -> Element:
        """The code of the first row that has one."""
        return self.aggregate(_first, code)

    @property
    def failed(self) -> Element | None:
        """The error of the list: of its conditions, else of its first failing value."""
        return first_code([self.guard, None if self.code is None else self.first_code(self.code)])


def many(sql: Sql, node: Node) -> Many:
    """The list that a node means."""
    match node:
        case nodes.Lines(source=None, up=up, path=path):
            source, scope = sql.scope(up).rows(path)
            return Many(source, scope, tuple(scope.order()), (), Frame(sql.numbers))
        case nodes.Lines(source=rows, path=path) if rows is not None:
            return _deeper(many(sql, rows), path)
        case nodes.Column(rows=rows, path=path, type=kind):
            return _column(sql, many(sql, rows), path, kind.item)
        case Call(name="FILTER"):
            return filtered(sql, node)
        case Call(name="UNIQUE", args=(inner,)):
            return unique(sql, inner)
        case Call(name="@text", args=(inner,)):
            return _texts(sql, inner)
        case nodes.Field():
            return _array(sql, sql(node))
        case nodes.Me():
            return _array(sql, sql(node))
    raise refusal(
        "not_allowed", "这个列表还不能批量计算", "This list cannot be computed over sets yet"
    )


def _deeper(outer: Many, path: tuple[str, ...]) -> Many:
    assert outer.scope is not None
    source, scope = outer.scope.rows(path)
    outer = _settled(outer)
    return replace(
        outer,
        source=outer.source.join(source, sa.true()),
        scope=scope,
        order=(*outer.order, *scope.order()),
    )


def _settled(rows: Many) -> Many:
    """The same rows without bindings: what they bind for conditions is joined to the source."""
    if not rows.frame.layers:
        return rows
    tests = [(f"w{i}", item) for i, item in enumerate(rows.where)]
    bound = rows.frame.select(tests).lateral(f"_r{next(rows.frame.numbers)}")
    return replace(
        rows,
        source=rows.source.join(bound, sa.true()),
        where=[bound.c[name] for name, _ in tests],
        frame=Frame(rows.frame.numbers),
    )


def _column(sql: Sql, rows: Many, path: tuple[str, ...], kind: t.Type) -> Many:
    assert rows.scope is not None
    column = rows.scope.column(path)
    if isinstance(column.type, sa.ARRAY):
        items = _unnested(column, sql)
        return replace(
            rows,
            source=rows.source.join(items, sa.true()),
            order=(*rows.order, items.c.o),
            value=items.c.v,
        )
    part = sql.column(rows.scope, path, kind)
    return replace(rows, value=part.value, code=part.code)


def _unnested(array: Element, sql: Sql) -> Any:
    kind = array.type.item_type if isinstance(array.type, sa.ARRAY) else sa.Text()
    made = sa.func.unnest(array).table_valued(
        sa.column("v", kind), with_ordinality="o", joins_implicitly=True
    )
    return made.render_derived(name=f"_u{next(sql.numbers)}").lateral()


def _array(sql: Sql, part: Part) -> Many:
    if part.code is not None:
        part = sql.once(part)
    items = _unnested(part.value, sql)
    return Many(items, None, (items.c.o,), (), Frame(sql.numbers), items.c.v, guard=part.code)


def per_row(sql: Sql, rows: Many, condition: Node) -> Part:
    """The condition of one row, in the frame of the rows."""
    assert rows.scope is not None
    sql.levels.append(rows.scope)
    sql.frames.append(rows.frame)
    part = sql(condition)
    if part.code is not None:
        part = sql.once(part)
    sql.frames.pop()
    sql.levels.pop()
    return part


def filtered(sql: Sql, call: Call) -> Many:
    rows = many(sql, call.args[0])
    part = per_row(sql, rows, call.args[1])
    guard = rows.guard
    if part.code is not None:
        before = replace(rows, frame=rows.frame.snapshot())
        guard = first_code([guard, before.first_code(part.code)])
    return replace(rows, where=(*rows.where, part.value), guard=guard)


def unique(sql: Sql, node: Node) -> Many:
    """Each value once, in the order of its first place."""
    inner = many(sql, node)
    assert inner.value is not None
    array = sql.bound(inner.aggregate(collected, inner.value))
    items = _unnested(array, sql)
    numbered = (
        sa.select(items.c.v, sa.func.min(items.c.o).label("o"))
        .select_from(items)
        .group_by(items.c.v)
        .correlate_except(items)
        .lateral(f"_d{next(sql.numbers)}")
    )
    return Many(
        numbered, None, (numbered.c.o,), (), Frame(sql.numbers), numbered.c.v, guard=inner.failed
    )


def _texts(sql: Sql, inner: Node) -> Many:
    values = many(sql, inner)
    assert values.value is not None
    kind = inner.type.item if isinstance(inner.type, t.ListOf) else inner.type
    return replace(values, value=values_sql.text_value(sql, values.value, kind))


# aggregates


@dataclass(frozen=True, slots=True)
class Gathered:
    """The lists and single values of an aggregate's arguments, in order."""

    lists: list[tuple[int, Many]]
    singles: list[tuple[int, Part]]
    code: Element | None


def gather(sql: Composer, call: Call) -> Gathered:
    lists: list[tuple[int, Many]] = []
    singles: list[tuple[int, Part]] = []
    codes: list[Element | None] = []
    for index, arg in enumerate(call.args):
        if isinstance(arg.type, t.ListOf | t.Rows):
            values = many(sql, arg)  # type: ignore[arg-type]  # the one composer there is
            lists.append((index, values))
            codes.append(values.failed)
        else:
            part = sql.once(sql(arg))
            singles.append((index, part))
            codes.append(part.code)
    return Gathered(lists, singles, first_code(codes))


def guarded(sql: Composer, value: Element, code: Element | None, *, nullable: bool) -> Part:
    """The value, null where the code is not."""
    if code is None:
        return Part(value, nullable=nullable)
    code = sql.bound(code)
    return Part(sa.case((code.is_(None), value)), code)


def _zero(value: Element) -> Element:
    return sa.func.coalesce(value, number(0))


def _sum(value: Element, order: Sequence[Element]) -> Element:
    return sa.func.sum(value)


def _count(value: Element, order: Sequence[Element]) -> Element:
    return sa.func.count(value)


def _sum_of(found: Gathered) -> Element:
    sums: list[Element] = [
        _zero(values.aggregate(_sum, _value(values))) for _, values in found.lists
    ]
    sums += [_zero(part.value) for _, part in found.singles]
    total = sums[0]
    for more in sums[1:]:
        total = total + more
    return sa.type_coerce(total, sa.Numeric())


def _value(values: Many) -> Element:
    return sa.literal_column("1") if values.value is None else values.value


def _count_of(found: Gathered) -> Element:
    counts: list[Element] = [
        sa.cast(values.aggregate(_count, _value(values)), sa.Numeric()) for _, values in found.lists
    ]
    counts += [
        sa.case((part.value.is_(None), number(0)), else_=number(1)) for _, part in found.singles
    ]
    total = counts[0]
    for more in counts[1:]:
        total = total + more
    return sa.type_coerce(total, sa.Numeric())


def sum_(sql: Composer, call: Call) -> Part:
    found = gather(sql, call)
    return guarded(sql, _sum_of(found), found.code, nullable=False)


def count(sql: Composer, call: Call) -> Part:
    found = gather(sql, call)
    return guarded(sql, _count_of(found), found.code, nullable=False)


def average(sql: Composer, call: Call) -> Part:
    found = gather(sql, call)
    divide = values_sql.whole_quotient if call.type.kind == "duration" else values_sql.divide
    value = divide(sql.bound(_sum_of(found)), sql.bound(_count_of(found)))
    return guarded(sql, value, found.code, nullable=True)


def extreme(name: str) -> Callable[[Composer, Call], Part]:
    """MIN or MAX; text by code point."""

    def rule(sql: Composer, call: Call) -> Part:
        found = gather(sql, call)
        over = sa.func.min if name == "MIN" else sa.func.max
        pick = sa.func.least if name == "MIN" else sa.func.greatest
        is_text = call.type.kind == "text"
        values = [
            values.aggregate(lambda value, order: over(value), _collated(_value(values), is_text))
            for _, values in found.lists
        ]
        values += [_collated(part.value, is_text) for _, part in found.singles]
        value = values[0] if len(values) == 1 else pick(*values)
        return guarded(sql, sa.type_coerce(value, values[0].type), found.code, nullable=True)

    return rule


def _collated(value: Element, is_text: bool) -> Element:
    return sa.collate(value, "C") if is_text else value


def end(name: str) -> Callable[[Composer, Call], Part]:
    """FIRST or LAST of what is not null."""

    def rule(sql: Composer, call: Call) -> Part:
        values = many(sql, call.args[0])  # type: ignore[arg-type]  # the one composer there is
        make = _last if name == "LAST" else _first
        return guarded(sql, values.aggregate(make, _value(values)), values.failed, nullable=True)

    return rule


def any_(sql: Composer, call: Call) -> Part:
    return _truths(sql, call, deciding=True)


def all_(sql: Composer, call: Call) -> Part:
    return _truths(sql, call, deciding=False)


def _truths(sql: Any, call: Call, *, deciding: bool) -> Part:
    """ANY, ALL: nulls are counted, for bool_or forgets them."""
    rows = many(sql, call.args[0])
    part = per_row(sql, rows, call.args[1])
    guard = rows.guard
    if part.code is not None:
        guard = first_code([guard, rows.first_code(part.code)])

    def make(truth: Element, order: Sequence[Element]) -> Element:
        decided = sa.func.bool_or(truth) if deciding else sa.func.bool_and(truth)
        outcome = sa.true() if deciding else sa.false()
        unknown = sa.func.count().filter(truth.is_(None)) > sa.literal(0)
        return sa.case(
            (decided.is_(outcome), outcome),
            (unknown, sa.cast(sa.null(), sa.Boolean())),
            else_=sa.false() if deciding else sa.true(),
        )

    return guarded(sql, rows.aggregate(make, part.value), guard, nullable=True)


def contains(sql: Composer, one: Node, node: Node) -> Part:
    """IN over a list value."""
    first = sql.once(sql(one))
    values = many(sql, node)  # type: ignore[arg-type]  # the one composer there is
    code = first_code([first.code, values.failed])

    def make(value: Element, order: Sequence[Element]) -> Element:
        return sa.func.coalesce(
            sa.func.bool_or(value.is_not_distinct_from(first.value)), sa.false()
        )

    return guarded(sql, values.aggregate(make, _value(values)), code, nullable=False)


def isblank(sql: Composer, node: Node) -> Part:
    """Whether a list has no items, nulls counted as items."""
    values = many(sql, node)  # type: ignore[arg-type]  # the one composer there is
    count_all = values.aggregate(lambda value, order: sa.func.count(), _value(values))
    return guarded(sql, count_all == sa.literal(0), values.failed, nullable=False)


def array(sql: Any, node: Node) -> Part:
    """The list itself, as an array in its order, nulls among it."""
    values = many(sql, node)

    def make(value: Element, order: Sequence[Element]) -> Element:
        kind = postgresql.ARRAY(value.type)
        ordered = postgresql.aggregate_order_by(value, *order)
        made = sa.func.array_agg(ordered, type_=kind)
        return sa.func.coalesce(made, sa.cast(postgresql.array([]), kind))

    return guarded(sql, values.aggregate(make, _value(values)), values.failed, nullable=False)


def lowered_sql(sql: Composer, call: Call) -> Part:
    return sql(lowered(call))
