"""Actions on a record."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sanhuan.records import errors
from sanhuan.records.actions import Outcome, UnknownAction
from sanhuan.web import answers
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Nothing, Route


async def run_action(ask: Ask[Nothing, dict[str, Any]]) -> Answer:
    """Do what an action does, with one record that the caller sees."""
    item, record = ask.object(), ask.record()
    name = ask.path["action"]
    action = ask.kernel.actions.find(item.name, name)
    if not ask.caller.may("see", item.id):
        raise UnknownAction(name)
    found = await ask.kernel.records.get_many(ask.tx, ask.caller, item.name, [record], ["id"])
    if record not in found:
        raise errors.NotFound
    if not ask.caller.may(action.act, item.id):
        raise errors.Forbidden(action.act)
    parameters = msgspec.convert(ask.body, action.parameters)
    outcome = await action.run(ask.tx, ask.caller, ask.kernel.records, [record], parameters)
    return answers.json(shown(outcome))


def shown(outcome: Outcome) -> dict[str, Any]:
    """What an action did, as the API writes it."""
    message = outcome.message
    return {
        "changed": [each._asdict() for each in outcome.changed],
        "message": None if message is None else {"zh": message.zh, "en": message.en},
    }


ROUTES: Final = (
    Route(
        method="POST", path="/records/{object:str}/{id:str}/actions/{action:str}",
        run=run_action, body=dict[str, Any], mode="write", optional_body=True,
        summary="Run an action on a record", tag="records", shape="outcome", refuses=(403, 409),
    ),
)  # fmt: skip
