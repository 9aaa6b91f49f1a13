"""What must hold for definitions to fit together, looked at before anything is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sanhuan import expressions
from sanhuan.catalog import system_fields
from sanhuan.catalog.definitions import (
    Brick,
    Definition,
    Policy,
    RoleDefinition,
    RuleDefinition,
    SetEffect,
    TableEffect,
    ViewDefinition,
)
from sanhuan.catalog.fields import (
    FieldDefinition,
    FormulaField,
    LinesField,
    LookupField,
    ReferenceField,
    ReferencesField,
    RollupField,
    SelectField,
)
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.errors import SanhuanError, Text
from sanhuan.expressions import types

ID = re.compile(r"[a-z][a-z0-9_]{1,20}")
NAME = re.compile(r"[a-z][a-z0-9_.]{0,39}")
MOST_FIELDS = 800
DEEPEST_PAGE = 20
MOST_BRICKS = 1_000


class Unfit(SanhuanError):
    """Definitions that don't fit together; `complaints` lists each fault in a sentence."""

    code = "definitions_unfit"

    def __init__(self, complaints: list[str]) -> None:
        shown = "; ".join(complaints[:10])
        super().__init__(Text(f"定义对不上：{shown}", f"Definitions don't fit: {shown}"))
        self.complaints = complaints


def check(catalog: Catalog, kinds: Kinds) -> None:
    """Raise `Unfit` with all that is wrong in the catalog."""
    complaints = [
        *(found for item in catalog.objects.values() for found in _object(item, catalog)),
        *(found for rule in catalog.rules for found in _rule(rule, catalog)),
        *(found for view in catalog.views for found in _view(view, catalog)),
        *(found for role in catalog.roles.values() for found in _role(role, catalog)),
        *(found for page in catalog.pages.values() for found in _page(page.name, page.layout)),
        *_menus(catalog),
        *(
            found
            for kind, definitions in catalog.others.items()
            for definition in definitions.values()
            for found in kinds[kind].check(definition, catalog)
        ),
    ]
    if complaints:
        raise Unfit(complaints)


def names_and_ids(kind: str, definitions: Iterable[Definition]) -> Iterator[str]:
    """Faults in the names and ids of one kind's definitions."""
    names: set[str] = set()
    for definition in definitions:
        if not ID.fullmatch(definition.id):
            yield f"{kind} {definition.name}: id {definition.id!r} must match {ID.pattern}"
        if not NAME.fullmatch(definition.name):
            yield f"{kind} {definition.id}: name {definition.name!r} must match {NAME.pattern}"
        if definition.name in names:
            yield f"{kind}: two are called {definition.name}"
        names.add(definition.name)


def _object(item: ObjectType, catalog: Catalog) -> Iterator[str]:
    where = f"object {item.name}"
    definition = item.definition
    if len(definition.fields) > MOST_FIELDS:
        yield f"{where}: more than {MOST_FIELDS} fields"
    if definition.title_field not in item.fields:
        yield f"{where}: title_field {definition.title_field} is no field"
    if definition.line_of and definition.line_of not in catalog.objects:
        yield f"{where}: line_of {definition.line_of} is no object"
    for group in definition.unique:
        yield from (
            f"{where}: unique {name} is no field" for name in group if name not in item.fields
        )
    ids: set[str] = set()
    names: set[str] = set()
    for one in definition.fields:
        if not ID.fullmatch(one.id) or one.id in ids:
            yield f"{where}: field id {one.id!r} is taken or does not match {ID.pattern}"
        if not NAME.fullmatch(one.name) or "." in one.name:
            yield f"{where}: field name {one.name!r} must match {NAME.pattern}"
        if one.name in system_fields.NAMES - _free(item, one) or one.name in names:
            yield f"{where}: field name {one.name} is taken"
        ids.add(one.id)
        names.add(one.name)
    for field in item.own_fields:
        yield from (f"{where}.{field.name}: {fault}" for fault in _field(item, field, catalog))
    yield from _formula_cycles(item, catalog)


def _free(item: ObjectType, one: FieldDefinition) -> frozenset[str]:
    """System names that an object without owners may use for fields of its own."""
    if item.definition.owned or item.definition.line_of:
        return frozenset()
    return frozenset({"owner", "department", "parent", "position"})


