"""Decision tables: rows of cells over inputs, and the hit policies.

A definition is
  {"hit": policy, "inputs": [formula, ...], "rows": [[cell, ..., outcome], ...],
   "default": outcome, "outcome": kind}
with the policies first (default), unique, all, sum, min, max, count. An outcome
is a literal or "=formula". `outcome` is the kind of the literals (text, number,
boolean, date, datetime): number for sum, min and max, else text unless said.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from sanhuan.expressions import calls, cells, checker, literals, numbers, running
from sanhuan.expressions import types as t
from sanhuan.expressions.context import Context, Record
from sanhuan.expressions.errors import ErrorValue, ExpressionError, refusal
from sanhuan.expressions.names import Scope
from sanhuan.expressions.nodes import Expression, Literal, Node
from sanhuan.expressions.signature import Allowed, Arguments, Checked

POLICIES = ("first", "unique", "all", "sum", "min", "max", "count")
_NUMERIC = frozenset({"sum", "min", "max"})
_TRUE = Literal(True, t.BOOLEAN)


@dataclass(frozen=True, slots=True)
class Row:
    """What must hold for a row, and what it then gives (None: nothing given)."""

    condition: Expression
    outcome: Expression | None


@dataclass(frozen=True)
class DecisionTable:
    """A checked table. `type` is that of one outcome."""

    hit: str
    rows: tuple[Row, ...]
    default: Expression | None
    type: t.Type
    uses: frozenset[tuple[str, ...]]

    @functools.cached_property
    def run(self) -> Callable[[Record, Context], Decision]:
        """The table as a function, made at first use."""
        return _compiled(self)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a table gave: the outcome, and the numbers of the rows hit, from 1.

    With policy first only the first hit is looked for. `outcome` is a list for
    policy all, an ErrorValue for an error.
    """

    outcome: object
    hits: tuple[int, ...]


def check_table(
    definition: Mapping[str, Any],
    scope: Scope,
    *,
    language: str = "zh",
    allow: Allowed = Allowed.EVERYTHING,
) -> DecisionTable:
    """The checked table; raises ExpressionError with `where` such as `rows[2][0]`."""
    return _Reader(definition, scope, language, allow).table()


def evaluate(table: DecisionTable, record: Record, context: Context) -> Decision:
    """What the table decides for a record. Never raises."""
    return table.run(record, context)


class _Reader:
    def __init__(
        self, definition: Mapping[str, Any], scope: Scope, language: str, allow: Allowed
    ) -> None:
        self.definition = definition
        self.scope = scope
        self.language = language
        self.allow = allow
        self.hit = definition.get("hit", "first")
        if self.hit not in POLICIES:
            _refuse_shape("hit")
        self.kind = definition.get("outcome", "number" if self.hit in _NUMERIC else "text")

    def table(self) -> DecisionTable:
        inputs = [
            self.placed(f"inputs[{i}]", self.formula, text)
            for i, text in enumerate(_sequence(self.definition, "inputs"))
        ]
        rows = [
            self.row(f"rows[{i}]", row, inputs)
            for i, row in enumerate(_sequence(self.definition, "rows"))
        ]
        default = self.definition.get("default")
        given = None if default is None else self.placed("default", self.outcome, default)
        kind, outcomes = self.typed([outcome for _, outcome in rows], given)
        made = [
            Row(calls.finish(condition), None if outcome is None else calls.finish(outcome))
            for (condition, _), outcome in zip(rows, outcomes, strict=False)
        ]
        last = outcomes[-1]
        return DecisionTable(
            self.hit,
            tuple(made),
            None if last is None else calls.finish(last),
            kind,
            _uses(made, last),
        )

    def placed(self, where: str, read: Callable[[Any], Any], text: object) -> Any:
        try:
            return read(text)
        except ExpressionError as error:
            error.where = error.where or where
            raise

    def formula(self, text: object) -> Node:
        if not isinstance(text, str):
            _refuse_shape("formula")
        return checker.check(text, self.scope, language=self.language, allow=self.allow).root

    def row(self, where: str, row: object, inputs: list[Node]) -> tuple[Node, Node | None]:
        if not isinstance(row, Sequence) or isinstance(row, str):
            _refuse_shape(where)
        if len(row) not in (len(inputs), len(inputs) + 1):
            _refuse_shape(where)
        found = [
            self.placed(f"{where}[{i}]", functools.partial(self.cell, tested), text)
            for i, (tested, text) in enumerate(zip(inputs, row, strict=False))
        ]
        conditions = [condition for condition in found if condition is not None]
        outcome = row[len(inputs)] if len(row) > len(inputs) else None
        place = f"{where}[{len(inputs)}]"
        return _all(conditions), (
            None if outcome is None else self.placed(place, self.outcome, outcome)
        )

    def cell(self, tested: Node, text: object) -> Node | None:
        if not isinstance(text, str):
            _refuse_shape("cell")
        return cells.check_cell(text, tested, self.scope, language=self.language, allow=self.allow)

    def outcome(self, written: object) -> Node:
        if isinstance(written, str) and written.lstrip().startswith(("=", "＝")):
            return self.formula(written.lstrip()[1:])
        if isinstance(written, bool):
            return Literal(written, t.BOOLEAN)
        return self.literal(str(written))

    def literal(self, text: str) -> Node:
        if self.kind == "number":
            return _number(text)
        if self.kind in ("date", "datetime"):
            return literals.moment(text, (0, len(text)))
        if self.kind == "boolean":
            return self.formula(text)
        return Literal(text or None, t.TEXT)

    def typed(
        self, outcomes: list[Node | None], default: Node | None
    ) -> tuple[t.Type, list[Node | None]]:
        """The one type of all outcomes, and the outcomes of it, the default last."""
        every = [*outcomes, default]
        present = [place for place, node in enumerate(every) if node is not None]
        items = [Checked(node) for node in every if node is not None]
        arguments = Arguments("outcome", items, (0, 0), self.language)
        kind = arguments.common(range(len(items))) if items else t.NULL
        if self.hit in _NUMERIC and kind.kind not in ("number", "null"):
            literals.refuse_type(kind, ["number"], self.hit, (0, 0))
        for place, item in zip(present, arguments.items, strict=True):
            every[place] = item.node
        return kind, every


