"""Shares of one record: seen and made by those who could do with it themselves what they give."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from sanhuan.catalog.runtime import ObjectType
from sanhuan.identity import shares
from sanhuan.records import errors
from sanhuan.web import answers
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Instant, Nothing, Route, identifier


class ShareBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to share with (a user, department or role), how far, and until when."""

    principal: UUID
    level: Literal["read", "edit"] = "read"
    until: Instant | None = None


async def list_shares(ask: Ask[Nothing, None]) -> Answer:
    """With whom a record is shared."""
    item, record = await _seen(ask, "see")
    found = await shares.of_record(ask.tx, item.id, record, ask.kernel.clock.now())
    return answers.json({"data": [_shown(each) for each in found]})


async def share(ask: Ask[Nothing, ShareBody]) -> Answer:
    """Open a record to someone.

    What is open to oneself or was opened by another is changed by who may edit the record: whoever
    it is shown to for a time does not make that longer, nor take from others what they had.
    """
    item, record = await _seen(ask, "edit" if ask.body.level == "edit" else "see")
    now = ask.kernel.clock.now()
    before = await shares.of_record(ask.tx, item.id, record, now)
    there = next((each for each in before if each.principal == ask.body.principal), None)
    is_anothers = there is not None and there.created_by != ask.caller.user
    if is_anothers or ask.body.principal in ask.caller.principals:
        await _seen(ask, "edit")
    await shares.share(
        ask.tx,
        ask.caller,
        item.id,
        record,
        ask.body.principal,
        level=ask.body.level,
        until=ask.body.until,
        now=now,
    )
    found = await shares.of_record(ask.tx, item.id, record, now)
    made = next(each for each in found if each.principal == ask.body.principal)
    return answers.json(_shown(made), 201)


async def unshare(ask: Ask[Nothing, None]) -> Answer:
    """Close a record to someone again: by who may edit it, or who opened it."""
    item, record = await _seen(ask, "see")
    principal = identifier(ask.path["principal"])
    found = await shares.of_record(ask.tx, item.id, record, ask.kernel.clock.now())
    made = next((each for each in found if each.principal == principal), None)
    if made is None:
        raise errors.NotFound
    if made.created_by != ask.caller.user:
        await _seen(ask, "edit")
    await shares.unshare(ask.tx, item.id, record, principal)
    return answers.NO_CONTENT


async def _seen(ask: Ask[Any, Any], act: str) -> tuple[ObjectType, UUID]:
    """The record of the path, when the caller may do `act` with it.

    Raises NotFound for one that he does not see, Forbidden for one that he may only see.
    """
    item, record = ask.object(), ask.record()
    if not ask.caller.may("see", item.id):
        raise errors.NotFound
    found = await ask.kernel.records.get_many(ask.tx, ask.caller, item.name, [record], ["id"])
    if record not in found:
        raise errors.NotFound
    if act != "see" and act not in msgspec.json.decode(found[record])["_can"]:
        raise errors.Forbidden(act)
    return item, record


def _shown(found: shares.Share) -> dict[str, Any]:
    return {
        "principal": {"id": found.principal, "kind": found.kind, "title": found.name},
        "level": found.level,
        "until": found.until,
        "created_by": found.created_by,
        "created_at": found.created_at,
    }


PATH: Final = "/records/{object:str}/{id:str}/shares"

ROUTES: Final = (
    Route(
        method="GET", path=PATH, run=list_shares, summary="With whom a record is shared",
        tag="sharing", shape="shares", refuses=(404,),
    ),
    Route(
        method="POST", path=PATH, run=share, body=ShareBody, mode="write", success=(201,),
        summary="Share a record", tag="sharing", shape="share", refuses=(403, 404),
    ),
    Route(
        method="DELETE", path=PATH + "/{principal:str}", run=unshare, mode="write",
        success=(204,), summary="End a share", tag="sharing", refuses=(403, 404),
    ),
)  # fmt: skip
