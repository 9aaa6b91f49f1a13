"""The tree as JSON: what is saved, and what the browser's evaluator runs.

A node is one of
  {"value": v, "type": k}                      literal; numbers and durations (milliseconds)
                                               as text, dates YYYY-MM-DD, a datetime without
                                               zone is local, with Z UTC; null is null
  {"field": [id, ...], "type": k, "up": n}     value at a path; up is left out when 0
  {"me": [id, ...], "type": k}                 the person asking, or what it reaches
  {"rows": [id, ...], "type": "rows", "up": n, "of": node}
  {"column": [id, ...], "of": node, "type": "list", "item": k}
  {"call": name, "args": [node, ...], "type": k}
`type` is a kind of `types`, `item` that of a list's items, `object` the object of a
reference or of rows. Function names, kinds and these keys do not change once
released; new ones may come. The order of keys means nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sanhuan.expressions import calls, functions, limits, literals, nodes, paths
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import ExpressionError, refusal
from sanhuan.expressions.names import Scope
from sanhuan.expressions.nodes import Call, Expression, Literal, Node

Json = dict[str, Any]


def to_json(expression: Expression) -> Json:
    """The JSON form of an expression's tree."""
    return _node(expression.root)


def from_json(data: Mapping[str, Any], scope: Scope) -> Expression:
    """The expression of a JSON form, checked again against `scope`.

    Raises ExpressionError: `unknown_name` when a field is gone, `type_mismatch` when
    its type changed, `syntax` when the form is not well-formed.
    """
    return calls.finish(_Decoder(scope).node(data, 1))


def _node(node: Node) -> Json:
    match node:
        case Literal(value=value):
            return {"value": _value(value), **_type(node.type)}
        case nodes.Field(path=path, up=up):
            return {"field": list(path), **_type(node.type), **_up(up)}
        case nodes.Me(path=path):
            return {"me": list(path), **_type(node.type)}
        case nodes.Lines(path=path, up=up, source=source):
            of = {} if source is None else {"of": _node(source)}
            return {"rows": list(path), **_type(node.type), **_up(up), **of}
        case nodes.Column(path=path, rows=rows):
            return {"column": list(path), "of": _node(rows), **_type(node.type)}
        case Call(name=name, args=args):
            return {"call": name, "args": [_node(arg) for arg in args], **_type(node.type)}


def _up(up: int) -> Json:
    return {"up": up} if up else {}


def _type(kind: t.Type) -> Json:
    found: Json = {"type": kind.kind}
    if isinstance(kind, t.ListOf):
        found["item"] = kind.item.kind
    if isinstance(kind, t.Rows) or kind.kind == "reference":
        found["object"] = getattr(kind, "object", "")
    return found


def _value(value: object) -> object:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


