"""Running a checked expression over one record, in Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sanhuan.expressions import functions, limits, moments, nodes, numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import Closure, Env
from sanhuan.expressions.context import Context, Record
from sanhuan.expressions.errors import ErrorValue, Failure
from sanhuan.expressions.functions.logic import checked_size
from sanhuan.expressions.nodes import Call, Expression, Literal, Node

_MILLISECOND = dt.timedelta(milliseconds=1)


def compile_python(expression: Expression) -> Callable[[Record, Context], object | ErrorValue]:
    """The function from a record and a context to a value, None or an ErrorValue.

    Results: Decimal, str, bool, date, datetime in UTC, whole milliseconds for a
    duration, keys and ids as str, a list of these for lists. Never raises for
    any value that a record may hold.
    """
    run = closure(expression.root)
    outward = _outward(expression.type)

    def evaluate(record: Record, context: Context) -> object | ErrorValue:
        try:
            value = run(Env(record, context))
            return None if value is None else outward(value)
        except Failure as failure:
            return ErrorValue(failure.code)

    return evaluate


def closure(node: Node) -> Closure:
    """The closure of a node."""
    match node:
        case Literal():
            return _literal(node)
        case nodes.Field():
            return _field(node)
        case nodes.Me():
            return _me(node)
        case nodes.Lines():
            return _lines(node)
        case nodes.Column():
            return _column(node)
        case Call():
            return functions.FUNCTIONS[node.name].python(closure, node)


def _literal(node: Literal) -> Closure:
    value = node.value
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        wall = value
        return lambda env: moments.instant(wall, env.context.zone)
    inner = numbers.scaled(value) if isinstance(value, Decimal) else value
    return lambda env: inner


def _field(node: nodes.Field) -> Closure:
    path, up = node.path, node.up
    inward = inward_of(node.type)
    if up == 0:
        return lambda env: inward(env.record.get(path))

    def outer(env: Env) -> Any:
        for _ in range(up):
            assert env.outer is not None
            env = env.outer
        return inward(env.record.get(path))

    return outer


def _me(node: nodes.Me) -> Closure:
    path = node.path
    if not path:
        return lambda env: env.context.me
    inward = inward_of(node.type)
    empty: Any = [] if isinstance(node.type, t.ListOf) else None
    return lambda env: empty if env.context.person is None else inward(env.context.person.get(path))


def _lines(node: nodes.Lines) -> Closure:
    path, up = node.path, node.up
    if node.source is not None:
        source = closure(node.source)

        def flattened(env: Env) -> Sequence[Any]:
            found: list[Any] = []
            for record in source(env):
                found.extend(_rows(record.get(path)))
            return _limited(env, found)

        return flattened

    def run(env: Env) -> Sequence[Any]:
        level = env
        for _ in range(up):
            assert level.outer is not None
            level = level.outer
        return _limited(env, _rows(level.record.get(path)))

    return run


def _rows(value: Any) -> Sequence[Any]:
    if isinstance(value, ErrorValue):
        raise Failure("depends_on_error")
    return value or ()


def _limited(env: Env, rows: Sequence[Any]) -> Sequence[Any]:
    if len(rows) > limits.LIST_ITEMS:
        raise Failure("limit")
    env.charge(len(rows))
    return rows


def _column(node: nodes.Column) -> Closure:
    rows, path = closure(node.rows), node.path
    one = inward_of(node.type.item)

    def run(env: Env) -> list[Any]:
        found: list[Any] = []
        for record in rows(env):
            value = record.get(path)
            if isinstance(value, list | tuple):
                found.extend(one(item) for item in value)
            else:
                found.append(one(value))
        return found

    return run


def inward_of(kind: t.Type) -> Callable[[Any], Any]:
    """From a record's value to the evaluator's; raises depends_on_error."""
    if isinstance(kind, t.ListOf):
        one = inward_of(kind.item)
        return lambda values: [one(value) for value in _rows(values)]
    return _INWARD.get(kind.kind, _plain)


def _plain(value: Any) -> Any:
    if type(value) is ErrorValue:
        raise Failure("depends_on_error")
    return value


def _text(value: Any) -> Any:
    if type(value) is ErrorValue:
        raise Failure("depends_on_error")
    return value or None


def _number(value: Any) -> Any:
    if value is None:
        return None
    if type(value) is ErrorValue:
        raise Failure("depends_on_error")
    return numbers.scaled(value)


def _duration(value: Any) -> Any:
    if type(value) is ErrorValue:
        raise Failure("depends_on_error")
    return value // _MILLISECOND if isinstance(value, dt.timedelta) else value


_INWARD: dict[str, Callable[[Any], Any]] = {
    "number": _number,
    "text": _text,
    "duration": _duration,
}


def _outward(kind: t.Type) -> Callable[[Any], Any]:
    """From the evaluator's value to the result; raises overflow."""
    if isinstance(kind, t.ListOf):
        one = _outward(kind.item)
        return lambda values: [None if value is None else one(value) for value in values]
    if kind.kind == "number":
        return lambda number: numbers.decimal_of(numbers.within(number))
    if isinstance(kind, t.Rows):
        return list
    check: Callable[[Any], Any] = checked_size(kind)
    return check