def _uses(rows: Sequence[Row], default: Node | None) -> frozenset[tuple[str, ...]]:
    found = [row.condition.uses for row in rows]
    found += [row.outcome.uses for row in rows if row.outcome is not None]
    if default is not None:
        found.append(calls.finish(default).uses)
    return frozenset().union(*found)


def _all(conditions: list[Node]) -> Node:
    if not conditions:
        return _TRUE
    return conditions[0] if len(conditions) == 1 else calls.typed_flat("AND", conditions)


def _number(text: str) -> Literal:
    value = literals.exact(text)
    if value is None:
        raise refusal("bad_literal", f"“{text[:40]}”不是数字", f"“{text[:40]}” is no number")
    return Literal(value, t.NUMBER)


def _sequence(definition: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = definition.get(key)
    if not isinstance(found, Sequence) or isinstance(found, str):
        _refuse_shape(key)
    return found


def _refuse_shape(what: str) -> NoReturn:
    raise refusal(
        "syntax",
        f"决策表的写法不对:{what[:40]}",
        f"The decision table is not well-formed: {what[:40]}",
        where=what,
    )


# running


def _compiled(table: DecisionTable) -> Callable[[Record, Context], Decision]:
    rows = [
        (
            running.compile_python(row.condition),
            None if row.outcome is None else running.compile_python(row.outcome),
        )
        for row in table.rows
    ]
    default = None if table.default is None else running.compile_python(table.default)

    def run(record: Record, context: Context) -> Decision:
        hits: list[int] = []
        for place, (condition, _) in enumerate(rows, start=1):
            truth = condition(record, context)
            if isinstance(truth, ErrorValue):
                return Decision(truth, tuple(hits))
            if truth:
                hits.append(place)
                if table.hit == "first":
                    break
        given = [rows[place - 1][1] for place in hits]
        values = [None if outcome is None else outcome(record, context) for outcome in given]
        if not hits and table.hit in ("first", "unique") and default is not None:
            values = [default(record, context)]
        return Decision(_decided(table.hit, values, len(hits)), tuple(hits))

    return run


def _decided(hit: str, values: list[object], hits: int) -> object:
    if hit == "unique" and hits > 1:
        return ErrorValue("not_unique")
    failed = next((value for value in values if isinstance(value, ErrorValue)), None)
    if failed is not None:
        return failed
    if hit == "count":
        return Decimal(hits)
    if hit == "all":
        return values
    if hit in _NUMERIC:
        return _number_of(hit, [value for value in values if isinstance(value, Decimal)])
    return values[0] if values else None


def _number_of(hit: str, found: list[Decimal]) -> object:
    if hit == "sum":
        total = sum(map(numbers.scaled, found))
        return numbers.decimal_of(total) if abs(total) < numbers.LIMIT else ErrorValue("overflow")
    return (min if hit == "min" else max)(found, default=None)