def _field(item: ObjectType, one: FieldDefinition, catalog: Catalog) -> Iterator[str]:
    if isinstance(one, ReferenceField | ReferencesField | LinesField):
        target = one.target if isinstance(one, ReferenceField) else one.object
        if target not in catalog.objects:
            yield f"points at {target}, which is no object"
            return
        if isinstance(one, LinesField) and catalog.objects[target].definition.line_of != item.name:
            yield f"{target} does not say line_of: {item.name}"
    if isinstance(one, LookupField):
        try:
            catalog.follow(item, one.path)
        except (KeyError, RecursionError) as error:
            yield f"path {one.path} breaks at {error}"
    if one.default is not None:
        yield from _formula(item, catalog, one.default, one.expression_type())
    if isinstance(one, FormulaField):
        yield from _formula_field(item, one, catalog)
    if isinstance(one, RollupField):
        yield from _rollup(item, one, catalog)
    if isinstance(one, SelectField):
        yield from _transitions(item, one, catalog)


def _formula_field(item: ObjectType, one: FormulaField, catalog: Catalog) -> Iterator[str]:
    """What is stored may only read what its own record changes with."""
    live = expressions.Allowed.FILTER
    allow = live if one.live else expressions.Allowed.NOTHING
    try:
        found = expressions.check(one.formula, scope_of(catalog, item), allow=allow)
    except expressions.ExpressionError as error:
        yield f"formula {one.formula!r}: {error}" + ("" if one.live else " (or make it live)")
        return
    if not _fits(found.type, one.expression_type()):
        yield f"formula {one.formula!r} gives {found.type.kind}, not {one.expression_type().kind}"
    for path in () if one.live else found.uses:
        here = item.by_id.get(path[0])
        beyond = isinstance(here, ReferenceField | ReferencesField) and len(path) > 1
        if beyond or isinstance(here, LookupField) or _is_live(here):
            yield f"formula {one.formula!r} reads beyond the record: make it live"
            return


def _is_live(field: FieldDefinition | None) -> bool:
    return isinstance(field, FormulaField) and field.live


def _rollup(item: ObjectType, one: RollupField, catalog: Catalog) -> Iterator[str]:
    rows = catalog.objects.get(one.object)
    if rows is None:
        yield f"sums over {one.object}, which is no object"
        return
    if one.by is None:
        if rows.definition.line_of != item.name:
            yield f"{one.object} are not lines of {item.name}: name the reference in `by`"
    else:
        by = rows.fields.get(one.by)
        if not isinstance(by, ReferenceField) or by.target != item.name:
            yield f"{one.object}.{one.by} does not point at {item.name}"
    if (one.of is None) != (one.function == "count"):
        yield "`of` goes with sum, min, max, avg, and not with count"
    elif one.of is not None and (one.of not in rows.fields or not rows.fields[one.of].stored):
        yield f"{one.object}.{one.of} is no stored field"
    if one.when is not None:
        yield from _formula(rows, catalog, one.when, types.Boolean())


def _transitions(item: ObjectType, one: SelectField, catalog: Catalog) -> Iterator[str]:
    keys = [choice.key for choice in one.choices]
    if len(set(keys)) != len(keys):
        yield "two choices have one key"
    for way in one.transitions or ():
        for key in (way.source, *way.to):
            if key is not None and key not in keys:
                yield f"transition names {key}, which is no choice"
        if way.when is not None:
            yield from _formula(item, catalog, way.when, types.Boolean(), rule=True)


def _formula(
    item: ObjectType,
    catalog: Catalog,
    text: str,
    wanted: expressions.Type | None,
    *,
    rule: bool = False,
) -> Iterator[str]:
    try:
        found = expressions.check(text, scope_of(catalog, item))
    except expressions.ExpressionError as error:
        yield f"formula {text!r}: {error}"
        return
    if wanted is not None and not _fits(found.type, wanted):
        yield f"formula {text!r} gives {found.type.kind}, not {wanted.kind}"


def _fits(found: expressions.Type, wanted: expressions.Type) -> bool:
    if isinstance(wanted, types.ListOf | types.Opaque):
        return True
    return found.kind in (wanted.kind, "null") or {found.kind, wanted.kind} <= {"text", "choice"}


