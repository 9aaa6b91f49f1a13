"""The phone campaign as records: leads, the calls as activities, accounts of those who said yes.

For loading without a source. See `campaign` for what of it is real.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from sanhuan.sample.events import Event
from sanhuan.sample.steps import Ref, Step

ACCOUNT_FIELDS = ("phone", "industry", "source")
A_MOMENT = timedelta(seconds=1)


def steps(events: Iterable[Event], tags: Iterable[str] = ()) -> list[Step]:
    """The events in an order in which they can be written, each kind of step together.

    `tags` are the names of product tags that the loader knows ids of (`tag:防水`); interests that
    are not among them are left out. A lead is assigned and contacted with its first call, and
    converted or lost with its last.
    """
    told = list(events)
    leads = {event.data["lead"]: event for event in told if event.type == "lead.created"}
    calls = [event for event in told if event.type == "call.made"]
    won = {event.data["lead"] for event in told if event.type == "lead.won"}
    last = [call for call in calls if call.data["result"] is not None]
    return [
        *(_lead(event, frozenset(tags)) for event in leads.values()),
        *(step for state in ("assigned", "contacted") for step in _first_calls(calls, state)),
        *(_call(event) for event in calls),
        *(_account(leads[call.data["lead"]], call) for call in last if call.data["lead"] in won),
        *(_state(call, "qualified") for call in last if call.data["lead"] in won),
        *(_converted(call) for call in last if call.data["lead"] in won),
        *(_lost(call) for call in last if call.data["lead"] not in won),
    ]


def _lead(event: Event, tags: frozenset[str]) -> Step:
    values = {name: value for name, value in event.data.items() if name != "lead"}
    values["interests"] = [Ref(f"tag:{name}") for name in values["interests"] if name in tags]
    return Step("lead", _key(event), event.at, values)


def _first_calls(calls: list[Event], state: str) -> Iterator[Step]:
    for call in calls:
        if call.data["attempt"] == 1:
            noted = "assigned_at" if state == "assigned" else "first_contact_at"
            yield _state(call, state, {noted: call.at.isoformat()})


def _call(event: Event) -> Step:
    seconds = event.data["seconds"]
    talked = "" if seconds is None else f"，通话 {seconds} 秒"
    values: dict[str, Any] = {
        "way": "call",
        "content": f"第 {event.data['attempt']} 次电话{talked}",
        "at": event.at.isoformat(),
        "minutes": None if seconds is None else round(seconds / 60),
        "result": event.data["result"],
        "lead": Ref(_key(event)),
    }
    return Step("activity", f"activity:{event.id}", event.at, values)


def _account(lead: Event, call: Event) -> Step:
    name = lead.data["company"] or lead.data["name"]
    values = {"name": name, **{field: lead.data[field] for field in ACCOUNT_FIELDS}}
    return Step("account", f"account:{lead.id}", call.at, values)


def _converted(call: Event) -> Step:
    account = Ref(f"account:{call.data['lead']}")
    return _state(call, "converted", {"account": account}, later=A_MOMENT)


def _lost(call: Event) -> Step:
    return _state(call, "lost", {"lost_reason": "no_need"}, later=A_MOMENT)


def _state(
    call: Event, state: str, more: dict[str, Any] | None = None, later: timedelta = timedelta()
) -> Step:
    values = {"state": state, **(more or {})}
    return Step("lead", _key(call), call.at + later, values, operation="update")


def _key(event: Event) -> str:
    return f"lead:{event.data['lead']}"
