"""Filters (React Query Builder's JSON) -> the same checked tree as formulas.

Filters are two-valued: `!=`, `notIn`, `doesNotContain` and `not` include empty.
A date compared with a datetime field means the day of the workspace. Values may
be `{"relative": window}` (windows.FIXED, last_N_days, next_N_days) for dates and
`{"me": true}` for users.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from sanhuan.expressions import calls, limits, literals, moments, nodes, paths, windows
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import ExpressionError, Failure, refusal
from sanhuan.expressions.names import Scope
from sanhuan.expressions.nodes import Call, Expression, Literal, Node

OPERATORS = (
    "=", "!=", "<", "<=", ">", ">=", "contains", "doesNotContain", "beginsWith", "endsWith",
    "in", "notIn", "between", "null", "notNull",
)  # fmt: skip
_FALSE = Literal(False, t.BOOLEAN)
_GROUP_KEYS = frozenset({"combinator", "not", "rules", "id"})
_RULE_KEYS = frozenset({"field", "operator", "value", "id", "valueSource"})
_NEGATIVE = {"!=": "=", "notIn": "in", "doesNotContain": "contains", "notNull": "null"}


def from_filter(filter: Mapping[str, object], scope: Scope) -> Expression:  # noqa: A002 - the API's word
    """The condition that a filter means; an empty group is TRUE.

    Fields are paths of API names (`account.city`). Raises ExpressionError, whose
    `where` is the place of the rule (`rules[0].rules[2]`).
    """
    return calls.finish(_Reader(scope).group(filter, "", 1))


class _Reader:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.rules = 0

    def group(self, data: Mapping[str, object], where: str, level: int) -> Node:
        if level > limits.FILTER_LEVELS:
            raise _refusal(
                "limit",
                where,
                f"筛选超过 {limits.FILTER_LEVELS} 层",
                f"The filter is more than {limits.FILTER_LEVELS} levels deep",
            )
        _refuse_other_keys(data, _GROUP_KEYS, where)
        rules, combinator = data.get("rules"), data.get("combinator", "and")
        if not isinstance(rules, Sequence) or isinstance(rules, str):
            _refuse_shape(where, "rules")
        if combinator not in ("and", "or"):
            _refuse_shape(where, "combinator")
        parts = [
            self.part(rule, f"{where}.rules[{i}]".lstrip("."), level)
            for i, rule in enumerate(rules)
        ]
        node = _joined(str(combinator).upper(), parts)
        return _opposite(node) if self.negated(data, where) else node

    def negated(self, data: Mapping[str, object], where: str) -> bool:
        value = data.get("not", False)
        if not isinstance(value, bool):
            _refuse_shape(where, "not")
        return value

    def part(self, data: object, where: str, level: int) -> Node:
        if not isinstance(data, Mapping):
            _refuse_shape(where, "rule")
        if "rules" in data:
            return self.group(data, where, level + 1)
        self.rules += 1
        if self.rules > limits.FILTER_RULES:
            raise _refusal(
                "limit",
                where,
                f"筛选超过 {limits.FILTER_RULES} 个条件",
                f"The filter has more than {limits.FILTER_RULES} rules",
            )
        return self.rule(data, where)

    def rule(self, data: Mapping[str, object], where: str) -> Node:
        _refuse_other_keys(data, _RULE_KEYS, where)
        path, operator = data.get("field"), data.get("operator")
        if not isinstance(path, str):
            _refuse_shape(where, "field")
        if operator not in OPERATORS or data.get("valueSource", "value") != "value":
            _refuse_shape(where, "operator")
        field = self.field(path, where)
        return _Rule(field, str(operator), data.get("value"), where).node()

    def field(self, path: str, where: str) -> Node:
        reader = paths.PathReader(self.scope)
        node: Node | None = None
        for step in path.split("."):
            node = reader.step(node, step, where)
        assert node is not None
        return node


class _Rule:
    """One rule over one field: operator and value as a condition."""

    def __init__(self, field: Node, operator: str, value: object, where: str) -> None:
        self.field = field
        self.operator = operator
        self.value = value
        self.where = where
        self.is_list = isinstance(field.type, t.ListOf)
        self.type = field.type.item if isinstance(field.type, t.ListOf) else field.type

    def node(self) -> Node:
        positive = _NEGATIVE.get(self.operator)
        if positive is not None:
            return _opposite(_Rule(self.field, positive, self.value, self.where).node())
        if self.operator == "null":
            return _call("ISBLANK", self.field)
        if self.type.kind in ("opaque", "rows"):
            raise self.wrong_operator()
        if self.is_list:
            return self.over_list()
        return _READERS.get(self.operator, _Rule.order)(self)

    def wrong_operator(self) -> ExpressionError:
        return _refusal(
            "type_mismatch",
            self.where,
            f"{t.NAMES[self.field.type.kind]['zh']}不能用 {self.operator}",
            f"{t.NAMES[self.field.type.kind]['en']} has no {self.operator}",
        )

    def over_list(self) -> Node:
        if self.operator in ("=", "contains"):
            return _call("IN", self.read(self.value), self.field)
        if self.operator == "in":
            items = [_call("IN", self.read(item), self.field) for item in self.items()]
            return _joined("OR", items)
        raise self.wrong_operator()

    def equal(self) -> Node:
        if window := self.relative(self.value):
            return _call("WITHIN", self.field, window)
        value = self.read(self.value)
        return _call("=", self.beside(value), value)

    def inside(self) -> Node:
        if self.operator == "in" and any(self.relative(item) for item in self.items()):
            equals = [_Rule(self.field, "=", item, self.where).node() for item in self.items()]
            return _joined("OR", equals)
        values = [self.read(item) for item in self.items()]
        if not values:
            return _FALSE
        days = [value for value in values if value.type != self.type]
        if days and len(days) != len(values):
            self.refuse_value(self.value)
        return _call("IN", self.beside(values[0]), *values)

    def order(self) -> Node:
        if self.type.kind not in ("number", "text", "date", "datetime", "duration"):
            raise self.wrong_operator()
        if window := self.relative(self.value):
            return self.beside_window(str(window.value))
        value = self.read(self.value, needed=True)
        return _call(self.operator, self.beside(value), value)

    def beside_window(self, key: str) -> Node:
        start, after = _bounds(key)
        field = self.day()
        if self.operator in ("<", ">="):
            return _call(self.operator, field, start)
        return _call(">=" if self.operator == ">" else "<", field, after)

    def between(self) -> Node:
        if self.type.kind not in ("number", "text", "date", "datetime", "duration"):
            raise self.wrong_operator()
        items = self.items()
        if len(items) != 2:
            self.refuse_value(self.value)
        if any(self.relative(item) for item in items):
            low = _Rule(self.field, ">=", items[0], self.where).node()
            return _joined("AND", [low, _Rule(self.field, "<=", items[1], self.where).node()])
        low, high = (self.read(item, needed=True) for item in items)
        if low.type != high.type:
            self.refuse_value(self.value)
        return _call("BETWEEN", self.beside(low), low, high)

    def text_test(self) -> Node:
        if self.type.kind != "text":
            raise self.wrong_operator()
        name = {"contains": "CONTAINS", "beginsWith": "BEGINS", "endsWith": "ENDS"}[self.operator]
        return _call(name, self.field, self.read(self.value, needed=True))

    # values

    def items(self) -> Sequence[object]:
        value = self.value
        if isinstance(value, str):
            return [item.strip() for item in value.split(",") if item.strip()]
        if not isinstance(value, Sequence):
            self.refuse_value(value)
        if len(value) > limits.LIST_ITEMS:
            raise _refusal("limit", self.where, "列表太长", "The list is too long")
        return value

    def relative(self, value: object) -> Literal | None:
        if not isinstance(value, Mapping) or "relative" not in value:
            return None
        key = value["relative"]
        if self.type.kind not in ("date", "datetime"):
            self.refuse_value(value)
        if not isinstance(key, str) or len(value) != 1 or windows.find(key) != key:
            self.refuse_value(value)
        return Literal(key, t.TEXT)

    def day(self) -> Node:
        """The field as a day."""
        return _call("TODATE", self.field) if self.type.kind == "datetime" else self.field

    def beside(self, value: Node) -> Node:
        """The field in the form that compares with the value: a day with a day."""
        if self.type.kind == "datetime" and value.type.kind == "date":
            return self.day()
        return self.field

    def read(self, value: object, *, needed: bool = False) -> Node:
        """The literal for a JSON value, by the field's type."""
        if value is None or value == "":
            if needed:
                self.refuse_value(value)
            return Literal(None, self.type)
        if isinstance(value, Mapping):
            return self.me(value)
        return self.literal(value)

    def me(self, value: Mapping[Any, Any]) -> Node:
        if dict(value) != {"me": True} or not isinstance(self.type, t.Reference):
            self.refuse_value(value)
        if self.type.object != "user":
            self.refuse_value(value)
        return nodes.Me((), t.USER)

    def literal(self, value: object) -> Node:
        kind = self.type
        if isinstance(kind, t.Choice) and isinstance(value, str):
            if value not in kind.keys():  # noqa: SIM118 - a method of Choice
                raise _refusal(
                    "unknown_choice",
                    self.where,
                    f"没有选项“{value[:40]}”",
                    f"There is no option “{value[:40]}”",
                )
            return Literal(value, kind)
        made = _READ.get(kind.kind, _read_nothing)(value)
        if made is None:
            self.refuse_value(value)
        if isinstance(made, Literal | Call):
            return made
        return Literal(made, kind)

    def refuse_value(self, value: object) -> NoReturn:
        is_large = isinstance(value, int) and abs(value) >= 10**26
        shown = "…" if is_large else str(value)[:60]
        raise _refusal(
            "bad_literal",
            self.where,
            f"“{shown}”不是合适的值",
            f"“{shown}” is no suitable value",
        )


