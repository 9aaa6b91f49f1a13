"""What is open today: calls to make, next steps that were promised."""

from __future__ import annotations

from datetime import datetime, timedelta

from sanhuan.sample import hours
from sanhuan.sample.deals import Deal
from sanhuan.sample.leads import Lead
from sanhuan.sample.steps import Ref, Step
from sanhuan.sample.world import World

CALL_WITHIN = timedelta(hours=4)
OPEN_STAGES = ("confirm", "proposal", "quote", "negotiation", "signing")
STEPS = {
    "confirm": "出方案",
    "proposal": "讲方案，问意见",
    "quote": "问报价意见",
    "negotiation": "回复账期和价格",
    "signing": "跟盖章",
}


def steps(world: World, leads: list[Lead], deals: list[Deal]) -> list[Step]:
    """Tasks for leads that wait for a first call, and for every second open deal."""
    random = world.random("tasks")
    waiting = [lead for lead in leads if _waits(lead)]
    going = [deal for deal in deals if deal.stage in OPEN_STAGES and random.random() < 0.5]
    return [
        *(_call(lead) for lead in waiting),
        *(_next(deal, world.now + timedelta(hours=random.randint(-30, 70))) for deal in going),
    ]


def _waits(lead: Lead) -> bool:
    return bool(lead.story) and lead.story[-1].values["state"] == "assigned"


def _call(lead: Lead) -> Step:
    at = lead.story[-1].at
    login = lead.seller.login
    values = {
        "subject": f"首次联系 {lead.created['name']}（{lead.company}）",
        "kind": "first_contact",
        "assignee": Ref(f"user:{login}"),
        "owner": Ref(f"user:{login}"),
        "due_at": hours.in_office(at + CALL_WITHIN).isoformat(),
        "about_object": "lead",
        "about_record": Ref(lead.key),
        "about_title": lead.created["name"],
        "reason": lead.story[-1].values["dispatch_reason"],
        "key": f"sample:first_contact:{lead.key}",
    }
    return Step("task", f"task:{lead.key}", at, values)


def _next(deal: Deal, due: datetime) -> Step:
    at = deal.story[-1].at if deal.story else deal.opened
    login = deal.owner.login
    values = {
        "subject": f"{STEPS[deal.stage]}：{deal.name}",
        "kind": "follow_up",
        "assignee": Ref(f"user:{login}"),
        "owner": Ref(f"user:{login}"),
        "due_at": hours.in_office(due).isoformat(),
        "about_object": "opportunity",
        "about_record": Ref(deal.key),
        "about_title": deal.name,
        "reason": "上次跟进时约好的下一步",
        "key": f"sample:follow_up:{deal.key}",
    }
    return Step("task", f"task:{deal.key}", at, values, by=login)
