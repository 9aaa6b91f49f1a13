"""Accounts and the people at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sanhuan.sample import hours
from sanhuan.sample.material import Colleague, Place
from sanhuan.sample.naming import mailbox
from sanhuan.sample.steps import Ref, Step
from sanhuan.sample.world import Account, Contact, World

OLD_ACCOUNTS = 330
"""Those that were customers before the history begins."""

LEVELS = {"A": 8, "B": 22, "C": 48, "D": 22}
SIZES = {"A": "s500", "B": "s499", "C": "s99", "D": "s20"}
PAYMENT_DAYS = {"A": 60, "B": 45, "C": 30, "D": 0}
CREDIT_LIMITS = {"A": "800000.00", "B": "300000.00", "C": "80000.00", "D": None}
OLD_SOURCES = {"referral": 30, "exhibition": 20, "prospecting": 30, "dealer": 12, "phone_in": 8}

JOBS = (
    ("采购经理", "buys"),
    ("项目经理", "uses"),
    ("总经理", "decides"),
    ("材料主管", "buys"),
    ("技术负责人", "influences"),
    ("财务", "pays"),
    ("生产经理", "uses"),
)
STREETS = ("人民路", "解放路", "建设路", "中兴路", "迎宾大道", "环城北路", "工业大道", "科创路")


def old(world: World) -> list[Account]:
    """The customers of before, each with an owner, from up to two years before the history."""
    random = world.random("accounts")
    accounts = []
    for number in range(OLD_ACCOUNTS):
        place, industry = world.place(random), world.industry(random)
        source = pick(random, OLD_SOURCES)
        account = Account(
            key=f"account:{number}",
            name=world.namer.firm(place, industry),
            place=place,
            industry=industry,
            level=pick(random, LEVELS),
            source=source,
            owner=world.seller(random, place, source),
            since=_before(world, random),
        )
        accounts.append(with_contacts(account, world, random))
    return accounts


def _before(world: World, random: Random) -> datetime:
    day = hours.local_day(world.start) - timedelta(days=random.randint(4, 730))
    return hours.in_office(hours.arrival(random, day))


def joined(
    world: World,
    random: Random,
    *,
    number: int,
    name: str,
    place: Place,
    industry: str,
    level: str,
    source: str,
    owner: Colleague,
    since: datetime,
    first: Contact,
) -> Account:
    """The account that a lead becomes; whoever asked is its first contact."""
    account = Account(f"account:{number}", name, place, industry, level, source, owner, since)
    account.contacts.append(first)
    return with_contacts(account, world, random)


def with_contacts(account: Account, world: World, random: Random) -> Account:
    """The account with one to three more contacts, fewer at small firms."""
    most = 2 if account.level in "CD" else 3
    for job_title, part in random.sample(JOBS, random.randint(1, most)):
        key = f"contact:{account.key.removeprefix('account:')}.{len(account.contacts)}"
        account.contacts.append(Contact(key, world.namer.person(), job_title, part))
    return account


def account_step(account: Account, world: World, random: Random) -> Step:
    street = f"{random.choice(STREETS)} {random.randint(1, 399)} 号"
    values: dict[str, Any] = {
        "name": account.name,
        "credit_code": world.namer.credit_code() if random.random() < 0.85 else None,
        "phone": world.namer.phone() if random.random() < 0.7 else None,
        "industry": account.industry,
        "level": account.level,
        "size": SIZES[account.level],
        "source": account.source,
        "address": account.place.address(street),
        "payment_days": PAYMENT_DAYS[account.level],
        "credit_limit": CREDIT_LIMITS[account.level],
        "tags": [Ref(f"tag:{name}") for name in _tags(account, random)],
        "owner": Ref(f"user:{account.owner.login}"),
    }
    return Step("account", account.key, account.since, values, by=account.owner.login)


def contact_steps(account: Account) -> list[Step]:
    return [
        Step(
            "contact",
            contact.key,
            account.since,
            {
                "name": contact.person.name,
                "account": Ref(account.key),
                "job_title": contact.job_title,
                "part": contact.part,
                "phone": contact.person.phone,
                "email": mailbox(contact.person) if index == 0 else None,
                "main": index == 0,
                "owner": Ref(f"user:{account.owner.login}"),
            },
            by=account.owner.login,
        )
        for index, contact in enumerate(account.contacts)
    ]


def _tags(account: Account, random: Random) -> list[str]:
    tags = []
    if account.level == "A":
        tags.append("战略客户")
    if random.random() < 0.15:
        tags.append("价格敏感")
    if random.random() < 0.08:
        tags.append("回款慢")
    return tags


def pick(random: Random, weights: dict[str, int]) -> str:
    """One of the keys, by weight."""
    return random.choices(list(weights), weights=list(weights.values()))[0]
