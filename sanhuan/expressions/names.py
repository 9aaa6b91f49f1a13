"""What names mean: scopes, names, and how a typed name is found."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from sanhuan.expressions.types import Type

_FULL_TO_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class Name:
    """A field as the language sees it.

    `id` is stable and goes into the tree; `labels` are by language (zh, en);
    `parts` are what a path may reach inside the value (a city of an address).
    """

    id: str
    api_name: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    type: Type = field(default_factory=Type)
    parts: tuple[Name, ...] = ()


class Scope(Protocol):
    """The names of one object."""

    def find(self, name: str, language: str) -> Sequence[Name]:
        """All fields of that name on the best level.

        Levels: API name, then label in `language`, then label in another. More
        than one field means that the name is ambiguous, none that it is unknown.
        """
        ...

    def by_id(self, field_id: str) -> Name | None:
        """The field of that id, None when there is none (any more)."""
        ...

    def far(self, object_name: str) -> Scope:
        """The scope of another object: of a reference or of a sub-table's rows."""
        ...


@runtime_checkable
class Listed(Protocol):
    """A scope that can list its names, for suggestions of the nearest one."""

    def names(self) -> Iterable[Name]: ...


class Names:
    """A scope over given fields, with other objects' scopes by name.

    Names are matched in NFC and with full-width letters and digits read as
    half-width, as the language reads them outside braces.
    """

    def __init__(self, fields: Iterable[Name], others: Mapping[str, Scope] | None = None) -> None:
        self._fields = tuple(fields)
        self._others: Mapping[str, Scope] = {} if others is None else others
        self._by_id = {name.id: name for name in self._fields}
        self._api: dict[str, list[Name]] = {}
        self._labels: dict[str, dict[str, list[Name]]] = {}
        for name in self._fields:
            self._api.setdefault(folded(name.api_name), []).append(name)
            for language, label in name.labels.items():
                by_label = self._labels.setdefault(language, {})
                by_label.setdefault(folded(label), []).append(name)

    def find(self, name: str, language: str) -> Sequence[Name]:
        wanted = folded(name)
        own = self._labels.get(language, {})
        found = self._api.get(wanted) or own.get(wanted)
        if found:
            return found
        others = (labels for key, labels in self._labels.items() if key != language)
        return next((hits for labels in others if (hits := labels.get(wanted))), [])

    def by_id(self, field_id: str) -> Name | None:
        return self._by_id.get(field_id)

    def far(self, object_name: str) -> Scope:
        return self._others.get(object_name) or EMPTY

    def names(self) -> Iterable[Name]:
        return self._fields


def folded(name: str) -> str:
    """The form in which names are compared."""
    return unicodedata.normalize("NFC", name).translate(_FULL_TO_HALF)


def halfwidth(text: str) -> str:
    """Full-width ASCII and the full-width blank as their half-width forms."""
    return text.translate(_FULL_TO_HALF)


EMPTY = Names(())
