"""The menu of a person: the items of all apps that lead to something he may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sanhuan.catalog.definitions import AppDefinition, Brick, PageDefinition
from sanhuan.catalog.runtime import Catalog
from sanhuan.identity.access import Caller
from sanhuan.web import pages

RIGHT_OF_BRICK: Final = {"people": "manage_people", "sources": "manage_sources"}
"""Whole-page bricks that are of no use without a right."""


def of(catalog: Catalog, caller: Caller) -> list[dict[str, Any]]:
    """The apps in their order, each with the items that the caller can open."""
    apps = sorted(catalog.apps.values(), key=lambda app: (app.order, app.name))
    return [shown for app in apps if (shown := _app(catalog, caller, app))["items"]]


def _app(catalog: Catalog, caller: Caller, app: AppDefinition) -> dict[str, Any]:
    return {
        "app": app.name,
        "label": app.label.by_language,
        "icon": app.icon,
        "items": [
            {
                "page": item.page,
                "label": (item.label or page.label).by_language,
                "icon": item.icon or page.icon,
            }
            for item in app.menu
            if (page := pages.find(catalog, caller, item.page)) is not None
            and is_of_use(catalog, caller, page)
        ],
    }


def is_of_use(catalog: Catalog, caller: Caller, page: PageDefinition) -> bool:
    """Whether the caller has the rights that the page's bricks are about."""
    for brick in _bricks(page.layout):
        right = RIGHT_OF_BRICK.get(brick)
        if right is not None and not caller.has(right):
            return False
        if brick == "imports" and not _may_import(catalog, caller):
            return False
    return True


def _may_import(catalog: Catalog, caller: Caller) -> bool:
    return any(caller.may("import", item.id) for item in catalog.objects.values())


def _bricks(layout: list[Brick]) -> Iterator[str]:
    for brick in layout:
        yield brick.brick
        yield from _bricks(brick.children)
