"""Invitations: a person's record is made or found, and a link by which he sets a password."""

from __future__ import annotations

import dataclasses
from typing import Any, Final
from uuid import UUID

import msgspec

from sanhuan.identity import invitations, refusals
from sanhuan.identity.access import system_caller
from sanhuan.records import Batch, Write
from sanhuan.web import answers
from sanhuan.web.answers import Answer
from sanhuan.web.routes import session
from sanhuan.web.routing import Ask, Nothing, PublicAsk, PublicRoute, Route, identifier


class InvitationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new colleague. Roles are ids."""

    name: str
    login: str
    email: str | None = None
    department: str | None = None
    roles: list[str] = []


class AcceptBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password that the person invited chose."""

    password: str


async def invite(ask: Ask[Nothing, InvitationBody]) -> Answer:
    """Make a person's record and a link for him, in one transaction.

    The record is saved as the platform's in the name of whoever invites: the right to manage
    people is asked for, instead of one on the object, and nobody gives a role beyond his own.
    """
    if not ask.caller.has("manage_people"):
        raise refusals.Forbidden
    values = {
        name: value for name, value in msgspec.structs.asdict(ask.body).items() if value is not None
    }
    saving = dataclasses.replace(
        system_caller(ask.caller.via), user=ask.caller.user, on_behalf_of=None
    )
    saved = await ask.kernel.records.save(
        ask.tx, saving, Batch("user", [Write("create", {**values, "active": True})])
    )
    user = saved.results[0].id
    assert user is not None
    return await _link(ask, user)


async def invite_again(ask: Ask[Nothing, Nothing]) -> Answer:
    """A new link for someone who is here already, such as one who forgot the password."""
    return await _link(ask, identifier(ask.path["id"]))


async def _link(ask: Ask[Any, Any], user: UUID) -> Answer:
    made = await invitations.invite(ask.tx, ask.caller, ask.directory, user, ask.kernel.clock.now())
    # Never from what the request says of the host: a link goes where the settings say.
    link = f"{ask.kernel.settings.base_url}/invitations/{made.token}"
    return answers.json({"id": user, "link": link, "expires_at": made.ends_at}, 201)


async def read_invitation(ask: PublicAsk[Nothing, None]) -> Answer:
    """Whom a link is for."""
    async with ask.kernel.app.connection() as connection:
        found = await invitations.read(connection, ask.path["token"], ask.kernel.clock.now())
    return answers.json({"name": found.name, "login": found.login})


async def accept_invitation(ask: PublicAsk[Nothing, AcceptBody]) -> Answer:
    """Set the password and begin a session."""
    issued = await ask.kernel.authenticator.accept_invitation(
        ask.path["token"],
        ask.body.password,
        address=ask.address,
        agent=ask.headers.get("user-agent"),
    )
    return await session.begun(ask.kernel, issued)


ROUTES: Final = (
    Route(
        method="POST", path="/people/invitations", run=invite, body=InvitationBody, mode="write",
        secret=True, success=(201,), summary="Invite a person", tag="people", shape="invitation",
        refuses=(403, 409),
    ),
    Route(
        method="POST", path="/people/{id:str}/invitations", run=invite_again, body=Nothing,
        optional_body=True, mode="write", secret=True, success=(201,),
        summary="Make a new link for a person", tag="people", shape="invitation", refuses=(403,),
    ),
)  # fmt: skip

PUBLIC: Final = (
    PublicRoute(
        method="GET", address="/api/v1/invitations/{token:str}", run=read_invitation,
        summary="Whom an invitation is for", tag="people", shape="invited", refuses=(404,),
    ),
    PublicRoute(
        method="POST", address="/api/v1/invitations/{token:str}", run=accept_invitation,
        body=AcceptBody, success=(201,), summary="Accept an invitation", tag="people",
        shape="session", refuses=(404,),
    ),
)  # fmt: skip
