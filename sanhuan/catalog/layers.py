"""Layers: what a vendor ships, what an app adds, what this installation changed.

A higher layer holds only what differs. Maps merge key by key, lists of things with an `id` (or a
choice's `key`) merge by it, anything else replaces; so a new version of the vendor's layer slides
in below, and translations and local changes stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LAYERS = ("vendor", "app", "local")
IDENTITIES = ("id", "key")


def merge(base: Any, change: Any) -> Any:
    """`base` with `change` laid over it. Neither is altered."""
    if isinstance(base, Mapping) and isinstance(change, Mapping):
        if "do" in change and change.get("do") != base.get("do"):
            return change
        return {**base, **{key: merge(base.get(key), value) for key, value in change.items()}}
    identity = _identity(base, change)
    if identity is None:
        return change
    return _merge_list(base, change, identity)


def difference(base: Any, wanted: Any) -> Any:
    """The smallest change that `merge` turns `base` into `wanted` with; None when they are equal.

    Things of a list that `wanted` lacks stay, since a layer can't take away: the caller marks
    what is to go (`dropped`, `hidden`).
    """
    if base == wanted:
        return None
    if isinstance(base, Mapping) and isinstance(wanted, Mapping):
        changed = {
            key: value if key not in base else difference(base[key], value)
            for key, value in wanted.items()
            if key not in base or base[key] != value
        }
        return changed or None
    identity = _identity(base, wanted)
    if identity is None:
        return wanted
    known = {item[identity]: item for item in base}
    changes = []
    for item in wanted:
        if item[identity] not in known:
            changes.append(item)
        elif (change := difference(known[item[identity]], item)) is not None:
            changes.append({identity: item[identity], **change})
    return changes or None


def _identity(base: Any, change: Any) -> str | None:
    if not (_is_list(base) and _is_list(change)):
        return None
    things = [*base, *change]
    for identity in IDENTITIES:
        if things and all(isinstance(item, Mapping) and identity in item for item in things):
            return identity
    return None


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _merge_list(base: Sequence[Any], change: Sequence[Any], identity: str) -> list[Any]:
    changes = {item[identity]: item for item in change}
    merged = [merge(item, changes.pop(item[identity], {})) for item in base]
    return [*merged, *changes.values()]
