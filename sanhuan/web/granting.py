"""Nobody gives what he lacks: looked at whenever someone writes a person's roles or departments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sanhuan.catalog.runtime import ObjectType
from sanhuan.identity import invitations
from sanhuan.records import Result, Write
from sanhuan.web.routing import Ask

GIVES: Final = {
    "user": frozenset({"roles", "department", "active"}),
    "post": frozenset({"user", "department"}),
}
"""By object id: the fields by which a person comes to hold a role, or to hold it elsewhere."""


async def check(
    ask: Ask[Any, Any], item: ObjectType, writes: Sequence[Write], results: Sequence[Result]
) -> None:
    """Refuse what was just saved when it gave more than the caller may give himself.

    Raises CannotGrant, which takes the save back. Whoever may administer may give everything.
    """
    if item.id not in GIVES or ask.caller.has("administer"):
        return
    for person in set(_receivers(item, writes, results)):
        found = await invitations.held(ask.tx, person)
        if found is not None:
            invitations.check_roles(ask.directory, ask.caller, found.roles, found.departments)


def _receivers(
    item: ObjectType, writes: Sequence[Write], results: Sequence[Result]
) -> Iterator[UUID]:
    for result in results:
        write = writes[result.index]
        if result.id is None or result.status not in ("created", "updated"):
            continue
        if not GIVES[item.id] & set(write.values):
            continue
        if item.id == "user":
            yield result.id
        elif isinstance(write.values.get("user"), str):
            yield UUID(write.values["user"])
