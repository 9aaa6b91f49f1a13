"""Conditions in SQL where only TRUE counts: filters and row policies.

Where it is the same for this purpose, a form is taken that an index can serve:
plain `=` and `<` beside literals, LIKE, `= ANY(array)`, half-open ranges of
instants for days. An error is not TRUE.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sanhuan.expressions import moments, nodes, numbers, windows
from sanhuan.expressions import types as t
from sanhuan.expressions.compose import Sql, begin
from sanhuan.expressions.context import Context
from sanhuan.expressions.errors import ErrorValue, refusal
from sanhuan.expressions.functions import values_sql
from sanhuan.expressions.nodes import Call, Expression, Literal, Node
from sanhuan.expressions.parts import UNKNOWN, Element, Part, SqlScope, Truth, inverse

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_INSTANT = sa.DateTime(timezone=True)


def condition_sql(expression: Expression, scope: SqlScope, context: Context) -> Truth:
    """What holds exactly for the rows where the expression is TRUE.

    Raises `type_mismatch` for what is no condition, and as `compile_sql`.
    """
    if expression.type.kind != "boolean":
        raise refusal("type_mismatch", "条件必须是“是/否”", "A condition must be true or false")
    sql = begin(expression, scope, context, fold=True)
    return _Conditions(sql).true(expression.root)


Rule = Callable[["_Conditions", Call], "Truth | None"]
"""Composes a call; None where it has no better form than its value."""


class _Conditions:
    """Composes truths over one composer."""

    def __init__(self, sql: Sql) -> None:
        self.sql = sql

    def true(self, node: Node) -> Truth:
        """What is TRUE where the node is, and FALSE or null elsewhere."""
        known = self.sql.known(node)
        if known is not UNKNOWN:
            return sa.true() if known is True else sa.false()
        if isinstance(node, Call) and node.name in ("AND", "OR"):
            combine = sa.and_ if node.name == "AND" else sa.or_
            return combine(*(self.true(arg) for arg in node.args))
        return self.apart(node, _TRUE, lambda value: value)

    def false(self, node: Node) -> Truth:
        """What is TRUE where the node is FALSE (not unknown, not in error)."""
        return self.apart(node, _FALSE, inverse)

    def apart(self, node: Node, rules: Mapping[str, Rule], last: Callable[[Truth], Truth]) -> Truth:
        """By the rule of the node's function, else by its own value (null on error).

        With bindings of its own: what has to bind does not hide its neighbours from indexes.
        """
        own = _Conditions(self.sql.fresh())
        found = (
            rules[node.name](own, node) if isinstance(node, Call) and node.name in rules else None
        )
        if found is None:
            own = _Conditions(self.sql.fresh())
            found = last(own.sql(node).value)
        return own.sql.whole(found)

    def negation(self, node: Call) -> Truth:
        return self.false(node.args[0])

    def ifblank(self, node: Call) -> Truth | None:
        """IFBLANK(condition, FALSE): the condition itself."""
        return self.true(node.args[0]) if self.is_two_valued(node) else None

    def not_ifblank(self, node: Call) -> Truth | None:
        """NOT IFBLANK(condition, FALSE): not TRUE, and not in error."""
        if not self.is_two_valued(node):
            return None
        inner = node.args[0]
        if self.may_fail(inner):
            part = self.sql.once(self.sql(inner))
            return (
                sa.and_(part.code.is_(None), part.value.is_not(sa.true()))
                if (part.code is not None)
                else part.value.is_not(sa.true())
            )
        return self.true(inner).is_not(sa.true())

    def may_fail(self, node: Node) -> bool:
        """Whether the node can be in error; composed apart, so that no binding stays."""
        return self.sql.fresh()(node).code is not None

    def is_two_valued(self, node: Call) -> bool:
        return len(node.args) == 2 and self.sql.known(node.args[1]) is False

    def equal(self, node: Call) -> Truth | None:
        left, right = node.args
        found = self.day_range("=", left, right)
        if found is not None:
            return found
        for one, other in ((left, right), (right, left)):
            if self.sql.known(other) is None:
                part = self.sql(one)
                return part.value.is_(None) if part.code is None else None
        whole = self.whole_number("=", left, right)
        if whole is not None:
            return whole
        a, b = self.sql(left), self.sql(right)
        return a.value == b.value if not (a.nullable and b.nullable) else None

    def unequal(self, node: Call) -> Truth | None:
        found = self.day_range("=", *node.args)
        if found is None:
            return None
        return found.is_not(sa.true())

    def ordered(self, node: Call) -> Truth | None:
        left, right = node.args
        found = self.day_range(node.name, left, right)
        return self.whole_number(node.name, left, right) if found is None else found

    def whole_number(self, sign: str, left: Node, right: Node) -> Truth | None:
        """An integer column beside a known whole number, compared as integers: indexes serve."""
        column, known = self.integer_column(left), self.sql.known(right)
        if column is None:
            column, known, sign = self.integer_column(right), self.sql.known(left), _FLIPPED[sign]
        if column is None or type(known) is not int:
            return None
        value = self.integer(known, left.type)
        if value is None:
            return None
        return sa.type_coerce(column.op(sign, is_comparison=True)(value), sa.Boolean())

    def integer_column(self, node: Node) -> Element | None:
        """The column of an integer field that cannot be in error."""
        if not isinstance(node, nodes.Field) or node.type.kind not in ("number", "duration"):
            return None
        scope = self.sql.scope(node.up)
        if scope.error(node.path) is not None:
            return None
        column = scope.column(node.path)
        return column if isinstance(column.type, sa.Integer) else None

    def integer(self, known: int, kind: t.Type) -> Element | None:
        """The inner value as a bound bigint; None when it is no whole number of that size."""
        whole, rest = (known, 0) if kind.kind == "duration" else divmod(known, numbers.ONE)
        if rest or not -(2**63) <= whole < 2**63:
            return None
        return sa.literal(whole, sa.BigInteger())

    def member(self, node: Call) -> Truth | None:
        """IN over bound literals: one array."""
        first, *items = node.args
        if isinstance(items[0].type, t.ListOf):
            return self.array_member(node) if len(items) == 1 else None
        known = [self.sql.known(item) for item in items]
        if any(value is UNKNOWN or isinstance(value, ErrorValue) for value in known):
            return None
        days = self.days_in(first, known)
        if days is not None:
            return days
        integers = self.integers_in(first, known)
        if integers is not None:
            return integers
        part = self.sql(first)
        if part.code is not None and None in known:
            return None
        values = [self.sql.outer(value, first.type) for value in known if value is not None]
        tests: list[Truth] = []
        if values:
            array = sa.literal(values, self.sql.type(t.ListOf(first.type)))
            tests.append(values_sql.any_of_array(part.value, array))
        if None in known:
            tests.append(part.value.is_(None))
        return sa.or_(*tests) if len(tests) > 1 else tests[0]

    def integers_in(self, first: Node, known: list[Any]) -> Truth | None:
        """An integer column among whole numbers."""
        column = self.integer_column(first)
        if column is None or None in known:
            return None
        found = [self.integer(value, first.type) for value in known]
        wanted = [value.value for value in found if isinstance(value, sa.BindParameter)]
        if len(wanted) < len(known):
            return None
        array = sa.literal(wanted, postgresql.ARRAY(sa.BigInteger()))
        return values_sql.any_of_array(column, array)

    def days_in(self, first: Node, known: list[Any]) -> Truth | None:
        """Days of an instant: a range each."""
        instant = _day_of_instant(first)
        if instant is None or None in known:
            return None
        return sa.or_(*(self.range_of(instant, day, day) for day in known))

    def array_member(self, node: Call) -> Truth | None:
        """A literal in an array column: containment, which GIN indexes serve."""
        first, column = node.args
        value = self.sql.known(first)
        if value is UNKNOWN or value is None or isinstance(value, ErrorValue):
            return None
        if not isinstance(column, nodes.Field):
            return None
        part = self.sql(column)
        wanted = sa.literal([self.sql.outer(value, first.type)], self.sql.type(column.type))
        return sa.type_coerce(part.value.op("@>", is_comparison=True)(wanted), sa.Boolean())

    def between(self, node: Call) -> Truth | None:
        one, low, high = node.args
        above, below = self.day_range(">=", one, low), self.day_range("<=", one, high)
        if above is not None and below is not None:
            return sa.and_(above, below)
        least, most = self.whole_number(">=", one, low), self.whole_number("<=", one, high)
        if least is not None and most is not None:
            return sa.and_(least, most)
        parts = [self.sql(arg) for arg in node.args]
        if any(part.code is not None for part in parts):
            return None
        kind = one.type
        return sa.and_(
            values_sql.compared(">=", parts[0].value, parts[1].value, kind),
            values_sql.compared("<=", parts[0].value, parts[2].value, kind),
        )

    def within(self, node: Call) -> Truth | None:
        value, _ = node.args
        first, last = windows.days(nodes.word(node, 1), self.sql.context.today)
        if value.type.kind == "datetime":
            return self.range_of(value, first, last)
        part = self.sql(value)
        return part.value.between(sa.literal(first, sa.Date()), sa.literal(last, sa.Date()))

    def day_range(self, sign: str, left: Node, right: Node) -> Truth | None:
        """TODATE(instant) beside a known day: a half-open range of instants."""
        instant, day = _day_of_instant(left), self.sql.known(right)
        if instant is None:
            instant, day, sign = _day_of_instant(right), self.sql.known(left), _FLIPPED[sign]
        if instant is None or not isinstance(day, dt.date):
            return None
        if sign == "=":
            return self.range_of(instant, day, day)
        value = self.sql(instant).value
        edge = _next(day) if sign in ("<=", ">") else day
        if edge is None:
            return value.is_not(None) if sign == "<=" else sa.false()
        bound = self.instant(edge)
        return value < bound if sign in ("<", "<=") else value >= bound

    def range_of(self, instant: Node, first: dt.date, last: dt.date) -> Truth:
        """An instant from the start of `first` to the end of `last`."""
        value = self.sql(instant).value
        after = _next(last)
        start = value >= self.instant(first)
        return start if after is None else sa.and_(start, value < self.instant(after))

    def instant(self, day: dt.date) -> Element:
        return sa.literal(moments.first_instant(day, self.sql.context.zone), _INSTANT)

    def holding(self, node: Call) -> Truth | None:
        """CONTAINS and its kin beside a written text: LIKE alone."""
        whole, part = node.args
        sought = self.sql.known(part)
        if not isinstance(sought, str):
            return None
        found: Part = self.sql(whole)
        pattern = values_sql.like_pattern(sought)
        before = "" if node.name == "BEGINS" else "%"
        after = "" if node.name == "ENDS" else "%"
        return found.value.like(f"{before}{pattern}{after}")


_TRUE: dict[str, Rule] = {
    "NOT": _Conditions.negation,
    "IFBLANK": _Conditions.ifblank,
    "=": _Conditions.equal,
    "<>": _Conditions.unequal,
    "<": _Conditions.ordered,
    "<=": _Conditions.ordered,
    ">": _Conditions.ordered,
    ">=": _Conditions.ordered,
    "IN": _Conditions.member,
    "BETWEEN": _Conditions.between,
    "WITHIN": _Conditions.within,
    "CONTAINS": _Conditions.holding,
    "BEGINS": _Conditions.holding,
    "ENDS": _Conditions.holding,
}
_FALSE: dict[str, Rule] = {
    "NOT": lambda conditions, node: conditions.true(node.args[0]),
    "IFBLANK": _Conditions.not_ifblank,
}


def _day_of_instant(node: Node) -> Node | None:
    """The instant whose day the node is."""
    if isinstance(node, Call) and node.name == "TODATE" and node.args[0].type.kind == "datetime":
        return None if isinstance(node.args[0], Literal) else node.args[0]
    return None


def _next(day: dt.date) -> dt.date | None:
    """The day after, None after the last one."""
    return None if day >= moments.LAST_DAY else day + dt.timedelta(days=1)
