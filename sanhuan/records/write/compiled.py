"""What saving records of an object takes, compiled once per version of the catalog."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from sanhuan import expressions
from sanhuan.catalog.definitions import (
    BlockEffect,
    RuleDefinition,
    SetEffect,
    TableEffect,
    WarnEffect,
)
from sanhuan.catalog.fields import (
    AutoNumberField,
    DecimalField,
    FieldDefinition,
    FormulaField,
    IntegerField,
    LinesField,
    ReferenceField,
    ReferencesField,
    RollupField,
    SelectField,
    Transition,
)
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of

Evaluate = Callable[[expressions.Record, expressions.Context], object]

OUTCOMES = frozenset({"text", "number", "boolean", "date", "datetime"})


@dataclass(frozen=True)
class Compiled:
    """A formula ready to run, with the paths that it reads."""

    run: Evaluate
    uses: frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Rule:
    """A rule in front: its condition, and what it sets where it sets something."""

    definition: RuleDefinition
    when: Compiled | None
    sets: tuple[tuple[FieldDefinition, Compiled], ...] = ()
    tables: tuple[tuple[FieldDefinition, expressions.DecisionTable], ...] = ()

    @cached_property
    def uses(self) -> frozenset[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set(self.when.uses if self.when else ())
        for _, formula in self.sets:
            found |= formula.uses
        for _, table in self.tables:
            found |= table.uses
        return frozenset(found)

    @cached_property
    def reads_beyond(self) -> bool:
        """Whether it reads through references."""
        return any(len(path) > 1 for path in self.uses)


@dataclass(frozen=True)
class Way:
    """A transition with its condition."""

    definition: Transition
    when: Compiled | None


@dataclass(frozen=True)
class Summed:
    """A rollup of another object over the records of this one."""

    owner: ObjectType
    field: RollupField
    by: ReferenceField | None
    of: FieldDefinition | None
    when: Compiled | None
    lines_id: str | None = None
    """Id of the lines field when it sums over the record's own lines."""

    @cached_property
    def is_exact(self) -> bool:
        """Whether adding what changed, without looking at the rest, never has to round."""
        if self.field.function == "count":
            return True
        summed = getattr(self.of, "shown_as", self.of)
        kept = self.field.shown_as
        return self.field.function == "sum" and _places(summed) <= _places(kept) < math.inf


def _places(one: object) -> float:
    """Decimal places that a field's values have at most."""
    if isinstance(one, IntegerField):
        return 0
    return one.places if isinstance(one, DecimalField) else math.inf


@dataclass(frozen=True)
class CompiledObject:
    """Everything that the pipeline needs to know of an object."""

    item: ObjectType
    stored: tuple[FieldDefinition, ...]
    """The fields with columns, in the definition's order."""
    defaults: tuple[tuple[FieldDefinition, Compiled], ...]
    setting: tuple[Rule, ...]
    judging: tuple[Rule, ...]
    formulas: tuple[tuple[FormulaField, Compiled], ...]
    """Stored formulas, each after those that it reads."""
    ways: Mapping[str, tuple[Way, ...]]
    """By id of a choice field with transitions."""
    line_sums: tuple[Summed, ...]
    """Rollups of this object over its own lines."""
    sums: tuple[Summed, ...]
    """Rollups of other objects over records of this one."""
    far: Mapping[str, frozenset[tuple[str, ...]]]
    """By id of a reference field: what formulas read beyond it."""
    unique: tuple[tuple[FieldDefinition, ...], ...]

    @cached_property
    def followed(self) -> frozenset[str]:
        """Ids of fields from whose change other stored values of this or other objects follow."""
        found = {path[0] for _, formula in self.formulas for path in formula.uses}
        for one in self.sums:
            found |= {path[0] for path in (one.when.uses if one.when else ())}
            found |= {one.of.id} if one.of else set()
        return frozenset(found)

    @cached_property
    def zeros(self) -> Mapping[str, Any]:
        """By id of a rollup that counts or sums: what a record without rows has."""
        return {
            one.id: one.settle(Decimal(0))
            for one in self.item.own_fields
            if isinstance(one, RollupField) and one.function in ("count", "sum")
        }

    @cached_property
    def columns(self) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
        """By id of a field kept in one column: its name, and what makes JSON of a value."""
        return {
            one.id: (one.column_name, getattr(one, "shown_as", one).to_json)
            for one in self.stored
            if type(one).to_columns is FieldDefinition.to_columns
        }

    @cached_property
    def logged(self) -> frozenset[str]:
        """Ids of the fields that entries hold; computed ones only where they are tracked."""
        return frozenset(one.id for one in self.item.fields.values() if _is_logged(one))


def _is_logged(one: FieldDefinition) -> bool:
    if one.id.startswith("_"):
        return one.id in ("_owner", "_department")
    if isinstance(one, ReferencesField):
        return True
    return one.stored and (not one.computed or one.tracked or isinstance(one, AutoNumberField))


