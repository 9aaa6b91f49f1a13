"""API tokens, and one's open sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sanhuan.catalog.runtime import Catalog
from sanhuan.identity import api_tokens, refusals, scopes, sessions
from sanhuan.records import errors
from sanhuan.web import answers
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Instant, Nothing, Route, identifier


class TokenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new token. Scopes name objects as the API does (`lead:see`); no end is for ever."""

    name: str
    scopes: list[str]
    expires_at: Instant | None = None


async def make_token(ask: Ask[Nothing, TokenBody]) -> Answer:
    """Make a token for programs. It is shown in this answer and never again."""
    made = await api_tokens.create(
        ask.tx,
        ask.caller,
        name=ask.body.name,
        token_scopes=scopes.rename(ask.body.scopes, _ids(ask.kernel.catalog)),
        ends_at=ask.body.expires_at,
        now=ask.kernel.clock.now(),
    )
    return answers.json(
        {
            "id": made.id,
            "token": made.token,
            "name": ask.body.name.strip(),
            "scopes": sorted(set(ask.body.scopes)),
            "expires_at": ask.body.expires_at,
        },
        201,
    )


async def list_tokens(ask: Ask[Nothing, None]) -> Answer:
    """One's tokens, without their secret."""
    found = await api_tokens.of_user(ask.tx, ask.caller.user, ask.kernel.clock.now())
    names = _names(ask.kernel.catalog)
    return answers.json({"data": [_shown(each, names) for each in found]})


async def end_token(ask: Ask[Nothing, None]) -> Answer:
    """End one of one's tokens."""
    token = identifier(ask.path["id"])
    if not await api_tokens.revoke(ask.tx, ask.caller.user, token, ask.kernel.clock.now()):
        raise errors.NotFound
    return answers.NO_CONTENT


async def list_sessions(ask: Ask[Nothing, None]) -> Answer:
    """One's open sessions."""
    found = await sessions.of_user(ask.tx, ask.caller.user, ask.kernel.clock.now())
    return answers.json(
        {"data": [{**each._asdict(), "current": each.id == ask.caller.session} for each in found]}
    )


async def end_session(ask: Ask[Nothing, None]) -> Answer:
    """End one of one's sessions."""
    if ask.caller.scopes is not None:
        raise refusals.Forbidden
    session = identifier(ask.path["id"])
    if not await sessions.end_own(ask.tx, ask.caller.user, session, ask.kernel.clock.now()):
        raise errors.NotFound
    return answers.NO_CONTENT


def _ids(catalog: Catalog) -> Mapping[str, str]:
    return {item.name: item.id for item in catalog.objects.values()}


def _names(catalog: Catalog) -> Mapping[str, str]:
    return {item.id: item.name for item in catalog.objects.values()}


def _shown(found: api_tokens.ApiToken, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "scopes": scopes.rename(found.scopes, names),
        "created_at": found.created_at,
        "seen_at": found.seen_at,
        "expires_at": found.ends_at,
    }


ROUTES: Final = (
    Route(
        method="POST", path="/tokens", run=make_token, body=TokenBody, mode="write", secret=True,
        success=(201,), summary="Make an API token", tag="tokens", shape="token", refuses=(403,),
    ),
    Route(
        method="GET", path="/tokens", run=list_tokens, summary="One's API tokens", tag="tokens",
        shape="tokens",
    ),
    Route(
        method="DELETE", path="/tokens/{id:str}", run=end_token, mode="write", success=(204,),
        summary="End an API token", tag="tokens", refuses=(404,),
    ),
    Route(
        method="GET", path="/sessions", run=list_sessions, summary="One's open sessions",
        tag="session", shape="sessions",
    ),
    Route(
        method="DELETE", path="/sessions/{id:str}", run=end_session, mode="write",
        success=(204,), summary="End a session", tag="session", refuses=(403, 404),
    ),
)  # fmt: skip