def _formula_cycles(item: ObjectType, catalog: Catalog) -> Iterator[str]:
    """A formula that needs itself, with the way round."""
    scope = scope_of(catalog, item)
    uses: dict[str, set[str]] = {}
    for one in item.own_fields:
        if isinstance(one, FormulaField):
            try:
                paths = expressions.check(one.formula, scope).uses
            except expressions.ExpressionError:
                continue
            uses[one.id] = {path[0] for path in paths}
    done: set[str] = set()

    def walk(field_id: str, way: tuple[str, ...]) -> Iterator[str]:
        if field_id in way:
            names = [item.by_id[step].name for step in (*way[way.index(field_id) :], field_id)]
            yield f"object {item.name}: formulas in a cycle: {' → '.join(names)}"
        elif field_id not in done:
            for used in uses.get(field_id, ()):
                yield from walk(used, (*way, field_id))
            done.add(field_id)

    for field_id in uses:
        yield from walk(field_id, ())


def _rule(rule: RuleDefinition, catalog: Catalog) -> Iterator[str]:
    where = f"rule {rule.name}"
    item = catalog.objects.get(rule.object)
    if item is None:
        yield f"{where}: {rule.object} is no object"
        return
    formulas: list[tuple[str, expressions.Type | None]] = []
    if rule.when is not None:
        formulas.append((rule.when, types.Boolean()))
    if isinstance(rule.effect, SetEffect):
        for name, formula in rule.effect.values.items():
            one = item.fields.get(name)
            if one is None or one.computed:
                yield f"{where}: sets {name}, which is no field to set"
            else:
                formulas.append((formula, one.expression_type()))
    if isinstance(rule.effect, TableEffect):
        formulas.extend((test.input, None) for test in rule.effect.table.inputs)
        for output in rule.effect.table.outputs:
            if output.field not in item.fields or item.fields[output.field].computed:
                yield f"{where}: sets {output.field}, which is no field to set"
        width = len(rule.effect.table.inputs) + len(rule.effect.table.outputs)
        for number, row in enumerate(rule.effect.table.rows, 1):
            if len(row) != width:
                yield f"{where}: row {number} has {len(row)} cells, not {width}"
    for formula, wanted in formulas:
        for fault in _formula(item, catalog, formula, wanted, rule=True):
            yield f"{where}: {fault}"


def _view(view: ViewDefinition, catalog: Catalog) -> Iterator[str]:
    where = f"view {view.name}"
    item = catalog.objects.get(view.object)
    if item is None:
        yield f"{where}: {view.object} is no object"
        return
    sorts = [part.strip().lstrip("-") for part in (view.sort or "").split(",") if part.strip()]
    groups = [view.group_by] if view.group_by else []
    for path in [*(column.field for column in view.columns), *sorts, *groups]:
        try:
            catalog.follow(item, path)
        except (KeyError, RecursionError):
            yield f"{where}: {path} is no field of {view.object}"
    if view.filter is not None:
        try:
            expressions.from_filter(view.filter, scope_of(catalog, item))
        except expressions.ExpressionError as error:
            yield f"{where}: filter: {error}"


def _role(role: RoleDefinition, catalog: Catalog) -> Iterator[str]:
    for policy in role.policies:
        yield from (f"role {role.name}: {fault}" for fault in _policy(policy, catalog))


def _policy(policy: Policy, catalog: Catalog) -> Iterator[str]:
    if policy.object == "*":
        return
    item = catalog.objects.get(policy.object)
    if item is None:
        yield f"{policy.object} is no object"
        return
    for name in policy.fields:
        if name not in item.fields:
            yield f"{policy.object}.{name} is no field"
    if (policy.condition is None) == (policy.rows == "condition"):
        yield f"{policy.object}: `condition` goes with rows: condition"
    elif policy.condition is not None:
        try:
            expressions.from_filter(policy.condition, scope_of(catalog, item))
        except expressions.ExpressionError as error:
            yield f"{policy.object}: condition: {error}"


def _page(name: str, layout: list[Brick]) -> Iterator[str]:
    count = 0
    waiting = [(brick, 1) for brick in layout]
    while waiting:
        brick, depth = waiting.pop()
        count += 1
        if depth > DEEPEST_PAGE or count > MOST_BRICKS:
            yield f"page {name}: nested deeper than {DEEPEST_PAGE} or over {MOST_BRICKS} bricks"
            return
        waiting.extend((child, depth + 1) for child in brick.children)


def _menus(catalog: Catalog) -> Iterator[str]:
    for app in catalog.apps.values():
        for entry in app.menu:
            made = entry.page.rpartition(".")[0] in catalog.objects
            if entry.page not in catalog.pages and not made:
                yield f"app {app.name}: menu names {entry.page}, which is no page"
