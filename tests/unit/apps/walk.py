"""Ways through definitions that the package tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from sanhuan.catalog.definitions import Brick, Definition
from sanhuan.catalog.fields import SelectField
from sanhuan.catalog.packages import Package

AnyDefinition = TypeVar("AnyDefinition", bound=Definition)


def of_kind(package: Package, struct: type[AnyDefinition]) -> list[AnyDefinition]:
    """The definitions of one kind."""
    return [item for _, item in package.definitions if isinstance(item, struct)]


def bricks(layout: list[Brick]) -> Iterator[Brick]:
    """All bricks of a page, at any depth, parents first."""
    for brick in layout:
        yield brick
        yield from bricks(brick.children)


def texts(data: Any, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every `{zh, en}` in plain data, with where it stands."""
    if isinstance(data, dict):
        if "zh" in data:
            yield path, data
        else:
            for key, value in data.items():
                yield from texts(value, f"{path}.{key}")
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from texts(value, f"{path}[{index}]")


def reachable(field: SelectField) -> set[str]:
    """The choices that a record can come to hold by the field's transitions."""
    ways = field.transitions or []
    found: set[str] = set()
    waiting = [key for way in ways if way.source is None for key in way.to]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(to for way in ways if way.source == key for to in way.to)
    return found
