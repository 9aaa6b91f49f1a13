"""What every app keeps, built in or not: run over each package in `sanhuan/apps`.

That it decodes strictly into the definitions is the fixture's business: it could not be read
otherwise.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sanhuan.catalog import checks
from sanhuan.catalog.definitions import (
    Brick,
    ObjectDefinition,
    PageDefinition,
    RoleDefinition,
    RuleDefinition,
    TableEffect,
    ViewDefinition,
)
from sanhuan.catalog.fields import AutoNumberField, ComputedField, FieldDefinition, SelectField
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.packages import Package
from sanhuan.catalog.runtime import Catalog, ObjectType
from tests.unit.apps import walk
from tests.unit.apps.conftest import APPS, FOLDER

BRICKS = {
    "bar-chart": {"metric", "group_by", "label"},
    "column": set(),
    "columns": {"widths"},
    "facts": {"label", "fields"},
    "form": set(),
    "funnel": {"metric", "group_by", "label"},
    "gaps": {"label"},
    "heading": {"text"},
    "imports": set(),
    "kpi": {"metric", "filter", "label", "compare"},
    "kpi-strip": set(),
    "lines": {"field", "columns"},
    "list": {"object", "views"},
    "metric-table": {"metrics", "group_by", "label"},
    "people": set(),
    "record-header": {"badges", "facts", "actions"},
    "record-list": {"object", "filter", "columns", "label", "empty"},
    "related": {"object", "by", "columns", "label"},
    "section": {"label", "fields"},
    "sources": set(),
    "stage-bar": {"field"},
    "tab": {"label"},
    "tabs": set(),
    "tasks": set(),
    "timeline": set(),
}
"""The bricks and their options."""

ACTIONS = {"lead": {"assign", "dispatch"}, "task": {"complete"}}
"""The actions that the rings offer on an object's records."""


def test_packages_are_found() -> None:
    assert {"system", "sales"} <= set(APPS)


def test_ids_and_names_are_well_formed_and_unique(all_packages: dict[str, Package]) -> None:
    everything = [pair for package in all_packages.values() for pair in package.definitions]
    for kind in Kinds():
        definitions = [item for name, item in everything if name == kind]
        ids = [item.id for item in definitions]
        assert list(checks.names_and_ids(kind, definitions)) == []
        assert len(set(ids)) == len(ids), kind


def test_definitions_fit_together(catalog: Catalog) -> None:
    """Fields, objects and choices that are named exist; formulas and filters check."""
    checks.check(catalog, Kinds())


def test_files_bear_the_name_of_their_definition(package: Package) -> None:
    for kind, definition in package.definitions:
        if kind != "app":
            folder = FOLDER / package.app.name / Kinds()[kind].folder
            assert (folder / f"{definition.name}.yaml").is_file(), definition.name


def test_both_languages_are_complete(package: Package) -> None:
    for kind, definition in package.definitions:
        found = list(walk.texts(msgspec.to_builtins(definition)))
        assert found, definition.name
        for path, text in found:
            assert text["zh"].strip(), f"{kind} {definition.name}{path}: no Chinese"
            assert text["en"].strip(), f"{kind} {definition.name}{path}: no English"


def test_labels_are_unique_within_an_object(package: Package) -> None:
    """Two fields of one label would make formulas by label ambiguous."""
    for item in walk.of_kind(package, ObjectDefinition):
        for language in ("zh", "en"):
            labels = [field.label.text(language) for field in item.fields]
            assert sorted(set(labels)) == sorted(labels), f"{item.name} ({language})"


def test_numbers_have_sequences_of_their_own(catalog: Catalog) -> None:
    ids = [
        field.id
        for item in catalog.objects.values()
        for field in item.own_fields
        if isinstance(field, AutoNumberField)
    ]
    assert sorted(set(ids)) == sorted(ids)


def test_views_name_fields_that_sort_and_states_that_exist(
    package: Package, catalog: Catalog
) -> None:
    for view in walk.of_kind(package, ViewDefinition):
        item = catalog.object(view.object)
        for part in filter(None, (view.sort or "").split(",")):
            assert catalog.follow(item, part.lstrip("-"))[-1].sortable, f"{view.name}: {part}"
        if view.layout == "board":
            assert view.group_by, f"{view.name} has no columns to lay out"
        for rule in _rules(view.filter):
            field = _plain(catalog.follow(item, rule["field"])[-1])
            assert rule["operator"] in field.operators, f"{view.name}: {rule}"
            if isinstance(field, SelectField):
                keys = {choice.key for choice in field.choices}
                assert set(_listed(rule["value"])) <= keys, f"{view.name}: {rule}"


