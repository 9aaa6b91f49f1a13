"""Running a checked expression over sets, in SQL through SQLAlchemy Core.

Every literal is bound and only columns of the scope are named. Parts that read
no record (TODAY, ME, constants) are computed first and bound as literals.
"""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sanhuan.expressions import functions, limits, nodes, numbers, running
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import Env
from sanhuan.expressions.context import Context
from sanhuan.expressions.errors import ErrorValue, Failure, refusal
from sanhuan.expressions.functions import lists_sql
from sanhuan.expressions.nodes import Call, Expression, Literal, Node
from sanhuan.expressions.parts import (
    UNKNOWN,
    Element,
    Frame,
    Part,
    SqlScope,
    counter,
    first_code,
    inverse,
    is_simple,
    text,
)

SQL_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "number": sa.Numeric(),
    "duration": sa.Numeric(),
    "text": sa.Text(),
    "choice": sa.Text(),
    "null": sa.Text(),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "datetime": sa.DateTime(timezone=True),
}


@dataclass(frozen=True, slots=True)
class SqlResult:
    """The SQL of an expression. `code` is the error code, None when it cannot fail.

    `row` is a select of one row with columns `value` and `code` (null when it cannot
    fail), for statements that need both: joined by `.lateral()` they are computed once.
    """

    value: Element
    code: Element | None
    row: sa.Select[Any]


class _NoRecord:
    """Stands for the record while constants are computed; they never read it."""

    def get(self, path: tuple[str, ...]) -> object:
        raise AssertionError(path)


class Sql:
    """Composes one expression. `fold` computes what reads no record beforehand."""

    def __init__(self, scope: SqlScope, context: Context, root: Node, *, fold: bool = True) -> None:
        self.context = context
        self.levels: list[SqlScope] = [scope]
        self.numbers = counter()
        self.frames: list[Frame] = [Frame(self.numbers)]
        self.fold = fold
        self.id_type = _id_type(root, scope)
        # By identity; the node is kept, for else its id could come back.
        self._constant: dict[int, tuple[Node, bool]] = {}

    def __call__(self, node: Node) -> Part:
        if self.fold and not isinstance(node, Literal) and self.is_constant(node):
            return self.constant(node)
        match node:
            case Literal():
                return self.constant(node)
            case nodes.Field():
                return self.field(node)
            case nodes.Me():
                return self.constant(node)
            case Call():
                rule = functions.FUNCTIONS[node.name].sql
                if rule is None:
                    self.refuse_call(node)
                return rule(self, node)
        raise AssertionError(node)  # lists are composed by the functions over them

    def refuse_call(self, node: Call) -> NoReturn:
        raise refusal(
            "not_allowed",
            f"{node.name} 还不能用在筛选和批量计算里",
            f"{node.name} cannot be used in filters and over sets yet",
        )

    def fresh(self) -> Sql:
        """A composer for a part of the same expression, with bindings of its own."""
        made = copy.copy(self)
        made.frames = [Frame(self.numbers)]
        return made

    # constants

    def is_constant(self, node: Node) -> bool:
        kept = self._constant.get(id(node))
        if kept is not None:
            return kept[1]
        found = not isinstance(node, nodes.Field | nodes.Lines) and all(
            map(self.is_constant, nodes.children(node))
        )
        self._constant[id(node)] = node, found
        return found

    def known(self, node: Node) -> Any:
        if not (isinstance(node, Literal) or (self.fold and self.is_constant(node))):
            return UNKNOWN
        try:
            return running.closure(node)(Env(_NoRecord(), self.context))
        except Failure as failure:
            return ErrorValue(failure.code)

    def constant(self, node: Node) -> Part:
        try:
            value = running.closure(node)(Env(_NoRecord(), self.context))
        except Failure as failure:
            return Part(sa.cast(sa.null(), self.type(node.type)), text(failure.code))
        if value is None:
            return Part(sa.cast(sa.null(), self.type(node.type)))
        return Part(self.literal(value, node.type), nullable=False)

    def literal(self, value: Any, kind: t.Type) -> Element:
        """A bound literal of an inner value."""
        if isinstance(value, bool):
            return sa.true() if value else sa.false()
        return sa.literal(self.outer(value, kind), self.type(kind))

    def outer(self, value: Any, kind: t.Type) -> Any:
        """What is bound for an inner value."""
        if isinstance(kind, t.ListOf):
            return [self.outer(item, kind.item) for item in value]
        if kind.kind == "number":
            return numbers.decimal_of(value)
        if kind.kind == "duration":
            return Decimal(value)
        if isinstance(kind, t.Reference) and isinstance(self.id_type, sa.Uuid):
            return _uuid(value, self.id_type)
        return value

    def type(self, kind: t.Type) -> sa.types.TypeEngine[Any]:
        """The SQL type of values of that type."""
        if isinstance(kind, t.ListOf):
            return postgresql.ARRAY(self.type(kind.item))
        if isinstance(kind, t.Reference):
            return self.id_type
        return SQL_TYPES[kind.kind]

    # fields

    def scope(self, up: int) -> SqlScope:
        return self.levels[-1 - up]

    def field(self, node: nodes.Field) -> Part:
        return self.column(self.scope(node.up), node.path, node.type)

    def column(self, scope: SqlScope, path: tuple[str, ...], kind: t.Type) -> Part:
        """The value of a column and, for a stored formula, whether it is in error."""
        value = scope.column(path)
        if kind.kind in ("number", "duration") and isinstance(value.type, sa.Integer):
            value = sa.cast(value, sa.Numeric())  # sums of integers would overflow
        error = scope.error(path)
        if error is None:
            return Part(value)
        failed = sa.case((error, text("depends_on_error")))
        return Part(sa.case((error, sa.null()), else_=value), failed)

    # bindings

    def bound(self, element: Element) -> Element:
        return element if is_simple(element) else self.frames[-1].bind(element)

    def once(self, part: Part) -> Part:
        code = None if part.code is None else self.bound(part.code)
        return Part(self.bound(part.value), code, part.nullable)

    def sized(self, part: Part, kind: t.Type) -> Part:
        if kind.kind not in ("number", "duration"):
            return part
        limit = Decimal(10) ** 26 if kind.kind == "number" else Decimal(numbers.DURATION_LIMIT)
        part = self.once(part)
        too_large = sa.func.abs(part.value) >= sa.literal(limit, sa.Numeric())
        own = sa.case((too_large, text("overflow")))
        value = sa.case((inverse(too_large), part.value))
        return Part(value, first_code([part.code, own]), part.nullable)

    # the whole

    def finished(self, part: Part) -> SqlResult:
        """The result over the bindings made so far."""
        code = None if part.code is None else self.whole(part.code)
        failed = sa.cast(sa.null(), sa.Text()) if part.code is None else part.code
        row = self.frames[0].select([("value", part.value), ("code", failed)])
        return SqlResult(self.whole(part.value), code, row)

    def whole(self, element: Element) -> Element:
        frame = self.frames[0]
        if not frame.layers:
            return element
        return frame.select([("v", element)]).scalar_subquery()