class Compiler:
    """Compiles objects, and keeps the result as long as the catalog lives."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Catalog, dict[str, CompiledObject]] = WeakKeyDictionary()

    def of(self, catalog: Catalog, item: ObjectType) -> CompiledObject:
        kept = self._kept.setdefault(catalog, {})
        if item.id not in kept:
            kept[item.id] = compile_object(catalog, item)
        return kept[item.id]


def compile_object(catalog: Catalog, item: ObjectType) -> CompiledObject:
    """Compile all formulas around an object. The catalog was checked, so all of them do."""
    scope = scope_of(catalog, item)
    rules = [_rule(rule, item, scope) for rule in catalog.rules_of.get(item.name, ())]
    setting = tuple(r for r in rules if isinstance(r.definition.effect, SetEffect | TableEffect))
    judging = tuple(r for r in rules if isinstance(r.definition.effect, WarnEffect | BlockEffect))
    formulas = _in_order(
        (one, _compile(one.formula, scope))
        for one in item.own_fields
        if isinstance(one, FormulaField) and one.stored
    )
    defaults = tuple(
        (one, _compile(one.default, scope))
        for one in item.own_fields
        if one.default is not None and not one.computed
    )
    ways = {
        one.id: tuple(
            Way(way, None if way.when is None else _compile(way.when, scope))
            for way in one.transitions
        )
        for one in item.own_fields
        if isinstance(one, SelectField) and one.transitions is not None
    }
    line_sums = tuple(
        summed(catalog, item, one)
        for one in item.own_fields
        if isinstance(one, RollupField) and one.by is None
    )
    sums = tuple(
        summed(catalog, owner, one)
        for owner, one in catalog.rollups_over.get(item.name, ())
        if one.by is not None
    )
    read: list[frozenset[tuple[str, ...]]] = [rule.uses for rule in rules]
    read += [formula.uses for _, formula in (*formulas, *defaults)]
    read += [way.when.uses for found in ways.values() for way in found if way.when is not None]
    read += [one.when.uses for one in sums if one.when is not None]
    return CompiledObject(
        item=item,
        stored=tuple(one for one in item.own_fields if one.stored),
        defaults=defaults,
        setting=setting,
        judging=judging,
        formulas=formulas,
        ways=ways,
        line_sums=line_sums,
        sums=sums,
        far=_far(item, read),
        unique=_unique(item),
    )


def _compile(text: str, scope: expressions.Scope) -> Compiled:
    expression = expressions.check(text, scope)
    return Compiled(expressions.compile_python(expression), expression.uses)


def _rule(rule: RuleDefinition, item: ObjectType, scope: expressions.Scope) -> Rule:
    when = None if rule.when is None else _compile(rule.when, scope)
    effect = rule.effect
    if isinstance(effect, SetEffect):
        sets = tuple(
            (item.fields[name], _compile(formula, scope)) for name, formula in effect.values.items()
        )
        return Rule(rule, when, sets)
    if isinstance(effect, TableEffect):
        tables = tuple(
            (item.fields[output.field], table)
            for output, table in zip(
                effect.table.outputs, _tables(effect, item, scope), strict=True
            )
        )
        return Rule(rule, when, tables=tables)
    return Rule(rule, when)


def _tables(
    effect: TableEffect, item: ObjectType, scope: expressions.Scope
) -> Iterator[expressions.DecisionTable]:
    """A table per outcome column, all with the same conditions."""
    table = effect.table
    width = len(table.inputs)
    for place, output in enumerate(table.outputs):
        kind = item.fields[output.field].expression_type().kind
        default = table.default[place] if table.default else None
        yield expressions.check_table(
            {
                "hit": table.hit,
                "inputs": [test.input for test in table.inputs],
                "rows": [[*row[:width], row[width + place]] for row in table.rows],
                "default": default,
                "outcome": kind if kind in OUTCOMES else "text",
            },
            scope,
        )


def summed(catalog: Catalog, owner: ObjectType, one: RollupField) -> Summed:
    """A rollup of `owner`, compiled."""
    rows = catalog.objects[one.object]
    by = None if one.by is None else rows.fields[one.by]
    return Summed(
        owner=owner,
        field=one,
        by=by if isinstance(by, ReferenceField) else None,
        of=None if one.of is None else rows.fields[one.of],
        when=None if one.when is None else _compile(one.when, scope_of(catalog, rows)),
        lines_id=next((item.id for item in owner.lines if item.object == one.object), None),
    )


def _in_order(
    formulas: Iterable[tuple[FormulaField, Compiled]],
) -> tuple[tuple[FormulaField, Compiled], ...]:
    waiting = {one.id: (one, formula) for one, formula in formulas}
    ordered: list[tuple[FormulaField, Compiled]] = []

    def place(field_id: str) -> None:
        if field_id in waiting:
            one, formula = waiting.pop(field_id)
            for path in formula.uses:
                place(path[0])
            ordered.append((one, formula))

    for field_id in list(waiting):
        place(field_id)
    return tuple(ordered)


def _far(
    item: ObjectType, read: Iterable[frozenset[tuple[str, ...]]]
) -> Mapping[str, frozenset[tuple[str, ...]]]:
    found: dict[str, set[tuple[str, ...]]] = {}
    for paths in read:
        for path in paths:
            one = item.by_id.get(path[0])
            if len(path) > 1 and isinstance(one, ReferenceField):
                found.setdefault(one.id, set()).add(path[1:])
    return {field_id: frozenset(paths) for field_id, paths in found.items()}


def _unique(item: ObjectType) -> tuple[tuple[FieldDefinition, ...], ...]:
    alone = [(one,) for one in item.own_fields if one.unique and one.stored]
    groups = [tuple(item.fields[name] for name in group) for group in item.definition.unique]
    return (*alone, *groups)


def lines_of(item: ObjectType) -> Mapping[str, LinesField]:
    """The lines fields of an object by id."""
    return {one.id: one for one in item.lines}


def any_error(value: object) -> Any:
    """The error when a formula's value is one, else None."""
    return value if isinstance(value, expressions.ErrorValue) else None