def test_views_show_what_each_role_that_sees_the_object_knows(
    package: Package, catalog: Catalog
) -> None:
    """A column that is hidden on every row would not be a field to its reader."""
    for view in walk.of_kind(package, ViewDefinition):
        for role in catalog.roles.values():
            policies = [policy for policy in role.policies if policy.object == view.object]
            for column in view.columns:
                rights = {
                    policy.fields.get(column.field, policy.other_fields) for policy in policies
                }
                assert rights != {"hidden"}, f"{view.name}: {column.field} for {role.name}"


def test_pages_are_made_of_bricks_with_their_options(package: Package) -> None:
    for page in walk.of_kind(package, PageDefinition):
        for brick in walk.bricks(page.layout):
            assert brick.brick in BRICKS, f"{page.name}: {brick.brick}"
            assert set(brick.props) <= BRICKS[brick.brick], f"{page.name}: {brick.brick}"


def test_pages_name_fields_that_exist(package: Package, catalog: Catalog) -> None:
    for page in walk.of_kind(package, PageDefinition):
        for brick in walk.bricks(page.layout):
            named = brick.props.get("object", page.object)
            if named is None:
                continue
            item = _object_of(brick, catalog.object(named), catalog)
            for path in _fields_of(brick):
                assert _exists(catalog, item, path), f"{page.name}: {brick.brick} {path}"


def test_related_lists_follow_a_reference_back(package: Package, catalog: Catalog) -> None:
    for page in walk.of_kind(package, PageDefinition):
        for brick in walk.bricks(page.layout):
            if brick.brick == "related":
                back = catalog.object(brick.props["object"]).fields[brick.props["by"]]
                assert getattr(back, "target", None) == page.object, page.name


def test_forms_offer_what_a_person_may_write(package: Package, catalog: Catalog) -> None:
    for page in walk.of_kind(package, PageDefinition):
        if page.kind == "form" and page.object:
            item = catalog.object(page.object)
            named = {
                name
                for brick in walk.bricks(page.layout)
                if brick.brick in ("section", "lines")
                for name in [*brick.props.get("fields", ()), brick.props.get("field")]
                if name
            }
            for name in named:
                assert _writable(item.fields[name]), f"{page.name}: {name}"
            required = {field.name for field in item.own_fields if _must_be_filled_in(field)}
            assert required <= named, f"{page.name} leaves out {required - named}"


def test_actions_on_pages_are_offered(package: Package) -> None:
    for page in walk.of_kind(package, PageDefinition):
        for brick in walk.bricks(page.layout):
            offered = ACTIONS.get(page.object or "", set())
            assert set(brick.props.get("actions", ())) <= offered, page.name


def test_every_state_is_reached(package: Package) -> None:
    for item in walk.of_kind(package, ObjectDefinition):
        for field in item.fields:
            if isinstance(field, SelectField) and field.transitions is not None:
                keys = {choice.key for choice in field.choices}
                assert walk.reachable(field) == keys, f"{item.name}.{field.name}"


def test_every_conditional_transition_says_what_to_do(package: Package) -> None:
    for item in walk.of_kind(package, ObjectDefinition):
        for field in item.fields:
            for way in getattr(field, "transitions", None) or ():
                assert way.when is None or way.message is not None, f"{item.name}: {way}"


def test_every_object_can_be_seen_and_changed_by_a_role(package: Package, catalog: Catalog) -> None:
    for item in walk.of_kind(package, ObjectDefinition):
        if item.line_of is None:
            for act in ("see", "create", "edit", "delete"):
                assert _roles_that_may(catalog, act, item.name), f"nobody may {act} {item.name}"


def test_every_transition_is_open_to_a_role(package: Package, catalog: Catalog) -> None:
    for item in walk.of_kind(package, ObjectDefinition):
        for field in item.fields:
            if isinstance(field, SelectField) and field.transitions:
                assert _roles_that_write(catalog, item.name, field.name), (
                    f"nobody moves {item.name}.{field.name}"
                )


