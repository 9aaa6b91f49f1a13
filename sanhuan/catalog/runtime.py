"""The catalog as a running process holds it: one immutable snapshot, compiled once per version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from sqlalchemy import MetaData, Table

from sanhuan.catalog import system_fields, tables
from sanhuan.catalog.definitions import (
    AppDefinition,
    Definition,
    ObjectDefinition,
    PageDefinition,
    RoleDefinition,
    RuleDefinition,
    ViewDefinition,
)
from sanhuan.catalog.fields import (
    FieldDefinition,
    LinesField,
    LookupField,
    ReferenceField,
    ReferencesField,
    RollupField,
)
from sanhuan.errors import SanhuanError, Text

AnyDefinition = TypeVar("AnyDefinition", bound=Definition)


class UnknownObject(SanhuanError):
    """There is no such object, or not for this asker."""

    code = "unknown_object"

    def __init__(self, name: str) -> None:
        super().__init__(Text(f"没有对象 {name[:60]}", f"There is no object {name[:60]}"))


@dataclass(frozen=True, eq=False)
class ObjectType:
    """An object as code uses it: its definition, its table, and its fields by name and by id."""

    definition: ObjectDefinition
    table: Table
    links: Mapping[str, Table]
    """Link tables of the `references` fields, by field id."""
    fields: Mapping[str, FieldDefinition]
    """By API name: the system fields, then those of the definition that are not dropped."""
    layer: str = "vendor"

    @property
    def id(self) -> str:
        return self.definition.id

    @property
    def name(self) -> str:
        return self.definition.name

    @cached_property
    def by_id(self) -> Mapping[str, FieldDefinition]:
        return {item.id: item for item in self.fields.values()}

    @cached_property
    def own_fields(self) -> tuple[FieldDefinition, ...]:
        """The fields of the definition that are not dropped, in its order."""
        return tuple(item for item in self.fields.values() if not item.id.startswith("_"))

    @cached_property
    def pointing(self) -> Mapping[str, FieldDefinition]:
        """The fields that point at other records, by id."""
        return {
            item.id: item
            for item in self.fields.values()
            if isinstance(item, ReferenceField | ReferencesField)
        }

    @cached_property
    def title(self) -> FieldDefinition:
        return self.fields[self.definition.title_field]

    @property
    def is_line(self) -> bool:
        return self.definition.line_of is not None

    @property
    def owned(self) -> bool:
        return self.definition.owned and not self.is_line

    @cached_property
    def lines(self) -> tuple[LinesField, ...]:
        return tuple(item for item in self.own_fields if isinstance(item, LinesField))

    @cached_property
    def searchable(self) -> tuple[FieldDefinition, ...]:
        """The fields that search looks into, the title first."""
        others = (item for item in self.own_fields if item.searchable and item is not self.title)
        return (self.title, *others)


@dataclass(frozen=True, eq=False)
class Catalog:
    """All effective definitions at one version, checked to fit together."""

    version: int
    objects: Mapping[str, ObjectType] = field(default_factory=dict)
    rules: tuple[RuleDefinition, ...] = ()
    roles: Mapping[str, RoleDefinition] = field(default_factory=dict)
    views: tuple[ViewDefinition, ...] = ()
    pages: Mapping[str, PageDefinition] = field(default_factory=dict)
    apps: Mapping[str, AppDefinition] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Definition]] = field(default_factory=dict)
    """Definitions of the kinds that rings add, by kind and name."""
    layers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The layer that a definition (kind, id) comes from first."""

    def object(self, name: str) -> ObjectType:
        """The object of that API name. Raises `UnknownObject`."""
        found = self.objects.get(name)
        if found is None:
            raise UnknownObject(name)
        return found

    @cached_property
    def objects_by_id(self) -> Mapping[str, ObjectType]:
        return {item.id: item for item in self.objects.values()}

    @cached_property
    def rules_of(self) -> Mapping[str, tuple[RuleDefinition, ...]]:
        """Enabled rules by object name, in the order in which they run: layer, number, name."""
        order = {"vendor": 0, "app": 1, "local": 2}
        found: dict[str, list[RuleDefinition]] = {}
        for rule in self.rules:
            if rule.enabled:
                found.setdefault(rule.object, []).append(rule)
        return {
            name: tuple(
                sorted(
                    rules,
                    key=lambda rule: (
                        order[self.layers.get(("rule", rule.id), "vendor")],
                        rule.number,
                        rule.name,
                    ),
                )
            )
            for name, rules in found.items()
        }

    @cached_property
    def views_of(self) -> Mapping[str, tuple[ViewDefinition, ...]]:
        """Views by object name, in the order of their tabs."""
        found: dict[str, list[ViewDefinition]] = {}
        for view in self.views:
            found.setdefault(view.object, []).append(view)
        return {
            name: tuple(sorted(views, key=lambda view: (view.order, view.name)))
            for name, views in found.items()
        }

    @cached_property
    def incoming(self) -> Mapping[str, tuple[tuple[ObjectType, ReferenceField], ...]]:
        """By object name: the reference fields, here and elsewhere, that point at it."""
        found: dict[str, list[tuple[ObjectType, ReferenceField]]] = {}
        for item in self.objects.values():
            for one in item.own_fields:
                if isinstance(one, ReferenceField):
                    found.setdefault(one.target, []).append((item, one))
        return {name: tuple(fields) for name, fields in found.items()}

    @cached_property
    def rollups_over(self) -> Mapping[str, tuple[tuple[ObjectType, RollupField], ...]]:
        """By object name: the rollups, with their objects, that sum over its records."""
        found: dict[str, list[tuple[ObjectType, RollupField]]] = {}
        for item in self.objects.values():
            for one in item.own_fields:
                if isinstance(one, RollupField):
                    found.setdefault(one.object, []).append((item, one))
        return {name: tuple(fields) for name, fields in found.items()}

    def follow(self, start: ObjectType, path: str) -> tuple[FieldDefinition, ...]:
        """The fields along `account.owner.name`, lookups unfolded. Raises KeyError at a bad step.

        All but the last are references; the last is what the path ends at.
        """
        steps: list[FieldDefinition] = []
        here = start
        names = path.split(".")
        for position, name in enumerate(names):
            found = here.fields[name]
            last = position == len(names) - 1
            unfolded = self.follow(here, found.path) if isinstance(found, LookupField) else (found,)
            steps.extend(unfolded)
            if not last:
                if not isinstance(unfolded[-1], ReferenceField):
                    raise KeyError(name)
                here = self.objects[unfolded[-1].target]
        return tuple(steps)


