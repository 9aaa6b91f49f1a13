"""The sources of a catalog, compiled once per version of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sanhuan import expressions
from sanhuan.catalog.definitions import Definition
from sanhuan.catalog.runtime import Catalog
from sanhuan.catalog.scope import scope_of
from sanhuan.expressions import types
from sanhuan.touchpoints import errors, mapping
from sanhuan.touchpoints.definitions import (
    BehaviourEffect,
    EventDefinition,
    MatchDefinition,
    RecordEffect,
    SourceDefinition,
)

SOURCE = "source"
MATCH = "match"


@dataclass(frozen=True)
class Source:
    """A source ready to take events; `events` by type."""

    definition: SourceDefinition
    events: Mapping[str, mapping.CompiledEvent]

    @property
    def id(self) -> str:
        return self.definition.id


class Sources:
    """The sources of one process."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Catalog, dict[str, Source]] = WeakKeyDictionary()

    def of(self, catalog: Catalog) -> Mapping[str, Source]:
        """All sources by name."""
        if catalog not in self._kept:
            self._kept[catalog] = {
                name: _compiled(definition, catalog)
                for name, definition in definitions(catalog).items()
            }
        return self._kept[catalog]

    def get(self, catalog: Catalog, name: str) -> Source:
        """One source. Raises `errors.UnknownSource`."""
        found = self.of(catalog).get(name)
        if found is None:
            raise errors.UnknownSource(name)
        return found


def definitions(catalog: Catalog) -> Mapping[str, SourceDefinition]:
    """The definitions of sources by name."""
    found = catalog.others.get(SOURCE, {})
    return {name: one for name, one in found.items() if isinstance(one, SourceDefinition)}


def matches(catalog: Catalog, object_name: str | None = None) -> list[MatchDefinition]:
    """The matches of an object's records, or all."""
    found = catalog.others.get(MATCH, {}).values()
    ours = [one for one in found if isinstance(one, MatchDefinition)]
    return [one for one in ours if object_name is None or one.object == object_name]


def _compiled(definition: SourceDefinition, catalog: Catalog) -> Source:
    events = {one.type: mapping.compile_event(one, catalog) for one in definition.events}
    return Source(definition, events)


def check_source(definition: Definition, catalog: Catalog) -> Iterable[str]:
    """What is wrong with a source in a catalog."""
    if not isinstance(definition, SourceDefinition):
        return
    types = [one.type for one in definition.events]
    for event in definition.events:
        where = f"source {definition.name}, {event.type}"
        if types.count(event.type) > 1:
            yield f"{where}: named twice"
        yield from (f"{where}: {fault}" for fault in _event_faults(event, catalog))


def _event_faults(event: EventDefinition, catalog: Catalog) -> Iterator[str]:
    names = [one.name for one in event.carries]
    if len(set(names)) != len(names):
        yield "carries a value twice"
    if event.record is not None:
        yield from _record_faults(event, event.record, catalog)
    if event.behaviour is not None:
        yield from _behaviour_faults(event, event.behaviour, catalog)


def _record_faults(event: EventDefinition, effect: RecordEffect, catalog: Catalog) -> Iterator[str]:
    names = {one.name for one in event.carries}
    for name in (effect.identity, *effect.also_known_as, effect.version):
        if name is not None and name not in names:
            yield f"{name} is not among what it carries"
    item = catalog.objects.get(effect.object)
    if item is None or item.is_line:
        yield f"{effect.object} is no object"
        return
    if effect.key is not None and effect.key not in item.fields:
        yield f"key {effect.key} is no field of {effect.object}"
    for name, formula in effect.values.items():
        one = item.fields.get(name)
        if one is None or one.computed:
            yield f"{name} is no field of {effect.object} to write"
        if formula.strip() not in names:
            yield from _formula_faults(event, formula)
    for name, find in effect.find.items():
        target = catalog.objects.get(mapping.target_of(item, name) or "")
        if target is None or name not in effect.values:
            yield f"find {name}: no reference that is given a value"
        elif find.by is not None and find.by not in target.fields:
            yield f"find {name}: {find.by} is no field of {target.name}"
        elif find.by is not None and find.missing == "wait":
            yield f"find {name}: only what the source itself brings can be waited for"


def _behaviour_faults(
    event: EventDefinition, effect: BehaviourEffect, catalog: Catalog
) -> Iterator[str]:
    if effect.about not in {one.name for one in event.carries}:
        yield f"{effect.about} is not among what it carries"
    item = catalog.objects.get(effect.object)
    if item is None:
        yield f"{effect.object} is no object"
    elif effect.heat is not None and effect.heat not in item.fields:
        yield f"{effect.heat} is no field of {effect.object}"
    yield from _formula_faults(event, effect.points, types.Number())


def _formula_faults(
    event: EventDefinition, formula: str, wanted: expressions.Type | None = None
) -> Iterator[str]:
    try:
        found = expressions.check(formula, mapping.scope_of(event.carries))
    except expressions.ExpressionError as error:
        yield f"formula {formula!r}: {error}"
        return
    if wanted is not None and found.type.kind not in (wanted.kind, "null"):
        yield f"formula {formula!r} gives {found.type.kind}, not {wanted.kind}"


def written(definition: Definition, catalog: Catalog) -> Iterator[str]:
    """The objects whose records the events of a source make or change."""
    for event in definition.events if isinstance(definition, SourceDefinition) else ():
        if event.record is not None:
            yield event.record.object
        if event.behaviour is not None:
            yield event.behaviour.object


def joined(definition: Definition, catalog: Catalog) -> Iterator[str]:
    """The objects whose records a match joins or makes."""
    if isinstance(definition, MatchDefinition):
        yield from (definition.object, definition.target)


def check_match(definition: Definition, catalog: Catalog) -> Iterable[str]:
    """What is wrong with a match in a catalog."""
    if not isinstance(definition, MatchDefinition):
        return
    where = f"match {definition.name}"
    item, target = catalog.objects.get(definition.object), catalog.objects.get(definition.target)
    if item is None or target is None:
        yield f"{where}: {definition.object} or {definition.target} is no object"
        return
    if mapping.target_of(item, definition.field) != definition.target:
        yield f"{where}: {definition.field} does not refer to {definition.target}"
    for name in {name for group in definition.by for name in group}:
        if name not in item.fields or name not in target.fields:
            yield f"{where}: {name} is not a field of both objects"
    for name, formula in (definition.create or {}).items():
        if name not in target.fields:
            yield f"{where}: {name} is no field of {definition.target}"
        try:
            expressions.check(formula, scope_of(catalog, item))
        except expressions.ExpressionError as error:
            yield f"{where}: formula {formula!r}: {error}"
