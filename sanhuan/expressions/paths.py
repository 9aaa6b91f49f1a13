"""Paths of field ids: what a step reaches, and what stands at the end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from sanhuan.expressions import limits, literals, nodes
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import refusal
from sanhuan.expressions.names import Name, Scope
from sanhuan.expressions.nodes import Node


class PathReader:
    """Reads paths of API names one step at a time, for filters and sorting."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def step(self, node: Node | None, api_name: str, where: str) -> Node:
        """The node one step further; raises unknown_name, type_mismatch, limit."""
        if node is None:
            return field(self.one(self.scope, api_name, where), 0)
        name = name_at(self.scope, getattr(node, "path", ()))
        part = next((p for p in (name.parts if name else ()) if p.api_name == api_name), None)
        if part is not None and isinstance(node, nodes.Field):
            return dataclasses.replace(node, path=(*node.path, part.id), type=part.type)
        if not isinstance(node.type, t.Reference):
            literals.refuse_type(node.type, ["reference"], f".{api_name[:40]}", (0, 0))
        reached = extend(node, self.one(self.scope.far(node.type.object), api_name, where))
        if reached is None or len(getattr(reached, "path", ())) - 1 > limits.HOPS:
            raise refusal("limit", "路径太长", "The path is too long", where=where)
        return reached

    def one(self, scope: Scope, api_name: str, where: str) -> Name:
        for name in scope.find(api_name, "zh"):
            if name.api_name == api_name:
                return name
        raise refusal(
            "unknown_name",
            f"没有字段“{api_name[:40]}”",
            f"There is no field “{api_name[:40]}”",
            where=where,
        )


def name_at(scope: Scope, path: Iterable[str]) -> Name | None:
    """The field at the end of a path of ids; None when a step is gone."""
    name: Name | None = None
    for step in path:
        if name is not None:
            part = next((part for part in name.parts if part.id == step), None)
            if part is not None:
                name = part
                continue
            if not isinstance(name.type, t.Reference | t.Rows):
                return None
            scope = scope.far(name.type.object)
        name = scope.by_id(step)
        if name is None:
            return None
    return name


def extend(node: Node, name: Name) -> Node | None:
    """The node that reads `name` from a reference or rows; None when it cannot."""
    kind = name.type
    if isinstance(node.type, t.Rows):
        return _from_rows(node, name)
    if isinstance(node, nodes.Field | nodes.Me) and isinstance(node.type, t.Reference):
        if isinstance(kind, t.Rows):
            if isinstance(node, nodes.Me):
                return None
            return nodes.Lines((*node.path, name.id), kind, node.up)
        return dataclasses.replace(node, path=(*node.path, name.id), type=kind)
    if isinstance(node, nodes.Column) and isinstance(node.type.item, t.Reference):
        path = (*node.path, name.id)
        if isinstance(kind, t.Rows):
            return nodes.Lines(path, kind, source=node.rows)
        return nodes.Column(node.rows, path, t.ListOf(_item(kind)))
    return None


def _from_rows(node: Node, name: Name) -> Node:
    if isinstance(name.type, t.Rows):
        return nodes.Lines((name.id,), name.type, source=node)
    return nodes.Column(node, (name.id,), t.ListOf(_item(name.type)))


def _item(kind: t.Type) -> t.Type:
    """Lists within lists flatten."""
    return kind.item if isinstance(kind, t.ListOf) else kind


def field(name: Name, up: int) -> Node:
    """The node that reads a field `up` levels outwards."""
    if isinstance(name.type, t.Rows):
        return nodes.Lines((name.id,), name.type, up)
    return nodes.Field((name.id,), name.type, up)
