"""Asks both sides one question, and says where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sanhuan.identity.access import Caller
from tests.permissions import answers, reference_writes, stories, trials, ward
from tests.permissions import questions as q
from tests.permissions.bench import Outcome, Scene
from tests.permissions.reference import Model


async def difference(scene: Scene, caller: Caller, model: Model, asked: q.Question) -> str | None:
    """How the product's answer differs from the model's; None when it does not."""
    if isinstance(asked, q.Alter):
        outcome = await scene.alter(caller, model, asked)
        return None if outcome is None else judged(model, outcome)
    if isinstance(asked, q.Bulk):
        outcomes = await scene.bulk(caller, model, asked)
        found = [judged(model, each) for each in _weighed(model, outcomes, asked.mode)]
        return next((each for each in found if each), None)
    want = answers.answer(model, asked)
    got = await scene.answer(caller, model, asked)
    return None if want == got else f"expected {want!r}\n     got {got!r}"


def _weighed(model: Model, outcomes: list[Outcome], mode: str) -> list[Outcome]:
    """In mode `all`, one refused row refuses all, and those that are right are told nothing."""
    if mode == "all" and any(each.refusal.codes for each in outcomes):
        return [each for each in outcomes if each.refusal.codes or _must_be_refused(model, each)]
    return outcomes


def _must_be_refused(model: Model, outcome: Outcome) -> bool:
    return bool(reference_writes.refusals(model, outcome.trial.write))


def judged(model: Model, outcome: Outcome) -> str | None:
    """What is wrong with what became of a write."""
    one, got = outcome.trial, outcome.refusal
    if not trials.agrees(model, one, got.codes):
        want = reference_writes.refusals(model, one.write) | one.besides
        return f"{one.row}\n expected {want or 'saved'}\n     got {got.codes or 'saved'}"
    if outcome.twin is not None and outcome.twin != got:
        return f"{one.row}\n tells not seen: {got}\n from not there: {outcome.twin}"
    named = trials.told_apart(model, one, got.fields)
    if named:
        return f"{one.row}\n tells of hidden fields {named}"
    return None if outcome.stored is None else _misplaced(one, outcome.stored)


def _misplaced(one: trials.Trial, stored: Mapping[str, Any]) -> str | None:
    """Where the record that was saved is not what it was to be."""
    wrong = {}
    for name, field in ward.OBJECTS[one.write.object].items():
        want = _ids(field.kind, one.write.result.values.get(name))
        if name not in stories.UNLOGGED and want != _ids(field.kind, stored.get(name)):
            wrong[name] = (want, stored.get(name))
    return f"{one.row}\n saved (expected, got): {wrong}" if wrong else None


def _ids(kind: str, value: Any) -> Any:
    """A value without titles."""
    if kind == "references":
        return [each if isinstance(each, UUID) else each[0] for each in value or ()]
    if kind == "reference" and isinstance(value, tuple):
        return value[0]
    return answers.normal_value(value)
