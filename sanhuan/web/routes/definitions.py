"""Definitions: read, compared with what a change would make of them, published, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sanhuan.catalog import publish, store
from sanhuan.records import errors
from sanhuan.studio import publications
from sanhuan.web import answers, strict_json
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Nothing, Route, identifier


class ChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One definition of the local layer: what it adds to, or changes in, those below.

    An `id` that is missing in the body or in its fields is given by the server: then it is new.
    """

    kind: str
    body: dict[str, Any]


class ChangesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    changes: list[ChangeBody]


def _changes(asked: ChangesBody) -> list[publish.Change]:
    return [
        publications.local_change(each.kind, strict_json.plain(each.body), publications.short_id)
        for each in asked.changes
    ]


async def list_definitions(ask: Ask[Nothing, None]) -> Answer:
    """The definitions of a kind as they hold, each with the layers that made it."""
    publications.check_right(ask.caller, ())
    kind = ask.path["kind"]
    if kind not in ask.kernel.kinds:
        raise errors.NotFound
    _, layered = await store.read(ask.tx)
    found = [
        {
            "layers": sorted(layered[one, definition.id]),
            "app": definition.app,
            **publish.body_of(definition),
        }
        for one, _, definition in store.effective(layered, ask.kernel.kinds)
        if one == kind
    ]
    return answers.json({"data": found})


async def plan(ask: Ask[Nothing, ChangesBody]) -> Answer:
    """What publishing would do to the tables, step by step. Nothing is changed."""
    changes = _changes(ask.body)
    publications.check_right(ask.caller, changes)
    publisher = publish.Publisher(ask.kernel.app.connection, ask.kernel.kinds)
    planned = await publisher.plan(changes)
    publications.check_reach(planned, administers=ask.caller.has("administer"))
    return answers.json({"steps": planned.words, "changes": [_shown(c) for c in changes]})


async def ask_for(ask: Ask[Nothing, ChangesBody]) -> Answer:
    """Have changes published by a worker. What became of it: GET /publications/{id}."""
    changes = _changes(ask.body)
    request = await publications.ask(ask.tx, ask.caller, changes)
    return answers.json({"id": request, "changes": [_shown(c) for c in changes]}, 202)


async def find(ask: Ask[Nothing, None]) -> Answer:
    """What became of a publication: waiting, done with its steps, or refused with the reasons."""
    publications.check_right(ask.caller, ())
    return answers.json(await _state(ask))


async def take_back(ask: Ask[Nothing, None]) -> Answer:
    """Have a publication taken back. Columns that it added stay, with what they hold."""
    found = await _state(ask)
    if found["publication"] is None:
        raise errors.NotFound
    request = await publications.ask(ask.tx, ask.caller, (), undo=found["publication"])
    return answers.json({"id": request, "changes": []}, 202)


async def _state(ask: Ask[Nothing, None]) -> Mapping[str, Any]:
    found = await publications.state(ask.tx, identifier(ask.path["id"]))
    if found is None:
        raise errors.NotFound
    return found


def _shown(change: publish.Change) -> dict[str, Any]:
    return {"kind": change.kind, "id": change.id, "body": change.body}


ROUTES: Final = (
    Route(
        method="GET", path="/definitions/{kind:str}", run=list_definitions, refuses=(403, 404),
        summary="Definitions of a kind with their layers", tag="definitions", shape="definitions",
    ),
    Route(
        method="POST", path="/definitions/plan", run=plan, body=ChangesBody, refuses=(403, 422),
        summary="What publishing changes would do", tag="definitions", shape="plan",
    ),
    Route(
        method="POST", path="/definitions/publish", run=ask_for, body=ChangesBody, mode="write",
        success=(202,), refuses=(403, 422), summary="Publish changes of definitions",
        tag="definitions", shape="publication_request",
    ),
    Route(
        method="GET", path="/publications/{id:str}", run=find, refuses=(403, 404),
        summary="What became of a publication", tag="definitions", shape="publication",
    ),
    Route(
        method="POST", path="/publications/{id:str}/undo", run=take_back, mode="write",
        success=(202,), refuses=(403, 404), summary="Take a publication back",
        tag="definitions", shape="publication_request",
    ),
)  # fmt: skip
