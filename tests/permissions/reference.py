"""Who is to be answered what: a plain model of docs/permissions.md that knows no SQL.

It loops over all rows of a small world each time. It was written from the specification alone,
without a look at what composes statements or judges writes, and is to stay so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from tests.permissions import conditions, ward
from tests.permissions.world import HIDDEN, MASKED, READ, Filter, Policy, Record, World


class Unknown(Exception):
    """Something is named that does not exist, or not for this asker."""


class Model:
    """What one person is to be answered in a world."""

    def __init__(self, world: World, person: UUID) -> None:
        self.world = world
        self.me = world.people[person]
        self.policies = [one for role in self.me.roles for one in world.roles[role]]
        self.reports = {
            one
            for one in world.people
            if person in _upwards(one, lambda each: world.people[each].manager)
        }
        above = [set(_upwards(one, world.parents.__getitem__)) for one in self.me.departments]
        self.principals = {person, *self.me.roles, *set[UUID]().union(*above)}
        self.below = {
            one
            for one in world.parents
            if set(self.me.departments) & set(_upwards(one, world.parents.__getitem__))
        }

    # Rows

    def takes(self, policy: Policy, record: Record, act: str) -> bool:
        """Whether a policy takes a record, binned or not, for an act."""
        if policy.object != record.object or act not in policy.acts:
            return False
        match policy.rows:
            case "all":
                return True
            case "own":
                return bool(record.values.get("owner") == self.me.id)
            case "reports":
                return record.values.get("owner") in self.reports
            case "department":
                return record.values.get("department") in self.me.departments
            case "department_below":
                return record.values.get("department") in self.below
            case "shared":
                return any(
                    one.record == record.id
                    and one.principal in self.principals
                    and not one.is_expired
                    and (act == "see" or one.level == "edit")
                    for one in self.world.shares
                )
        try:
            condition = conditions.bound(policy.condition or {}, self.me.id)
            return conditions.holds(condition, lambda path: self._plain(record, path))
        except (KeyError, TypeError):
            return False  # a policy that can't be understood allows nothing

    def _plain(self, record: Record, path: str) -> Any:
        """What a record holds, whoever asks."""
        here: Record | None = record
        value: Any = None
        name_of = record.object
        for name in path.split("."):
            one = ward.OBJECTS[name_of][name]
            value = here.values.get(name) if here else None
            here = self.world.records.get(value) if one.target and value else None
            name_of = one.target
        return value

    def taking(self, record: Record, act: str) -> list[Policy]:
        return [one for one in self.policies if self.takes(one, record, act)]

    def sees(self, record: Record | None) -> bool:
        return record is not None and not record.is_binned and bool(self.taking(record, "see"))

    def find(self, object_name: str, record: Any) -> Record | None:
        """A live record that is seen."""
        found = self.world.records.get(record)
        is_it = found is not None and found.object == object_name
        return found if is_it and self.sees(found) else None

    def seen(self, object_name: str) -> list[Record]:
        return [one for one in self.world.records.values() if self.find(object_name, one.id)]

    # Fields

    def level(self, record: Record, name: str, act: str = "see") -> int:
        if name == "id":
            return READ
        return max((one.right(name) for one in self.taking(record, act)), default=HIDDEN)

    def knows(self, object_name: str, path: str) -> None:
        """Raises Unknown unless every step is shown on some row that there might be."""
        for name in path.split("."):
            policies = [one for one in self.policies if one.object == object_name]
            rights = [one.right(name) for one in policies if "see" in one.acts]
            if name != "id" and (
                name not in ward.OBJECTS.get(object_name, {}) or max(rights, default=HIDDEN) < 1
            ):
                raise Unknown(name)
            object_name = "" if name == "id" else ward.OBJECTS[object_name][name].target

    def value(self, record: Record, name: str) -> Any:
        """A field as it shows on a record: clear, masked or nothing."""
        if name == "id":
            return record.id
        value = record.values.get(name)
        level = self.level(record, name)
        if level == MASKED:
            return ward.masked(ward.OBJECTS[record.object][name], value)
        return value if level else None

    def at(self, record: Record, path: str) -> Any:
        """A path as it shows: nothing lies beyond a record that is not seen."""
        name, _, rest = path.partition(".")
        value = self.value(record, name)
        if not rest:
            return value
        target = self.find(ward.OBJECTS[record.object][name].target, value)
        return self.at(target, rest) if target else None

    def title(self, object_name: str, record: UUID) -> Any:
        target = self.find(object_name, record)
        return self.value(target, ward.TITLES[object_name]) if target else None

    def told(self, object_name: str, name: str, value: Any) -> Any:
        """A value with what it refers to by id and title."""
        target = ward.OBJECTS[object_name][name].target
        if value is None or not target:
            return value
        if isinstance(value, tuple):
            return [(one, self.title(target, one)) for one in value]
        return (value, self.title(target, value))

    # Reading

    def shown(self, record: Record, names: Sequence[str]) -> dict[str, Any]:
        """A record as it is answered; paths are there with None where nothing shows."""
        shown: dict[str, Any] = {"id": record.id}
        for path in names:
            if "." in path:
                *steps, last = path.split(".")
                shown[path] = self.told(_end(record.object, steps), last, self.at(record, path))
            elif self.level(record, path):
                shown[path] = self.told(record.object, path, self.value(record, path))
        known = {name: self.level(record, name) for name in ward.OBJECTS[record.object]}
        shown["_masked"] = {name for name, level in known.items() if level == MASKED}
        shown["_errors"] = {k: v for k, v in record.errors.items() if known[k] >= READ}
        acts = ("edit", "delete", "assign")
        shown["_can"] = {act for act in acts if self.taking(record, act)}
        return shown

    def rows(self, object_name: str, condition: Filter | None, q: str | None) -> list[Record]:
        for path in conditions.paths(condition):
            self.knows(object_name, path)
        wanted = conditions.bound(condition or {"rules": []}, self.me.id)
        return [
            one
            for one in self.seen(object_name)
            if conditions.holds(wanted, functools.partial(self.at, one))
            and (q is None or self.matches(one, q))
        ]

    def sorted(self, rows: list[Record], sort: str | None) -> list[Record]:
        keys = (sort or "-id").split(",")
        found = sorted(rows, key=lambda one: one.id, reverse=keys[-1].startswith("-"))
        for key in reversed(keys):
            path = key.lstrip("-")
            values = {one.id: self.at(one, path) for one in rows}
            found.sort(key=lambda one: _order(values[one.id]), reverse=key.startswith("-"))
        return found

    def listed(
        self,
        object_name: str,
        condition: Filter | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        q: str | None = None,
    ) -> list[dict[str, Any]]:
        named = [key.lstrip("-") for key in sort.split(",")] if sort else []
        for path in (*named, *(fields or ())):
            self.knows(object_name, path)
        rows = self.sorted(self.rows(object_name, condition, q), sort)
        names = fields or [name for name in ward.OBJECTS[object_name] if name != "lines"]
        return [self.shown(one, names) for one in rows]

    def matches(self, record: Record, q: str) -> bool:
        """Whether what shows of the searchable fields holds `q`; pinyin only of a clear title."""
        fields = ward.OBJECTS[record.object]
        texts = [self.value(record, name) for name, one in fields.items() if one.searchable]
        title = ward.TITLES[record.object]
        if self.level(record, title) >= READ:
            texts += [each for each in ward.PINYIN.get(record.values[title], ()) if each == q]
        return any(q.casefold() in text.casefold() for text in texts if text)

    def search(self, q: str) -> set[tuple[str, UUID, Any]]:
        return {
            (name, one.id, self.value(one, ward.TITLES[name]))
            for name in ward.OBJECTS
            for one in self.seen(name)
            if self.matches(one, q)
        }

    def aggregate(
        self, object_name: str, condition: Filter | None, group_by: Sequence[str], measure: str
    ) -> list[tuple[Any, ...]]:
        """Groups, each as (group…, count, figure); `measure` is `function:path`."""
        function, _, path = measure.partition(":")
        for each in (*[name.partition(":")[0] for name in group_by], *([path] if path else [])):
            self.knows(object_name, each)
        groups: dict[tuple[Any, ...], list[Record]] = {} if group_by else {(): []}
        for one in self.rows(object_name, condition, None):
            key = tuple(self._group(one, name) for name in group_by)
            groups.setdefault(key, []).append(one)
        return [
            (
                *key,
                len(rows),
                conditions.figure(function, [self.at(one, path) for one in rows if path]),
            )
            for key, rows in groups.items()
        ]

    def _group(self, record: Record, name: str) -> Any:
        path, _, grain = name.partition(":")
        value = self.at(record, path)
        if grain and value is not None:
            return value[:7] + "-01"
        target = _end(record.object, path.split("."))
        return (value, self.title(target, value)) if target and value else value

    def timeline(self, record: Record) -> list[tuple[str, dict[str, Any]]]:
        """Entries, newest first, each field as (level, before, after) by today's rights."""
        told = []
        for entry in reversed(record.history):
            fields = {
                name: (self.level(record, name), *self._sides(record, name, sides))
                for name, sides in entry.fields.items()
                if self.level(record, name)
            }
            if fields or entry.kind != "update":
                told.append((entry.kind, fields))
        return told

    def _sides(self, record: Record, name: str, sides: tuple[Any, Any]) -> Iterator[Any]:
        return (self.told(record.object, name, value) for value in sides)

    def last_change(self, record: Record) -> tuple[bool, set[str]] | None:
        """What the stream says of a record's last entry: whether gone, and the fields."""
        entry = record.history[-1]
        if self.sees(record):
            names = {name for name in entry.fields if self.level(record, name)}
            return (False, names) if names or entry.kind != "update" else None
        return (True, set()) if self.sees(entry.was) else None


def _upwards(one: UUID, parent: Callable[[UUID], UUID | None]) -> Iterator[UUID]:
    here: UUID | None = one
    while here is not None:
        yield here
        here = parent(here)


def _end(object_name: str, steps: Sequence[str]) -> str:
    """The object that these steps lead to, "" for none."""
    for step in steps:
        object_name = ward.OBJECTS[object_name][step].target
    return object_name


def _order(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)
