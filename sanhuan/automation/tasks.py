"""Tasks and messages that this ring gives people: records like any other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from sanhuan.errors import Text
from sanhuan.identity.access import Caller, system_caller
from sanhuan.records import Batch, Records, Transaction, Write

TASK: Final = "task"
NOTIFICATION: Final = "notification"
REMINDER: Final = "reminder"
LONGEST: Final = 200
FIELDS: Final = (
    "key", "kind", "state", "assignee", "about_object", "about_record", "reason",
)  # fmt: skip
PLATFORM = system_caller("flow")


@dataclass(frozen=True, slots=True)
class About:
    """The record that a task or message is about: object by API name, id, title."""

    object: str
    record: UUID
    title: str

    def values(self) -> dict[str, Any]:
        return {"about_object": self.object, "about_record": str(self.record)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task to give. `key` keeps one thing from becoming two tasks."""

    kind: str
    subject: str
    assignee: UUID
    about: About
    key: str
    due_at: datetime
    reason: str | None = None

    def values(self) -> dict[str, Any]:
        """As a record, owned by who has to do it: managers see it among those of their team."""
        return {
            "kind": self.kind,
            "subject": self.subject[:LONGEST],
            "assignee": str(self.assignee),
            "owner": str(self.assignee),
            "due_at": self.due_at.isoformat(),
            "reason": self.reason,
            "key": self.key,
            "about_title": self.about.title[:LONGEST],
            **self.about.values(),
        }


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a person."""

    user: UUID
    kind: Literal["info", "reminder", "warning"]
    title: Text
    body: Text
    about: About
    language: str = "zh"
    """The person's."""

    def values(self) -> dict[str, Any]:
        return {
            "user": str(self.user),
            "kind": self.kind,
            "title": self._said(self.title)[:LONGEST],
            "body": self._said(self.body),
            **self.about.values(),
        }

    def _said(self, text: Text) -> str:
        return text.en if self.language == "en" else text.zh


async def give(tx: Transaction, records: Records, caller: Caller, given: Sequence[Task]) -> None:
    """Make the tasks that are not there yet, by key."""
    if not given:
        return
    known = await records.find(tx, PLATFORM, TASK, "key", [task.key for task in given])
    rows = [Write("create", task.values()) for task in given if task.key not in known]
    if rows:
        await records.save(tx, caller, Batch(TASK, rows))


async def tell(
    tx: Transaction, records: Records, caller: Caller, messages: Sequence[Message]
) -> None:
    """Leave messages."""
    if messages:
        rows = [Write("create", message.values()) for message in messages]
        await records.save(tx, caller, Batch(NOTIFICATION, rows))


async def open_about(
    tx: Transaction,
    records: Records,
    object_name: str,
    ids: Collection[UUID],
    kinds: Collection[str],
) -> list[Mapping[str, Any]]:
    """The open tasks of those kinds about records.

    Each with id, key, kind, assignee, about_record and reason, as the API writes them.
    """
    about = [str(each) for each in ids]
    known = await records.find(tx, PLATFORM, TASK, "about_record", about)
    found = [task for listed in known.values() for task in listed]
    shown = await records.get_many(tx, PLATFORM, TASK, found, FIELDS)
    tasks = [msgspec.json.decode(body) for _, body in sorted(shown.items())]
    return [
        task
        for task in tasks
        if task["state"] == "open" and task["kind"] in kinds and task["about_object"] == object_name
    ]


async def change(
    tx: Transaction, records: Records, caller: Caller, changes: Mapping[str, dict[str, Any]]
) -> None:
    """Change tasks, by id."""
    if changes:
        rows = [Write("update", values, id=UUID(task)) for task, values in changes.items()]
        await records.save(tx, caller, Batch(TASK, rows))
