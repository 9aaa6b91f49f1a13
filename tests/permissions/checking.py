"""Asks both sides one question, and says where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sanhuan.identity.access import Caller
from tests.permissions import answers, reference_writes, stories, trials, ward
from tests.permissions import questions as q
from tests.permissions.bench import Outcome, Scene
from tests.permissions.reference import Model


@dataclass
class Tally:
    """How many times each path was gone, and what came of it."""

    counted: Counter[str] = field(default_factory=Counter)

    def add(self, path: str, what: str) -> None:
        self.counted[f"{path}: {what}"] += 1

    @property
    def paths(self) -> int:
        return self.counted.total()

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in sorted(self.counted.items()))


async def difference(
    scene: Scene, caller: Caller, model: Model, asked: q.Question, tally: Tally
) -> str | None:
    """How the product's answer differs from the model's; None when it does not."""
    if isinstance(asked, q.Alter):
        outcome = await scene.alter(caller, model, asked)
        if outcome is None:
            return None
        tally.add(asked.operation, _fate(outcome))
        return judged(model, outcome)
    if isinstance(asked, q.Bulk):
        outcomes = await scene.bulk(caller, model, asked)
        for outcome in outcomes:
            tally.add(f"bulk {asked.mode}", _fate(outcome))
        found = [judged(model, each) for each in _weighed(model, outcomes, asked.mode)]
        return next((each for each in found if each), None)
    want = answers.answer(model, asked)
    got = await scene.answer(caller, model, asked)
    if isinstance(asked, q.Feed):
        want, got = (_settled(each, model) for each in (want, got))
    tally.add(type(asked).__name__.lower(), _shape(want))
    return None if want == got else f"expected {want!r}\n     got {got!r}"


def _settled(told: dict[Any, Any], model: Model) -> dict[Any, Any]:
    open_ = answers.may_be_gone(model)
    return {record: what for record, what in told.items() if record not in open_}


def _fate(outcome: Outcome) -> str:
    codes = outcome.refusal.codes
    if not codes:
        return "saved"
    return next(iter(codes)) if len(codes) == 1 else "several"


def _shape(answer: Any) -> str:
    if isinstance(answer, answers.Error):
        return answer
    found = answer[0] if isinstance(answer, tuple) else answer
    return "something" if found else "nothing"


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
    for name, one_field in ward.OBJECTS[one.write.object].items():
        want = _ids(one_field.kind, one.write.result.values.get(name))
        if name not in stories.UNLOGGED and want != _ids(one_field.kind, stored.get(name)):
            wrong[name] = (want, stored.get(name))
    return f"{one.row}\n saved (expected, got): {wrong}" if wrong else None


def _ids(kind: str, value: Any) -> Any:
    """A value without titles."""
    if kind == "references":
        return [each if isinstance(each, UUID) else each[0] for each in value or ()]
    if kind == "reference" and isinstance(value, tuple):
        return value[0]
    return answers.normal_value(value)
