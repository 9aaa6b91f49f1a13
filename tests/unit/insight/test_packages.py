"""What the packages declare for both rings fits the catalog, and what doesn't fit is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import sanhuan.apps
from sanhuan.automation import part as automation
from sanhuan.catalog import packages, runtime
from sanhuan.catalog.definitions import Brick, Definition
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.runtime import Catalog
from sanhuan.insight import part as insight

FOLDER = Path(next(iter(sanhuan.apps.__path__)))


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    found = Kinds()
    for part in (automation.part(), insight.part()):
        for kind in part.kinds:
            found.add(kind)
    return found


@pytest.fixture(scope="module")
def catalog(kinds: Kinds) -> Catalog:
    definitions = [
        (kind, "vendor", definition)
        for package in packages.read_all(FOLDER, kinds)
        for kind, definition in package.definitions
    ]
    return runtime.compile_catalog(1, definitions)


def complaints(kinds: Kinds, catalog: Catalog, kind: str, definition: Definition) -> list[str]:
    return list(kinds[kind].check(definition, catalog))


def test_definitions_of_both_rings_fit(kinds: Kinds, catalog: Catalog) -> None:
    found = [(kind, one) for kind in catalog.others for one in catalog.others[kind].values()]
    assert {kind for kind, _ in found} >= {"metric", "dispatch", "trigger", "gap"}
    assert [text for kind, one in found for text in complaints(kinds, catalog, kind, one)] == []


def _bricks(layout: list[Brick]) -> list[Brick]:
    return [each for brick in layout for each in (brick, *_bricks(brick.children))]


def test_dashboards_ask_for_metrics_and_dimensions_that_exist(catalog: Catalog) -> None:
    asked = 0
    for page in catalog.pages.values():
        for brick in _bricks(page.layout):
            names = [brick.props.get("metric"), *brick.props.get("metrics", [])]
            for name in filter(None, names):
                metric: Any = catalog.others["metric"][name]
                by = brick.props.get("group_by")
                assert by is None or by in metric.dimensions, f"{page.name}: {name} by {by}"
                asked += 1
    assert asked >= 8


def changed(definition: Definition, **values: Any) -> Definition:
    return msgspec.structs.replace(definition, **values)


Broken = Callable[[Any], Definition]


@pytest.mark.parametrize(
    ("kind", "name", "broken"),
    [
        ("metric", "leads_by_state", lambda one: changed(one, object="nothing")),
        ("metric", "leads_by_state", lambda one: changed(one, measure=None)),
        ("metric", "leads_by_state", lambda one: changed(one, dimensions=["colour"])),
        ("metric", "conversion_by_seller", lambda one: changed(one, unit="count")),
        ("dispatch", "lead.dispatch", lambda one: changed(one, accepts="state")),
        ("dispatch", "lead.dispatch", lambda one: changed(one, near=None)),
        ("dispatch", "lead.dispatch", lambda one: changed(one, reason="colour")),
        ("dispatch", "lead.dispatch", lambda one: changed(one, customer="name")),
        ("trigger", "lead.dispatch_new", lambda one: changed(one, when="ISNEW()")),
        ("trigger", "lead.dispatch_new", lambda one: changed(one, fields=["colour"])),
        ("trigger", "activity.first_contact", lambda one: changed(one, when='state = "x"')),
        ("gap", "lead.first_contact", lambda one: changed(one, hours="name")),
        ("gap", "lead.first_contact", lambda one: changed(one, waits="heat")),
        ("gap", "lead.first_contact", lambda one: changed(one, managers=["nobody"])),
    ],
)
def test_what_does_not_fit_is_told(
    kinds: Kinds, catalog: Catalog, kind: str, name: str, broken: Broken
) -> None:
    definition = broken(catalog.others[kind][name])
    assert complaints(kinds, catalog, kind, definition), definition
