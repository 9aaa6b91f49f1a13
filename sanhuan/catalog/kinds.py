"""The kinds of definition: where a package keeps them and how they are read.

The kernel's kinds are here, one line each; a ring adds its own with `Kinds.add`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanhuan.catalog.definitions import (
    AppDefinition,
    Definition,
    ObjectDefinition,
    PageDefinition,
    RoleDefinition,
    RuleDefinition,
    ViewDefinition,
)

if TYPE_CHECKING:
    from sanhuan.catalog.runtime import Catalog

Complaint = str


def _content(definition: Definition, catalog: Catalog) -> Iterable[Complaint]:
    return ()


def writes_nothing(definition: Definition, catalog: Catalog) -> Iterable[str]:
    """Of kinds that show things: pages, views, figures."""
    return ()


def writes_object(definition: Definition, catalog: Catalog) -> Iterable[str]:
    """Of kinds that belong to one object and change its records."""
    name = getattr(definition, "object", None)
    return (name,) if isinstance(name, str) else ()


def _itself(definition: Definition, catalog: Catalog) -> Iterable[str]:
    return (definition.name,)


def _roles(definition: Definition, catalog: Catalog) -> Iterable[str]:
    return ("role",)


@dataclass(frozen=True)
class Kind:
    """`folder` is where a package keeps its files; `check` lists what is wrong in a catalog.

    `writes` names the objects of which a definition changes records, or the meaning of records,
    with the platform's own right: what its author has to be allowed.
    """

    name: str
    struct: type[Definition]
    folder: str
    check: Callable[[Definition, Catalog], Iterable[Complaint]] = _content
    writes: Callable[[Definition, Catalog], Iterable[str]] = writes_nothing


KERNEL = (
    Kind("app", AppDefinition, "."),
    Kind("object", ObjectDefinition, "objects", writes=_itself),
    Kind("view", ViewDefinition, "views"),
    Kind("page", PageDefinition, "pages"),
    Kind("rule", RuleDefinition, "rules", writes=writes_object),
    Kind("role", RoleDefinition, "roles", writes=_roles),
)


class Kinds(Mapping[str, Kind]):
    """All kinds that this process knows, by name."""

    def __init__(self, kinds: Iterable[Kind] = KERNEL) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def add(self, kind: Kind) -> None:
        """Add a ring's kind. Raises ValueError when the name is taken."""
        if kind.name in self._kinds:
            raise ValueError(f"two kinds of definition are called {kind.name}")
        self._kinds[kind.name] = kind

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)
