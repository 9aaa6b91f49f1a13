"""Typed calls made from typed nodes: for the checker, filters, tables and stored forms."""

from __future__ import annotations

from collections.abc import Sequence

from sanhuan.expressions import functions, nodes
from sanhuan.expressions.nodes import Call, Expression, Node
from sanhuan.expressions.signature import Arguments, Checked


def finish(root: Node) -> Expression:
    """The expression of a typed tree."""
    return Expression(root, root.type, nodes.uses(root))


def typed(name: str, args: Sequence[Node], language: str = "zh") -> Call:
    """The typed call of a function or operator over typed nodes; raises ExpressionError."""
    arguments = Arguments(name, [Checked(arg) for arg in args], (0, 0), language)
    kind = functions.FUNCTIONS[name].type_of(arguments)
    return Call(name, tuple(item.node for item in arguments.items), kind)


def typed_flat(name: str, args: Sequence[Node]) -> Call:
    """The same; a first argument that is the same call is spread, as the reader does."""
    first = args[0]
    if isinstance(first, Call) and first.name == name:
        args = [*first.args, *args[1:]]
    return typed(name, args)
