"""Python closures: how functions are run over one record.

A closure takes an `Env` and gives a value or None; an error travels as a
`Failure`, so the leftmost error wins by the order of evaluation. Numbers are
ints of 10^-12 (`numbers`), durations ints of milliseconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Protocol

from sanhuan.expressions import limits
from sanhuan.expressions.context import Context, Record
from sanhuan.expressions.errors import Failure
from sanhuan.expressions.nodes import Call, Node


class Env:
    """One level of names: a record, the level around it, and the steps left."""

    __slots__ = ("context", "outer", "record", "steps")

    def __init__(self, record: Record, context: Context, outer: Env | None = None) -> None:
        self.record = record
        self.context = context
        self.outer = outer
        self.steps = limits.STEPS

    def charge(self, steps: int) -> None:
        """Count work whose amount depends on data; raises limit."""
        root = self
        while root.outer is not None:
            root = root.outer
        root.steps -= steps
        if root.steps < 0:
            raise Failure("limit")


Closure = Callable[[Env], Any]


class Compiler(Protocol):
    """Turns a node into its closure."""

    def __call__(self, node: Node) -> Closure: ...


PythonRule = Callable[[Compiler, Call], Closure]


def strict(function: Callable[..., Any]) -> PythonRule:
    """Null in, null out: `function` gets plain values; it may raise Failure."""

    def rule(compiler: Compiler, call: Call) -> Closure:
        return over(function, [compiler(arg) for arg in call.args])

    return rule


def over(function: Callable[..., Any], args: list[Closure]) -> Closure:
    """The closure that evaluates all arguments, then calls when none is null."""
    if len(args) == 1:
        return _unary(function, args[0])
    if len(args) == 2:
        return _binary(function, args[0], args[1])

    def run(env: Env) -> Any:
        values = [arg(env) for arg in args]
        if None in values:
            return None
        return function(*values)

    return run


def _unary(function: Callable[..., Any], arg: Closure) -> Closure:
    def run(env: Env) -> Any:
        value = arg(env)
        return None if value is None else function(value)

    return run


def _binary(function: Callable[..., Any], left: Closure, right: Closure) -> Closure:
    def run(env: Env) -> Any:
        a = left(env)
        b = right(env)
        return None if a is None or b is None else function(a, b)

    return run


def lenient(function: Callable[..., Any]) -> PythonRule:
    """`function` gets the values as they are, None among them."""

    def rule(compiler: Compiler, call: Call) -> Closure:
        args = [compiler(arg) for arg in call.args]
        return lambda env: function(*[arg(env) for arg in args])

    return rule


def zoned(function: Callable[..., Any]) -> PythonRule:
    """Like strict; `function` gets the workspace's zone first."""

    def rule(compiler: Compiler, call: Call) -> Closure:
        args = [compiler(arg) for arg in call.args]

        def run(env: Env) -> Any:
            values = [arg(env) for arg in args]
            return None if None in values else function(env.context.zone, *values)

        return run

    return rule


def is_instant(value: object) -> bool:
    """Whether a value is a datetime rather than a date."""
    return isinstance(value, dt.datetime)


def limited(text: str) -> str | None:
    """A text result: empty is null; raises limit beyond 100,000 code points."""
    if len(text) > limits.TEXT_POINTS:
        raise Failure("limit")
    return text or None