def test_policies_grant_each_field_right_once_and_mask_what_has_a_mask(
    package: Package, catalog: Catalog
) -> None:
    for role in walk.of_kind(package, RoleDefinition):
        for policy in role.policies:
            for name, right in policy.fields.items():
                field = catalog.object(policy.object).fields[name]
                assert right != "masked" or field.mask, f"{role.name}: {policy.object}.{name}"
                assert right != policy.other_fields, f"{role.name}: {policy.object}.{name}"


def test_policies_assign_only_what_has_an_owner(package: Package, catalog: Catalog) -> None:
    for role in walk.of_kind(package, RoleDefinition):
        for policy in role.policies:
            if policy.object != "*" and not catalog.object(policy.object).owned:
                assert "assign" not in policy.acts, f"{role.name}: {policy.object}"
                assert policy.rows in ("all", "condition", "shared"), (
                    f"{role.name}: {policy.object}"
                )


def test_decision_tables_set_choices_that_exist(package: Package, catalog: Catalog) -> None:
    for rule in walk.of_kind(package, RuleDefinition):
        if isinstance(rule.effect, TableEffect):
            table = rule.effect.table
            for row in table.rows:
                for output, cell in zip(table.outputs, row[len(table.inputs) :], strict=True):
                    field = catalog.object(rule.object).fields[output.field]
                    if isinstance(field, SelectField) and not cell.startswith("="):
                        assert cell in {choice.key for choice in field.choices}, rule.name


def test_menus_open_pages(package: Package, catalog: Catalog) -> None:
    for entry in package.app.menu:
        name, _, kind = entry.page.rpartition(".")
        made = name in catalog.objects and kind in ("list", "record", "form")
        assert entry.page in catalog.pages or made, entry.page


@pytest.mark.parametrize("field", ["industry", "source"])
def test_shared_choices_are_the_same_everywhere(catalog: Catalog, field: str) -> None:
    """A lead that becomes an account and an opportunity carries its choices along."""
    lists = [
        [(choice.key, choice.label) for choice in item.fields[field].choices]  # type: ignore[attr-defined]  # select fields only
        for item in catalog.objects.values()
        if field in item.fields
    ]
    assert len(lists) > 1
    assert all(choices == lists[0] for choices in lists)


def _plain(field: FieldDefinition) -> FieldDefinition:
    """What a computed field is shown as, else the field."""
    return field.shown_as if isinstance(field, ComputedField) else field


def _rules(group: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The rules of a filter, without its groups."""
    if group is None:
        return []
    if "field" in group:
        return [group]
    return [rule for inner in group["rules"] for rule in _rules(inner)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _fields_of(brick: Brick) -> list[str]:
    single = [brick.props[name] for name in ("field", "by") if name in brick.props]
    listed = [
        path
        for name in ("fields", "facts", "badges", "columns")
        for path in brick.props.get(name, ())
    ]
    return [*single, *listed] if brick.brick != "lines" else listed


def _object_of(brick: Brick, item: ObjectType, catalog: Catalog) -> ObjectType:
    """The object whose fields the brick names: for lines, that of the rows."""
    if brick.brick != "lines":
        return item
    rows: Any = item.fields[brick.props["field"]]
    return catalog.object(rows.object)


def _exists(catalog: Catalog, item: ObjectType, path: str) -> bool:
    try:
        return bool(catalog.follow(item, path))
    except KeyError:
        return False


def _writable(field: FieldDefinition) -> bool:
    return not field.computed and not field.read_only


def _must_be_filled_in(field: FieldDefinition) -> bool:
    return field.required and field.default is None and _writable(field)


def _roles_that_may(catalog: Catalog, act: str, name: str) -> list[str]:
    return [
        role.name
        for role in catalog.roles.values()
        for policy in role.policies
        if policy.object in ("*", name) and act in policy.acts
    ]


def _roles_that_write(catalog: Catalog, name: str, field: str) -> list[str]:
    return [
        role.name
        for role in catalog.roles.values()
        for policy in role.policies
        if policy.object == name
        and "edit" in policy.acts
        and policy.fields.get(field, policy.other_fields) == "write"
    ]
