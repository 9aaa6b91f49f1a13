"""Whether steps could be saved: held against the definitions, without a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sanhuan.catalog.fields import LinesField, ReferenceField, ReferencesField, SelectField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.sample.steps import Ref, Step, refs

SOME_ID = "01890000-0000-7000-8000-000000000000"
ROLES = {
    f"role:{name}" for name in ("seller", "sales_manager", "sales_operations", "administrator")
}


def misfits(steps: Sequence[Step], catalog: Catalog) -> Iterator[str]:
    """What stands against each step: references, types, required fields, ways between states."""
    made: dict[str, dict[str, Any]] = {}
    for step in steps:
        item = catalog.object(step.object)
        unknown = [key for key in refs(step.values) if key not in made and key not in ROLES]
        yield from (f"{step.key} names {key}" for key in unknown)
        if (step.operation == "create") == (step.key in made):
            yield f"{step.key} is made twice, or changed before it is made"
        yield from (f"{step.key}: {fault}" for fault in values(step.values, item, catalog))
        before = made.setdefault(step.key, {})
        yield from (f"{step.key}: {fault}" for fault in ways(before, step.values, item))
        if step.operation == "create":
            yield from (f"{step.key} lacks {name}" for name in missing(step.values, item))
        before.update(step.values)


def values(given: Any, item: ObjectType, catalog: Catalog) -> Iterator[str]:
    for name, value in given.items():
        field = item.fields.get(name)
        if field is None or field.computed:
            yield f"{name} can't be written"
        elif isinstance(field, LinesField):
            for line in value["create"]:
                yield from values(line, catalog.object(field.object), catalog)
        elif isinstance(field, ReferenceField):
            if value is not None and not value.key.startswith(f"{field.target}:"):
                yield f"{name} points at {value.key}"
        elif isinstance(field, ReferencesField):
            yield from (f"{name}: {one}" for one in value if not one.key.startswith(field.object))
        else:
            # Raises `Problem`, which says what is wrong, where the value does not fit.
            field.parse(SOME_ID if isinstance(value, Ref) else value)


def ways(before: dict[str, Any], given: Any, item: ObjectType) -> Iterator[str]:
    for name, value in given.items():
        field = item.fields[name]
        if isinstance(field, SelectField) and field.transitions is not None:
            source = before.get(name)
            if source is None and before:
                source = (field.default or "").strip('"')
            open_ways = {to for way in field.transitions if way.source == source for to in way.to}
            if value not in open_ways:
                yield f"{name} goes from {source} to {value}"


def missing(given: Any, item: ObjectType) -> Iterator[str]:
    for field in item.own_fields:
        if field.required and field.default is None and given.get(field.name) is None:
            yield field.name
