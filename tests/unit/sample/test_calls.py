"""The phone campaign as records."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from sanhuan.catalog.runtime import Catalog
from sanhuan.sample import calls, campaign
from sanhuan.sample.events import Event
from sanhuan.sample.steps import Step, batches
from tests.unit.sample import fitting

SOME = 1_000


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return campaign.events(until=date(2026, 3, 18), limit=SOME)


@pytest.fixture(scope="module")
def steps(events: list[Event]) -> list[Step]:
    return calls.steps(events)


def test_steps_fit_the_package(steps: list[Step], catalog: Catalog) -> None:
    assert list(fitting.misfits(steps, catalog)) == []


def test_every_call_is_an_activity_of_its_lead(events: list[Event], steps: list[Step]) -> None:
    count = Counter(step.object for step in steps if step.operation == "create")
    assert count["lead"] == SOME
    assert count["activity"] == sum(event.type == "call.made" for event in events)


def test_who_said_yes_is_converted_and_the_others_are_lost(
    events: list[Event], steps: list[Step]
) -> None:
    won = sum(event.type == "lead.won" for event in events)
    states = Counter(step.values["state"] for step in steps if step.operation == "update")
    assert states["converted"] == states["qualified"] == won > 0
    assert states["lost"] == SOME - won
    assert states["contacted"] == SOME


def test_interests_are_kept_when_their_tags_are_known(events: list[Event]) -> None:
    line = events[0].data["interests"][0]
    first = calls.steps(events, tags=[line])[0]
    assert [ref.key for ref in first.values["interests"]] == [f"tag:{line}"]


def test_kinds_of_steps_stand_together(steps: list[Step]) -> None:
    assert len(list(batches(steps))) < 30