def _uuid(value: str, kind: sa.Uuid[Any]) -> Any:
    try:
        made = uuid.UUID(value)
    except ValueError:
        made = uuid.UUID(int=0)  # equals no id
    return made if kind.as_uuid else str(made)


def _id_type(root: Node, scope: SqlScope) -> sa.types.TypeEngine[Any]:
    if not any(isinstance(node.type, t.Reference) for node in nodes.walk(root)):
        return sa.Text()
    for node in nodes.walk(root):
        if isinstance(node, nodes.Field) and isinstance(node.type, t.Reference) and not node.up:
            try:
                return scope.column(node.path).type
            except LookupError:
                continue  # a field of a row, not of the record
    return sa.Text()


def compile_sql(
    expression: Expression, scope: SqlScope, context: Context, *, fold: bool = True
) -> SqlResult:
    """The value of an expression and its error code over the rows of a statement.

    Value: numeric, text, boolean, date, timestamptz, bigint milliseconds, key or id;
    null on error. Raises `limit` beyond 300 nodes, `not_allowed` for functions
    that SQL does not have.
    """
    sql = begin(expression, scope, context, fold=fold)
    if isinstance(expression.type, t.ListOf):
        return sql.finished(lists_sql.array(sql, expression.root))
    part = sql(expression.root)
    if not is_small(expression.root):
        part = sql.sized(part, expression.type)
    if expression.type.kind == "duration":
        part = Part(sa.cast(part.value, sa.BigInteger()), part.code, part.nullable)
    return sql.finished(part)


_SMALL = frozenset(
    [
        "LEN",
        "FIND",
        "COUNT",
        "COUNTIF",
        "YEAR",
        "QUARTER",
        "MONTH",
        "DAY",
        "ISOWEEK",
        "WEEKDAY",
        "HOUR",
        "MINUTE",
        "DATEDIF",
        "SIGN",
        "CHOICEINDEX",
        "NUMBER",
    ]
)
_KEEPING = frozenset(
    [
        "IF",
        "IFS",
        "IFBLANK",
        "ABS",
        "neg",
        "@minus",
        "%",
        "FIRST",
        "LAST",
        "MIN",
        "MAX",
        "MINIF",
        "MAXIF",
    ]
)
"""Functions whose number is no larger than one of their arguments."""


def is_small(node: Node) -> bool:
    """Whether a number is known to be in range, so that nothing has to check its size."""
    if isinstance(node, Call) and node.type.kind == "number":
        if node.name in _SMALL:
            return True
        if node.name in _KEEPING:
            return all(map(is_small, node.args))
        return node.name == "-" and node.args[0].type.kind == "date"
    if isinstance(node, nodes.Column | nodes.Lines):
        return True
    return not isinstance(node, Call) or node.type.kind not in ("number", "duration", "list")


def begin(expression: Expression, scope: SqlScope, context: Context, *, fold: bool) -> Sql:
    """The composer of an expression that is small enough for SQL; raises limit."""
    if nodes.size(expression.root) > limits.SQL_NODES:
        raise refusal(
            "limit",
            f"公式超过 {limits.SQL_NODES} 个部分,不能用在筛选里",
            f"A formula of more than {limits.SQL_NODES} parts cannot be used in filters",
        )
    return Sql(scope, context, expression.root, fold=fold)
