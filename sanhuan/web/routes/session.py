"""Signing in and out, who one is, and what the workspace is."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sanhuan.database import queries
from sanhuan.identity import api_tokens, authentication, sessions
from sanhuan.identity.access import Caller
from sanhuan.identity.directory import Directory
from sanhuan.parts import Kernel
from sanhuan.sample import first_start, organisation
from sanhuan.web import answers, credentials, menu
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Nothing, PublicAsk, PublicRoute, Route

NAME: Final = {"zh": "三环", "en": "Sanhuan"}


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Login and password as typed."""

    login: str
    password: str


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's own password: as it was, and as it is to be."""

    old: str
    new: str


async def sign_in(ask: PublicAsk[Nothing, SignIn]) -> Answer:
    """Begin a session: its token in the answer and in a cookie."""
    issued = await ask.kernel.authenticator.sign_in(
        ask.body.login,
        ask.body.password,
        address=ask.address,
        agent=ask.headers.get("user-agent"),
    )
    return await begun(ask.kernel, issued)


async def begun(kernel: Kernel, issued: sessions.Issued) -> Answer:
    """The answer to whoever just began a session."""
    async with kernel.app.connection() as connection:
        directory = await kernel.up_to_date(connection)
    caller = directory.caller(issued.user)
    assert caller is not None, "a session is begun for the active only"
    user = person(kernel, directory, caller)
    secure = kernel.settings.base_url.startswith("https:")
    return Answer(
        201,
        answers.encode({"token": issued.token, "expires_at": issued.ends_at, "user": user}),
        cookies=credentials.set_cookies(issued, secure=secure),
    )


async def sign_out(ask: Ask[Nothing, None]) -> Answer:
    """End the session, or the API token, that the request came with."""
    caller = ask.caller
    assert caller.session is not None, "whoever asks came with one"
    now = ask.kernel.clock.now()
    if caller.scopes is None:
        await sessions.end(ask.tx, caller.session, now)
    else:
        await api_tokens.revoke(ask.tx, caller.user, caller.session, now)
    return Answer(204, cookies=credentials.clear_cookies())


async def me(ask: Ask[Nothing, None]) -> Answer:
    """Who asks, what he may do, and the menu that this makes."""
    kernel, caller = ask.kernel, ask.caller
    objects = {
        item.name: {"acts": acts}
        for item in kernel.catalog.objects.values()
        if not item.is_line and (acts := acts_on(caller, item.id))
    }
    return answers.json(
        {
            "user": person(kernel, ask.directory, caller),
            "rights": sorted(caller.rights),
            "objects": objects,
            "menu": menu.of(kernel.catalog, caller),
        }
    )


def acts_on(caller: Caller, object_id: str) -> list[str]:
    """What a caller may do with some records of an object."""
    return sorted({act for grant in caller.grants.get(object_id, ()) for act in grant.acts})


def person(kernel: Kernel, directory: Directory, caller: Caller) -> dict[str, Any]:
    """A person, as he is told of himself."""
    found = directory.people[caller.user]
    department = None
    if caller.department is not None:
        place = directory.departments[caller.department]
        department = {"id": place.id, "title": place.name}
    return {
        "id": caller.user,
        "name": caller.name,
        "login": caller.login,
        "department": department,
        "language": caller.language,
        "roles": [
            {"id": each, "title": _role_title(kernel, directory.roles[each].key, caller.language)}
            for each in found.roles
        ],
    }


def _role_title(kernel: Kernel, key: str, language: str) -> str:
    role = kernel.catalog.roles.get(key)
    return key if role is None else role.label.text(language)


async def change_password(ask: Ask[Nothing, PasswordChange]) -> Answer:
    """One's own password, changed; all other sessions end."""
    await ask.kernel.authenticator.change_password(
        ask.caller, old=ask.body.old, new=ask.body.new, address=ask.address
    )
    return answers.NO_CONTENT


async def workspace(ask: PublicAsk[Nothing, None]) -> Answer:
    """What anyone may know before signing in."""
    statements = queries.load("sanhuan.web.routes", "workspace.sql")
    async with ask.kernel.app.connection() as connection:
        found = await connection.execute(statements["demo_people"])
        people = await found.fetchall()
    is_sample = bool(people)
    shown = people if authentication.is_loopback(ask.address) else []
    return answers.json(
        {
            "name": organisation.COMPANY if is_sample else NAME,
            "currency": "CNY",
            "zone": "Asia/Shanghai",
            "sample": is_sample,
            "demo_people": [
                {
                    "login": login,
                    "name": name,
                    "title": {"zh": title or "", "en": title or ""},
                    "password": first_start.PASSWORD,
                }
                for login, name, title in shown
            ],
        }
    )


ROUTES: Final = (
    Route(
        method="DELETE", path="/session", run=sign_out, mode="write", success=(204,),
        summary="Sign out", tag="session",
    ),
    Route(method="GET", path="/me", run=me, summary="Who asks", tag="session", shape="me"),
    Route(
        method="POST", path="/me/password", run=change_password, body=PasswordChange,
        mode="alone", success=(204,), refuses=(403, 429), secret=True,
        summary="Change one's password", tag="session",
    ),
)  # fmt: skip

PUBLIC: Final = (
    PublicRoute(
        method="POST", address="/api/v1/session", run=sign_in, body=SignIn, success=(201,),
        refuses=(401, 429), summary="Sign in", tag="session", shape="session",
    ),
    PublicRoute(
        method="GET", address="/api/v1/workspace", run=workspace, summary="The workspace",
        tag="session", shape="workspace",
    ),
)  # fmt: skip
