"""Actions: what a button, a flow or a program can do with records beyond saving them.

Each ring brings its own; they meet here by name. An action saves through `records` as whoever
calls it, in the transaction that it is given, so that it does nothing its caller may not do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import msgspec

from sanhuan.catalog.fields import Label
from sanhuan.errors import SanhuanError, Text
from sanhuan.identity.access import Caller

if TYPE_CHECKING:
    from sanhuan.catalog.runtime import Catalog
    from sanhuan.records.service import Records, Transaction


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of an action that asks for nothing."""


class Changed(NamedTuple):
    """A record that an action changed: its object's API name, its id, its version now."""

    object: str
    id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did. `message` is the sentence for whoever pressed the button, if any."""

    changed: Sequence[Changed] = ()
    message: Text | None = None


Run = Callable[
    ["Transaction", Caller, "Records", Sequence[UUID], Any],  # Any: the action's parameters
    Awaitable[Outcome],
]


def _everywhere(catalog: Catalog, object_name: str) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that can be done with records of `object` (its API name; None is any object).

    `parameters` is the struct that its parameters are read into. `act` is the right on the object
    without which it is not offered; what it takes on the record itself is for `run` to see to.
    `run` gets the transaction, who asks, the records service, the ids and the parameters.
    `offered` tells whether definitions give it to an object (by API name); one that is not offered
    on an object can still be called by name.
    """

    name: str
    label: Label
    run: Run
    object: str | None = None
    parameters: type[msgspec.Struct] = NoParameters
    act: str = "edit"
    offered: Callable[[Catalog, str], bool] = _everywhere


class UnknownAction(SanhuanError):
    """There is no such action on this object, or not for this asker."""

    code = "unknown_action"

    def __init__(self, name: str) -> None:
        super().__init__(Text(f"没有操作 {name[:60]}", f"There is no action {name[:60]}"))


class Actions:
    """The actions of this process by object and name."""

    def __init__(self, actions: Iterable[Action] = ()) -> None:
        """Raises ValueError when two actions of one object have the same name."""
        self._actions: dict[tuple[str | None, str], Action] = {}
        for action in actions:
            key = (action.object, action.name)
            if key in self._actions:
                raise ValueError(f"two actions are called {action.name}")
            self._actions[key] = action

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def of(self, object_name: str) -> Mapping[str, Action]:
        """What can be done with records of an object, by name."""
        return {
            action.name: action
            for action in self._actions.values()
            if action.object in (None, object_name)
        }

    def find(self, object_name: str, name: str) -> Action:
        """The action of that name on an object. Raises UnknownAction."""
        found = self._actions.get((object_name, name)) or self._actions.get((None, name))
        if found is None:
            raise UnknownAction(name)
        return found