_READERS: dict[str, Callable[[_Rule], Node]] = {
    "=": _Rule.equal,
    "in": _Rule.inside,
    "between": _Rule.between,
    "contains": _Rule.text_test,
    "beginsWith": _Rule.text_test,
    "endsWith": _Rule.text_test,
}


def _read_nothing(value: object) -> None:
    return None


def _read_number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, int) and abs(value) >= 10**26:
        return None
    return literals.exact(str(value))


def _read_duration(value: object) -> Node | None:
    """Seconds, as the API writes durations."""
    seconds = _read_number(value)
    if seconds is None:
        return None
    return _call("DURATION", Literal(seconds, t.NUMBER), Literal("second", t.TEXT))


def _read_text(value: object) -> str | None:
    """In NFC, as texts are stored; what no database text can hold is refused."""
    if not isinstance(value, str) or any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        return None
    return unicodedata.normalize("NFC", value)


def _read_boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def _read_date(value: object) -> dt.date | None:
    try:
        return moments.read_date(value) if isinstance(value, str) else None
    except Failure:
        return None


def _read_datetime(value: object) -> Literal | None:
    """A day, a local wall clock, or an instant with offset."""
    if not isinstance(value, str):
        return None
    try:
        made = dt.datetime.fromisoformat(value)
        if made.tzinfo is not None:
            return Literal(moments.instant_within(made.astimezone(dt.UTC)), t.DATETIME)
        return literals.moment(value, (0, 0)) if len(value) > 10 else _day_literal(value)
    except (ValueError, OverflowError, Failure):
        return None


