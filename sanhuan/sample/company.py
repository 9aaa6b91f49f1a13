"""A made-up company with a year of history: a distributor of building materials in Zhejiang.

Everything in it is invented from a seed: no person, firm, number or price means a real one. The
same instant and seed give the same plan, step by step.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sanhuan.sample import customers, deals, leads, orders, organisation, todo
from sanhuan.sample.diary import About, Diary
from sanhuan.sample.hours import in_office
from sanhuan.sample.material import Material
from sanhuan.sample.organisation import COMPANY, DEMO_LOGINS
from sanhuan.sample.steps import Step, phase
from sanhuan.sample.world import Account, World

SEED = 20_260_101
CARE_A_YEAR = {"A": 3, "B": 1.2, "C": 0.4, "D": 0.1}
"""How often a customer of before is called or visited without a deal, by level."""

__all__ = ["COMPANY", "DEMO_LOGINS", "SEED", "plan"]


def plan(now: datetime, seed: int = SEED) -> list[Step]:
    """The history up to `now` (aware), about 22,000 steps, in an order in which it can be written.

    References to roles are to `role:<name>`: the loader is told their ids. Raises ValueError when
    `now` names no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("a plan needs an instant with a time zone")
    world = World(Material(), now, seed)
    diary = Diary(world)
    old = customers.old(world)
    enquiries = leads.Enquiries(world, old, diary).all()
    pipeline = deals.Pipeline(world, old, diary)
    pipeline.make(enquiries)
    _care(world, old, diary)
    book = orders.OrderBook(world)
    book.fill(pipeline.deals, old)
    luck = world.random("cards")
    return [
        *organisation.steps(world.material, world.start - timedelta(days=900)),
        *phase(customers.account_step(one, world, luck) for one in pipeline.accounts),
        *phase(step for one in pipeline.accounts for step in customers.contact_steps(one)),
        *phase(leads.created(enquiries)),
        *_rounds([lead.story for lead in enquiries]),
        *phase(deals.created(pipeline.deals)),
        *_rounds([deal.story for deal in pipeline.deals]),
        *phase(pipeline.conversions),
        *phase(book.created),
        *phase(book.shipped),
        *phase(book.received),
        *phase(diary.steps),
        *phase(todo.steps(world, enquiries, pipeline.deals)),
    ]


def _rounds(stories: list[list[Step]]) -> list[Step]:
    """Stories side by side: the first steps of all, then the second ones, and so on."""
    most = max(map(len, stories), default=0)
    return [
        step
        for number in range(most)
        for step in phase(story[number] for story in stories if len(story) > number)
    ]


def _care(world: World, accounts: list[Account], diary: Diary) -> None:
    random = world.random("care")
    for account in accounts:
        usual = CARE_A_YEAR[account.level]
        for _ in range(int(usual) + (random.random() < usual % 1)):
            at = in_office(world.start + (world.now - world.start) * random.random())
            contact = random.choice(account.contacts)
            line = random.choice(list(organisation.PRODUCT_LINES.values()))
            about = About(contact.person.address_form, line, account.place.short_city, None)
            links = {"account": account.key, "contact": contact.key}
            diary.note("care", at, account.owner, about, **links)
