"""What the condition of a policy reads, down to values that are stored.

The condition decides the same in SQL, over what is there, and in Python, over what is to be: so
lookups give way to the path that they follow, live formulas to what they are made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sanhuan import expressions
from sanhuan.catalog.fields import FormulaField, LookupField, ReferenceField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.expressions import calls, nodes

MOST_LEVELS = 8
"""Of live formulas within one another."""


def understood(
    catalog: Catalog, item: ObjectType, condition: Mapping[str, object]
) -> expressions.Expression:
    """A policy's condition, a filter of CONTRACT.md, over an object's stored values.

    Raises ExpressionError or KeyError for one that can't be understood (any more).
    """
    expression = expressions.from_filter(condition, scope_of(catalog, item))
    return calls.finish(_stored(catalog, item, expression.root, MOST_LEVELS))


def _stored(catalog: Catalog, item: ObjectType, node: nodes.Node, levels: int) -> nodes.Node:
    if isinstance(node, nodes.Call):
        args = tuple(_stored(catalog, item, each, levels) for each in node.args)
        return replace(node, args=args)
    if not isinstance(node, nodes.Field) or node.up:
        return node
    path, live = _followed(catalog, item, node.path)
    if live is None:
        return replace(node, path=path)
    if path or not levels:
        raise KeyError(live.id)  # a live formula of another record, or of itself
    formula = expressions.check(live.formula, scope_of(catalog, item))
    return _stored(catalog, item, formula.root, levels - 1)


def _followed(
    catalog: Catalog, item: ObjectType, path: tuple[str, ...]
) -> tuple[tuple[str, ...], FormulaField | None]:
    """The path with its lookups unfolded; the live formula that it ends at stands apart."""
    steps: list[str] = []
    here = item
    for step in path:
        one = here.by_id.get(step)
        if isinstance(one, FormulaField) and one.live:
            return tuple(steps), one
        way = catalog.follow(here, one.path) if isinstance(one, LookupField) else ()
        steps += [each.id for each in way] or [step]
        end = way[-1] if way else one
        if isinstance(end, ReferenceField):
            here = catalog.objects[end.target]
    return tuple(steps), None
