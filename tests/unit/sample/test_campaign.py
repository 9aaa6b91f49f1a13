"""The phone campaign: real clients and calls, made-up people."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import islice, pairwise

import pytest

from sanhuan.sample import campaign, hours, naming
from sanhuan.sample.events import Event

UNTIL = date(2026, 3, 18)
SOME = 3_000


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return campaign.events(until=UNTIL, limit=SOME)


def test_the_whole_file_ships() -> None:
    rows = list(campaign.read())
    assert len(rows) == 41_188
    assert sum(row.won for row in rows) == 4_640


def test_days_follow_the_file_and_its_weekdays() -> None:
    rows = list(campaign.read())
    days = campaign.days(rows)
    assert (days[0].year, days[0].month) == (2008, 5)
    assert (days[-1].year, days[-1].month) == (2010, 11)
    assert all(one <= other for one, other in pairwise(days))
    for row, day in zip(rows, days, strict=True):
        assert campaign.WEEKDAYS[day.weekday()] == row.day_of_week
        assert campaign.MONTHS[day.month - 1] == row.month


def test_the_same_arguments_give_the_same_events(events: list[Event]) -> None:
    assert campaign.events(until=UNTIL, limit=SOME) == events


def test_another_seed_makes_up_other_people_for_the_same_calls(events: list[Event]) -> None:
    others = campaign.events(until=UNTIL, limit=SOME, seed=2)
    assert [event.data.get("name") for event in others] != [e.data.get("name") for e in events]
    assert Counter(event.type for event in others) == Counter(event.type for event in events)


def test_each_client_is_a_lead_with_his_calls(events: list[Event]) -> None:
    rows = list(islice(campaign.read(), SOME))
    count = Counter(event.type for event in events)
    assert count["lead.created"] == SOME
    assert count["call.made"] == sum(row.calls for row in rows)
    assert count["lead.won"] == sum(row.won for row in rows)


def test_events_come_in_order_each_once_and_end_before_the_day_asked_for(
    events: list[Event],
) -> None:
    assert all(one.at <= other.at for one, other in pairwise(events))
    assert len({event.id for event in events}) == len(events)
    last = hours.local_day(events[-1].at)
    assert 0 <= (UNTIL - last).days < 7


def test_a_lead_comes_before_its_calls(events: list[Event]) -> None:
    received: set[str] = set()
    for event in events:
        if event.type == "lead.created":
            received.add(event.data["lead"])
        assert event.data["lead"] in received


def test_only_the_last_call_is_known(events: list[Event]) -> None:
    calls = [event for event in events if event.type == "call.made"]
    known = [event for event in calls if event.data["seconds"] is not None]
    assert len(known) == SOME
    assert all((event.data["result"] is None) == (event not in known) for event in calls[:300])


def test_people_can_not_be_reached(events: list[Event]) -> None:
    phones = [event.data["phone"] for event in events if event.type == "lead.created"]
    assert len(set(phones)) == SOME
    assert all(phone.startswith(naming.PHONE_PREFIX) for phone in phones)


def test_no_clients_give_no_events() -> None:
    assert campaign.events(until=UNTIL, limit=0) == []
