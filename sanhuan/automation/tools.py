"""What this ring works with, and how it acts on records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sanhuan.calendar.store import Calendars, CalendarStore
from sanhuan.calendar.working import WorkingCalendar
from sanhuan.changes.entries import Entry
from sanhuan.database.pool import Connection
from sanhuan.identity import versions
from sanhuan.identity.access import SYSTEM_USER, Caller, system_caller
from sanhuan.identity.directory import Directories, Directory
from sanhuan.records.actions import Actions
from sanhuan.records.service import Records

DEEPEST = 8
"""How many automatic changes may follow from one another: a loop ends there."""


@dataclass(frozen=True)
class Tools:
    """The services of a process that this ring calls."""

    records: Records
    actions: Actions
    directories: Directories
    calendars: CalendarStore

    async def around(self, tx: Connection) -> Surroundings:
        """People and calendars as they are now, the catalog brought up to date."""
        known = await versions.read(tx)
        if self.records.catalog.version != known.catalog:
            await self.records.catalogs.refresh(tx, known.catalog)
        directory = await self.directories.at(tx, known.policies)
        return Surroundings(directory, await self.calendars.current(tx))


@dataclass(frozen=True)
class Surroundings:
    """Who works here, and when."""

    directory: Directory
    calendars: Calendars

    def calendar(self, department: UUID | None) -> WorkingCalendar:
        """The hours of a department; the workspace's without one."""
        path = () if department is None else self.directory.tree.path(department)
        return self.calendars.nearest(path)

    def name(self, person: UUID | None) -> str:
        """A person's name; empty for who is unknown."""
        found = None if person is None else self.directory.people.get(person)
        return "" if found is None else found.name

    def language(self, person: UUID) -> str:
        """In which a person is written to: "zh" or "en"."""
        found = self.directory.people.get(person)
        return "zh" if found is None else found.language

    def manager(
        self, person: UUID | None, department: UUID | None, roles: list[str]
    ) -> UUID | None:
        """Who answers for a person's work: his manager, the head of the department or above.

        Else the first holder of one of `roles`, in their order. Never the person himself; None
        when there is nobody.
        """
        people = self.directory.people
        found = people.get(person) if person is not None else None
        heads = [
            self.directory.departments[each].manager
            for each in reversed(self.directory.tree.path(department) if department else ())
        ]
        above = [found.manager if found else None, *heads, *self._holders(roles)]
        for one in above:
            if one is not None and one != person and one in people and people[one].active:
                return one
        return None

    def _holders(self, roles: list[str]) -> list[UUID]:
        ids = {role.key: role.id for role in self.directory.roles.values()}
        return [
            person
            for role in roles
            for person, one in sorted(self.directory.people.items())
            if ids.get(role) in one.roles
        ]


def following(entry: Entry) -> Caller:
    """The platform, acting because of an entry, on behalf of whoever made that."""
    initiator = entry.on_behalf_of or entry.actor
    return system_caller(
        "flow",
        on_behalf_of=None if initiator == SYSTEM_USER else initiator,
        cause=entry.operation,
        root=entry.root or entry.operation,
        depth=entry.depth + 1,
    )


def reference(value: Any) -> UUID | None:
    """The id of a reference's JSON."""
    return None if value is None else UUID(value["id"])