def compile_object(
    definition: ObjectDefinition, metadata: MetaData, layer: str = "vendor"
) -> ObjectType:
    """The runtime object of a definition."""
    live = [item for item in definition.fields if not item.dropped]
    links = {
        item.id: tables.link_table(definition, item, metadata)
        for item in live
        if isinstance(item, ReferencesField)
    }
    fields = {item.name: item for item in (*system_fields.of(definition), *live)}
    return ObjectType(
        definition=definition,
        table=tables.object_table(definition, metadata),
        links=links,
        fields=fields,
        layer=layer,
    )


def compile_catalog(
    version: int,
    definitions: Iterable[tuple[str, str, Definition]],
) -> Catalog:
    """The catalog of effective definitions, each given with its kind and its first layer."""
    metadata = MetaData()
    kinds: dict[str, dict[str, Definition]] = {}
    layers: dict[tuple[str, str], str] = {}
    for kind, layer, definition in definitions:
        kinds.setdefault(kind, {})[definition.name] = definition
        layers[kind, definition.id] = layer
    objects: dict[str, ObjectType] = {}
    for name, definition in kinds.pop("object", {}).items():
        if isinstance(definition, ObjectDefinition) and not definition.dropped:
            layer = layers["object", definition.id]
            objects[name] = compile_object(definition, metadata, layer)
    return Catalog(
        version=version,
        objects=objects,
        rules=_all(kinds, "rule", RuleDefinition),
        roles={role.name: role for role in _all(kinds, "role", RoleDefinition)},
        views=_all(kinds, "view", ViewDefinition),
        pages={page.name: page for page in _all(kinds, "page", PageDefinition)},
        apps={app.name: app for app in _all(kinds, "app", AppDefinition)},
        others=kinds,
        layers=layers,
    )


def _all(
    kinds: dict[str, dict[str, Definition]], kind: str, of: type[AnyDefinition]
) -> tuple[AnyDefinition, ...]:
    return tuple(item for item in kinds.pop(kind, {}).values() if isinstance(item, of))
