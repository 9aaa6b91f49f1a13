"""Nobody gives what he lacks: looked at whenever someone writes a person's roles or departments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from sanhuan.catalog.runtime import ObjectType
from sanhuan.identity import invitations
from sanhuan.identity.access import system_caller
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
    for person in await _receivers(ask, item, writes, results):
        found = await invitations.held(ask.tx, person)
        if found is not None:
            invitations.check_roles(ask.directory, ask.caller, found.roles, found.departments)


async def _receivers(
    ask: Ask[Any, Any], item: ObjectType, writes: Sequence[Write], results: Sequence[Result]
) -> set[UUID]:
    """The people whom what was saved gives something: of a post, whoever holds it now."""
    changed = list(_giving(item, writes, results))
    if item.id == "user":
        return set(changed)
    shown = await ask.kernel.records.get_many(ask.tx, system_caller(), item.name, changed, ["user"])
    holders = (msgspec.json.decode(body)["user"] for body in shown.values())
    return {UUID(holder["id"]) for holder in holders if holder is not None}


def _giving(item: ObjectType, writes: Sequence[Write], results: Sequence[Result]) -> Iterator[UUID]:
    """The records that came, came back, or got other values in the fields that give."""
    for result in results:
        is_given = result.status in ("created", "updated") and bool(
            GIVES[item.id] & set(writes[result.index].values)
        )
        if result.id is not None and (is_given or result.status == "restored"):
            yield result.id
