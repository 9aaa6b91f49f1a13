"""An object's definition as one caller may know it.

A field that is hidden from him is not there, and what is written in terms of it (a formula, a
default, a condition) is left out: formulas tell of what they read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from sanhuan import expressions
from sanhuan.catalog.definitions import ViewDefinition
from sanhuan.catalog.fields import FieldDefinition, LinesField, LookupField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.identity.access import FIELD_RIGHTS, Caller, Grant
from sanhuan.records.actions import Action, Actions

WRITING: Final = ("edit", "create")
FORMULAS: Final = ("default", "formula", "filter")
"""Members of a field's definition that are formulas."""


def field_right(grants: tuple[Grant, ...], one: FieldDefinition) -> str:
    """The most that the grants allow with a field on some row: hidden, masked, read or write."""
    levels = [0]
    for grant in grants:
        level = FIELD_RIGHTS.index(grant.field_right(one.id))
        is_writing = any(act in grant.acts for act in WRITING)
        if "see" in grant.acts or is_writing:
            levels.append(level if is_writing else min(level, FIELD_RIGHTS.index("read")))
    if one.id == "_id":
        return "read"
    best = FIELD_RIGHTS[max(levels)]
    return "read" if best == "write" and (one.computed or one.read_only) else best


def summary(item: ObjectType) -> dict[str, Any]:
    """An object in the list of objects."""
    return {
        "name": item.name,
        "label": item.definition.label.by_language,
        "app": item.definition.app,
        "title_field": item.definition.title_field,
        "icon": item.definition.icon,
    }


def described(
    catalog: Catalog, caller: Caller, item: ObjectType, actions: Actions
) -> dict[str, Any]:
    """The whole definition: fields with the caller's right on each, views, acts, actions."""
    parent = item
    while parent.definition.line_of:
        parent = catalog.objects[parent.definition.line_of]
    grants = caller.grants.get(parent.id, ())
    rights = {
        one.id: _line_right(grants, one) if item.is_line else field_right(grants, one)
        for one in item.fields.values()
    }
    definition = item.definition
    plural = definition.label_plural or definition.label
    return {
        "id": item.id,
        **summary(item),
        "label_plural": plural.by_language,
        "line_of": definition.line_of,
        "owned": item.owned,
        "unique": definition.unique,
        "fields": [
            _field(catalog, caller, item, one, rights[one.id])
            for one in item.fields.values()
            if rights[one.id] != "hidden"
        ],
        "views": _views(catalog, caller, item),
        "acts": sorted({act for grant in grants for act in grant.acts}),
        "actions": [
            _action(action)
            for action in actions.of(item.name).values()
            if caller.may(action.act, parent.id) and action.offered(catalog, item.name)
        ],
    }


def _line_right(grants: tuple[Grant, ...], one: FieldDefinition) -> str:
    """Lines are read and written with their parent."""
    if not any("see" in grant.acts for grant in grants):
        return "hidden"
    writes = any(act in grant.acts for grant in grants for act in WRITING)
    return "write" if writes and not one.computed and not one.read_only else "read"


def _field(
    catalog: Catalog, caller: Caller, item: ObjectType, one: FieldDefinition, right: str
) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(one)
    shown["right"] = right
    shown["operators"] = sorted(one.operators)
    shown["sortable"] = one.sortable
    mentionable = _mentionable(catalog, caller, item, one)
    for member in FORMULAS:
        if isinstance(shown.get(member), str) and not mentionable(shown[member]):
            shown[member] = None
    for transition in shown.get("transitions") or ():
        if isinstance(transition.get("when"), str) and not mentionable(transition["when"]):
            transition["when"] = None
    if isinstance(one, LookupField) and not path_is_known(catalog, caller, item, one.path):
        shown["path"] = None
    if isinstance(one, LinesField):
        shown["lines"] = _lines(catalog, caller, one)
    return shown


def _lines(catalog: Catalog, caller: Caller, one: LinesField) -> list[dict[str, Any]]:
    """The fields of the rows."""
    rows = catalog.objects[one.object]
    return [_field(catalog, caller, rows, each, _row_right(each)) for each in rows.own_fields]


def _row_right(one: FieldDefinition) -> str:
    return "read" if one.computed or one.read_only else "write"


def _mentionable(
    catalog: Catalog, caller: Caller, item: ObjectType, one: FieldDefinition
) -> Callable[[str], bool]:
    """Whether a formula names only what the caller may know."""

    def readable(object_id: str, field_id: str) -> bool:
        there = catalog.objects_by_id[object_id]
        if there.is_line:
            return True
        return field_right(caller.grants.get(object_id, ()), there.by_id[field_id]) != "hidden"

    where = catalog.objects[getattr(one, "object", item.name)] if hasattr(one, "filter") else item

    def holds(formula: str) -> bool:
        try:
            expressions.check(formula, scope_of(catalog, where, readable))
        except expressions.ExpressionError:
            return False
        return True

    return holds


def path_is_known(catalog: Catalog, caller: Caller, item: ObjectType, path: str) -> bool:
    """Whether each field along `account.industry` is one that the caller knows of."""
    here: ObjectType | None = item
    parts: tuple[str, ...] = ()
    for name in path.split("."):
        found = None if here is None else here.fields.get(name)
        if here is None or found is None:
            return name in parts
        if field_right(caller.grants.get(here.id, ()), found) == "hidden":
            return False
        parts = found.parts()
        target = getattr(found, "target", None)
        here = None if target is None else catalog.objects.get(target)
    return True


def _views(catalog: Catalog, caller: Caller, item: ObjectType) -> list[dict[str, Any]]:
    """The views that the caller can open, with the columns that he knows."""
    return [
        _view(catalog, caller, item, view)
        for view in catalog.views_of.get(item.name, ())
        if all(path_is_known(catalog, caller, item, each) for each in _filtered(view.filter))
    ]


def _filtered(rule: Any) -> Iterator[str]:
    """The paths that a filter names."""
    if isinstance(rule, dict):
        if isinstance(rule.get("field"), str):
            yield rule["field"]
        for each in rule.get("rules") or ():
            yield from _filtered(each)


def _view(
    catalog: Catalog, caller: Caller, item: ObjectType, view: ViewDefinition
) -> dict[str, Any]:
    def known(path: str) -> bool:
        return path_is_known(catalog, caller, item, path)

    shown: dict[str, Any] = msgspec.to_builtins(view)
    shown["columns"] = [each for each in shown["columns"] if known(each["field"])]
    if view.sort is not None:
        keys = [key for key in view.sort.split(",") if known(key.strip().lstrip("-"))]
        shown["sort"] = ",".join(keys) or None
    if view.group_by is not None and not known(view.group_by):
        shown["group_by"] = None
    return shown


def _action(action: Action) -> dict[str, Any]:
    (schema,), definitions = msgspec.json.schema_components(
        [action.parameters], ref_template="#/$defs/{name}"
    )
    name = action.parameters.__name__
    return {
        "name": action.name,
        "label": action.label.by_language,
        "parameters": definitions.get(name, schema),
    }