def _day_literal(value: str) -> Literal:
    return Literal(moments.read_date(value), t.DATE)


_READ: dict[str, Callable[[object], Any]] = {
    "number": _read_number,
    "text": _read_text,
    "boolean": _read_boolean,
    "date": _read_date,
    "datetime": _read_datetime,
    "duration": _read_duration,
    "user": _read_text,
    "department": _read_text,
    "reference": _read_text,
}


def _call(name: str, *args: Node) -> Call:
    return calls.typed(name, args)


def _joined(name: str, parts: Sequence[Node]) -> Node:
    if not parts:
        return Literal(True, t.BOOLEAN) if name == "AND" else _FALSE
    if len(parts) == 1:
        return parts[0]
    return calls.typed_flat(name, parts)


def _opposite(node: Node) -> Node:
    """NOT, where unknown counts as not met."""
    if isinstance(node, Call) and node.name in _OPPOSITES:
        return _call(_OPPOSITES[node.name], *node.args)
    if isinstance(node, Call) and node.name in _TOTAL:
        return _call("NOT", node)
    return _call("NOT", _call("IFBLANK", node, _FALSE))


_OPPOSITES = {"=": "<>", "<>": "=", "IN": "NOT IN", "NOT IN": "IN"}
_TOTAL = frozenset({"CONTAINS", "ISBLANK"})
"""What is never unknown as filters write it."""


def _bounds(key: str) -> tuple[Node, Node]:
    """First day of a window, and the day after its last, as formulas of TODAY."""
    shape = windows.window(key)
    start: Node = _call("TODAY")
    if shape.unit != "day":
        start = _call("STARTOF", start, Literal(shape.unit, t.TEXT))
    start = _moved(start, shape.offset, shape.unit)
    return start, _moved(start, shape.days or 1, "day" if shape.days else shape.unit)


def _moved(day: Node, count: int, unit: str) -> Node:
    if not count:
        return day
    return _call("DATEADD", day, Literal(Decimal(count), t.NUMBER), Literal(unit, t.TEXT))


def _refuse_other_keys(data: Mapping[str, object], known: frozenset[str], where: str) -> None:
    other = [str(key) for key in data if key not in known]
    if other:
        _refuse_shape(where, other[0])


def _refuse_shape(where: str, what: str) -> NoReturn:
    raise _refusal(
        "syntax",
        where,
        f"筛选的写法不对:{what[:40]}",
        f"The filter is not well-formed: {what[:40]}",
    )


def _refusal(code: str, where: str, zh: str, en: str) -> ExpressionError:
    return refusal(code, zh, en, where=where or "filter")
