"""Sources: what senders send in, how each stands, and its tray of events to mend."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from sanhuan.database import jobs
from sanhuan.identity import refusals
from sanhuan.touchpoints import errors, inbox, messages, secrets, state
from sanhuan.web import answers
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Nothing, PublicAsk, PublicRoute, Route

RIGHT: Final = "manage_sources"


class EventsParameters(msgspec.Struct, frozen=True):
    """Which events, and where to go on, the latest first."""

    state: state.State = "refused"
    before: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 50


def _manages(ask: Ask[Any, Any]) -> None:
    if not ask.caller.has(RIGHT):
        raise refusals.Forbidden


async def receive(ask: PublicAsk[Nothing, bytes]) -> Answer:
    """Take in a message that is signed as Standard Webhooks says. It is applied later."""
    kernel = ask.kernel
    box = inbox.Inbox(kernel.catalogs, kernel.app, kernel.clock)
    received = await box.receive(ask.path["source"], ask.raw, ask.headers)
    return answers.json(received._asdict())


async def list_sources(ask: Ask[Nothing, None]) -> Answer:
    """How each source stands."""
    _manages(ask)
    found = await state.states(ask.tx, ask.kernel.catalog, ask.kernel.clock.now())
    return answers.json({"data": found})


async def list_events(ask: Ask[EventsParameters, None]) -> Answer:
    """The events of a source in one state."""
    _manages(ask)
    wanted = ask.query
    found = await state.events(
        ask.tx,
        ask.kernel.catalog,
        ask.path["source"],
        wanted.state,
        before=wanted.before,
        limit=min(wanted.limit, 500),
    )
    return answers.json({"data": [state.event_json(each, ask.language) for each in found]})


async def replay(ask: Ask[Nothing, Nothing]) -> Answer:
    """Let one event be applied again."""
    _manages(ask)
    await state.replay(ask.tx, ask.kernel.catalog, ask.path["source"], _event(ask.path["id"]))
    await _apply(ask)
    return answers.json({"replayed": 1})


async def replay_refused(ask: Ask[Nothing, Nothing]) -> Answer:
    """Let all refused events of a source be applied again."""
    _manages(ask)
    count = await state.replay_refused(ask.tx, ask.kernel.catalog, ask.path["source"])
    await _apply(ask)
    return answers.json({"replayed": count})


async def renew_secret(ask: Ask[Nothing, Nothing]) -> Answer:
    """Give a source a new secret, shown once; the one before holds for another day."""
    _manages(ask)
    source = state.definition_of(ask.kernel.catalog, ask.path["source"])
    now = ask.kernel.clock.now()
    made = await secrets.renew(ask.tx, source.id, ask.caller.user, now)
    return answers.json({"secret": secrets.shown(made)}, 201)


async def _apply(ask: Ask[Any, Any]) -> None:
    await jobs.defer(ask.tx, [jobs.Job(task=inbox.APPLY, waiting_once=inbox.APPLY)])


def _event(text: str) -> int:
    """The number of an event. Raises NoSuchEvent."""
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise errors.NoSuchEvent


ONE: Final = "/sources/{source:str}"

ROUTES: Final = (
    Route(
        method="GET", path="/sources", run=list_sources, summary="How each source stands",
        tag="sources", shape="sources", refuses=(403,),
    ),
    Route(
        method="GET", path=f"{ONE}/events", run=list_events, query=EventsParameters,
        summary="Events of a source", tag="sources", shape="events", refuses=(403, 404),
    ),
    Route(
        method="POST", path=f"{ONE}/events/{{id:str}}/replay", run=replay, body=Nothing,
        optional_body=True, mode="write", summary="Apply an event again", tag="sources",
        shape="replayed", refuses=(403, 404),
    ),
    Route(
        method="POST", path=f"{ONE}/replay", run=replay_refused, body=Nothing,
        optional_body=True, mode="write", summary="Apply all refused events again",
        tag="sources", shape="replayed", refuses=(403, 404),
    ),
    Route(
        method="POST", path=f"{ONE}/secrets", run=renew_secret, body=Nothing, optional_body=True,
        mode="write", secret=True, success=(201,), summary="Give a source a new secret",
        tag="sources", shape="secret", refuses=(403, 404),
    ),
)  # fmt: skip

PUBLIC: Final = (
    PublicRoute(
        method="POST", address="/api/v1/hooks/{source:str}", run=receive, body=bytes,
        from_own_pages=False, limit=messages.MOST_BYTES, summary="Take in a signed message",
        tag="sources", shape="received", refuses=(401, 404, 409),
    ),
)  # fmt: skip