class _Decoder:
    def __init__(self, scope: Scope) -> None:
        self.levels = [scope]
        self.count = 0

    def node(self, data: object, depth: int) -> Node:
        self.count += 1
        if depth > limits.LEVELS * 2 or self.count > limits.NODES:
            raise refusal("limit", "公式太大", "The formula is too large")
        if not isinstance(data, Mapping):
            raise _malformed("node")
        if "call" in data:
            return self.call(data, depth)
        if "field" in data:
            return self.field(_path(data, "field"), _level(data, self.levels))
        if "me" in data:
            return self.me(_path(data, "me"))
        if "column" in data:
            return self.column(self.node(data.get("of"), depth + 1), _path(data, "column"))
        if "rows" in data:
            return self.rows(data, depth)
        if "value" in data:
            return _literal(data)
        raise _malformed("node")

    def call(self, data: Mapping[str, Any], depth: int) -> Node:
        name, args = data["call"], data.get("args")
        if (
            not isinstance(name, str)
            or name not in functions.FUNCTIONS
            or not isinstance(args, Sequence)
            or isinstance(args, str)
        ):
            raise _malformed(str(name))
        if name in nodes.PER_ROW and len(args) == 2:
            return self.per_row(name, args, depth)
        least, most = functions.FUNCTIONS[name].arity()
        if len(args) < least or (most is not None and len(args) > most):
            raise _malformed(name)
        return calls.typed(name, [self.node(arg, depth + 1) for arg in args])

    def per_row(self, name: str, args: Sequence[Any], depth: int) -> Node:
        rows = self.node(args[0], depth + 1)
        kind = rows.rows.type if isinstance(rows, nodes.Column) else rows.type
        if not isinstance(kind, t.Rows):
            raise _malformed(name)
        self.levels.append(self.levels[-1].far(kind.object))
        condition = self.node(args[1], depth + 1)
        self.levels.pop()
        return calls.typed(name, [rows, condition])

    def field(self, path: tuple[str, ...], up: int) -> Node:
        return nodes.Field(path, _type_at(self.levels[-1 - up], path), up)

    def me(self, path: tuple[str, ...]) -> Node:
        kind = _type_at(self.levels[0].far("user"), path) if path else t.USER
        return nodes.Me(path, kind)

    def rows(self, data: Mapping[str, Any], depth: int) -> Node:
        path, up = _path(data, "rows"), _level(data, self.levels)
        source = self.node(data["of"], depth + 1) if data.get("of") is not None else None
        scope = self.levels[-1 - up] if source is None else self.row_scope(source)
        kind = _type_at(scope, path)
        if not isinstance(kind, t.Rows):
            raise _malformed("rows")
        return nodes.Lines(path, kind, up, source)

    def column(self, rows: Node, path: tuple[str, ...]) -> Node:
        kind = _type_at(self.row_scope(rows), path)
        return nodes.Column(rows, path, t.ListOf(kind.item if isinstance(kind, t.ListOf) else kind))

    def row_scope(self, rows: Node) -> Scope:
        if not isinstance(rows.type, t.Rows):
            raise _malformed("rows")
        return self.levels[0].far(rows.type.object)


def _path(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    path = data[key]
    if not isinstance(path, Sequence) or isinstance(path, str):
        raise _malformed(key)
    if not all(isinstance(step, str) for step in path) or len(path) > limits.HOPS + 2:
        raise _malformed(key)
    return tuple(path)


def _level(data: Mapping[str, Any], levels: Sequence[Scope]) -> int:
    up = data.get("up", 0)
    if type(up) is not int or not 0 <= up < len(levels):
        raise _malformed("up")
    return up


def _type_at(scope: Scope, path: tuple[str, ...]) -> t.Type:
    is_title = bool(path) and path[-1] == nodes.TITLE
    name = paths.name_at(scope, path[:-1] if is_title else path)
    if name is None:
        raise refusal(
            "unknown_name", "公式所用的字段已不存在", "A field of the formula is gone", names=path
        )
    if not is_title:
        return name.type
    return t.ListOf(t.TEXT) if isinstance(name.type, t.ListOf) else t.TEXT


def _literal(data: Mapping[str, Any]) -> Literal:
    value, kind = data["value"], data.get("type")
    if value is None:
        return Literal(None, t.TEXT if kind == "text" else t.NULL)
    if isinstance(value, bool):
        return Literal(value, t.BOOLEAN)
    if not isinstance(value, str):
        raise _malformed("value")
    try:
        return _read(value, str(kind), str(data.get("object", "")))
    except ValueError:
        raise _malformed("value") from None


def _read(value: str, kind: str, object_name: str) -> Literal:
    """A choice is read as its key's text; the value beside it makes it a choice again."""
    match kind:
        case "number":
            number = literals.exact(value)
            if number is None:
                raise ValueError(value)
            return Literal(number, t.NUMBER)
        case "date":
            return Literal(dt.date.fromisoformat(value), t.DATE)
        case "datetime":
            return Literal(dt.datetime.fromisoformat(value), t.DATETIME)
        case "user":
            return Literal(value, t.USER)
        case "department":
            return Literal(value, t.DEPARTMENT)
        case "reference":
            return Literal(value, t.Reference(object_name))
        case "text" | "choice":
            return Literal(value or None, t.TEXT)
    raise ValueError(kind)


def _malformed(what: str) -> ExpressionError:
    return refusal(
        "syntax",
        f"公式的存储形式不对:{what[:40]}",
        f"The stored form of the formula is wrong: {what[:40]}",
    )
