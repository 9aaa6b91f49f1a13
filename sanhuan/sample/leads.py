"""Enquiries and what became of them: dispatched, called back sooner or later, confirmed or lost.

The rates are made up to be believable for a distributor of building materials: about a fifth of
the enquiries becomes a deal, the sooner the call the likelier. Before the company began to work
with the product a manager handed enquiries out by hand and calls came the next day; since then
they are dispatched within minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sanhuan.sample import customers, hours, organisation
from sanhuan.sample.diary import About, Diary, to_hundreds
from sanhuan.sample.material import Colleague, Place
from sanhuan.sample.naming import Person, mailbox
from sanhuan.sample.steps import Ref, Step
from sanhuan.sample.world import Account, World

LEADS = 1_500


@dataclass(frozen=True, slots=True)
class Channel:
    """A source of leads: how many of a hundred, how many are confirmed, their usual size (CNY)."""

    share: int
    confirmed: float
    amount: int
    campaigns: tuple[str, ...] = ()


CHANNELS = {
    "search_ad": Channel(22, 0.34, 45_000, ("防水关键词", "瓷砖胶关键词", "保温关键词")),
    "web_form": Channel(18, 0.46, 60_000),
    "wechat": Channel(14, 0.52, 70_000, ("企微活码", "工地群")),
    "phone_in": Channel(12, 0.62, 90_000),
    "exhibition": Channel(8, 0.42, 80_000, ("建筑装饰展", "防水技术交流会")),
    "referral": Channel(10, 0.72, 180_000),
    "dealer": Channel(8, 0.66, 120_000),
    "shop": Channel(8, 0.52, 8_000),
}

LOST_EARLY = {"no_answer": 40, "no_need": 25, "out_of_scope": 15, "spam": 12, "duplicate": 8}
LOST_LATE = {"price": 35, "competitor": 35, "no_need": 30}
NEEDS = (
    "{city}{project}要{line}，什么价？多久能到？",
    "想了解{line}，有检测报告吗？",
    "{project}用{line}，请报含税含运的价",
    "现在的{line}供应商总断货，想换一家",
    "要{line}，先发个样品看看",
)
PROJECTS = (
    "安置房",
    "厂房",
    "学校改扩建",
    "酒店翻新",
    "商业广场",
    "写字楼",
    "住宅小区",
    "物流仓库",
)

HELD_BACK = timedelta(hours=40)
"""Some enquiries that came in later than this ago wait for a manager to hand them out."""

COOLED = timedelta(hours=36)
"""The wait after which a third is left of that part of the chance that waiting can spoil."""


@dataclass(slots=True)
class Lead:
    """An enquiry and its story so far: later values by the instant at which they came true."""

    key: str
    person: Person
    company: str
    place: Place
    industry: str
    source: str
    line: str
    amount: Decimal | None
    received: datetime
    seller: Colleague
    account: Account | None
    created: dict[str, Any]
    story: list[Step] = field(default_factory=list)
    converted_at: datetime | None = None

    @property
    def about(self) -> About:
        form = self.person.address_form
        return About(form, self.line, self.place.short_city, self.amount)


class Enquiries:
    """Makes the leads of the history; those that came to be deals carry `converted_at`."""

    def __init__(self, world: World, accounts: list[Account], diary: Diary) -> None:
        self._world = world
        self._accounts = accounts
        self._diary = diary
        self._random = world.random("leads")

    def all(self) -> list[Lead]:
        """All leads, the oldest first."""
        days = self._world.days()
        weights = [self._weight(day, position / len(days)) for position, day in enumerate(days)]
        chosen = sorted(self._random.choices(days, weights=weights, k=LEADS))
        found = [self._lead(number, day) for number, day in enumerate(chosen)]
        return [lead for lead in found if lead.received <= self._world.now]

    def _weight(self, day: date, progress: float) -> float:
        """Business grows over the year; weekends are quiet."""
        return (0.8 + 0.4 * progress) * (0.35 if day.weekday() >= hours.SATURDAY else 1.0)

    def _lead(self, number: int, day: date) -> Lead:
        random = self._random
        source = random.choices(list(CHANNELS), [one.share for one in CHANNELS.values()])[0]
        known = random.choice(self._accounts) if random.random() < 0.12 else None
        place = known.place if known else self._world.place(random)
        industry = known.industry if known else self._world.industry(random)
        amount = self._amount(source)
        lead = Lead(
            key=f"lead:{number}",
            person=self._world.namer.person(),
            company=known.name if known else self._world.namer.firm(place, industry),
            place=place,
            industry=industry,
            source=source,
            line=random.choice(list(organisation.PRODUCT_LINES.values())),
            amount=amount,
            received=hours.arrival(random, day),
            seller=known.owner if known else self._world.seller(random, place, source),
            account=known,
            created={},
        )
        lead.created = self._values(lead)
        if lead.received <= self._world.now:
            self._tell(lead)
        return lead

    def _amount(self, source: str) -> Decimal | None:
        """What the enquiry may be worth, to the hundred; a sixth doesn't say."""
        if self._random.random() < 1 / 6:
            return None
        return to_hundreds(CHANNELS[source].amount * math.exp(self._random.gauss(0, 0.9)))

    def _values(self, lead: Lead) -> dict[str, Any]:
        random = self._random
        need = random.choice(NEEDS).format(
            city=lead.place.short_city, project=random.choice(PROJECTS), line=lead.line
        )
        campaigns = CHANNELS[lead.source].campaigns
        return {
            "name": lead.person.name if random.random() < 0.6 else lead.person.address_form,
            "company": lead.company,
            "phone": lead.person.phone,
            "email": mailbox(lead.person) if random.random() < 0.2 else None,
            "source": lead.source,
            "campaign": random.choice(campaigns) if campaigns else None,
            "industry": lead.industry if random.random() < 0.8 else None,
            "region": lead.place.address(),
            "interests": [Ref(f"tag:{lead.line}")],
            "need": need if random.random() < 0.7 else None,
            "expected_amount": None if lead.amount is None else str(lead.amount),
            "received_at": lead.received.isoformat(),
            "account": Ref(lead.account.key) if lead.account else None,
            "owner": None,
        }

    def _tell(self, lead: Lead) -> None:
        """The story of a lead as far as the present."""
        modern = lead.received >= self._world.with_product
        if lead.received > self._world.now - HELD_BACK and self._random.random() < 0.4:
            return
        assigned = self._assign(lead, modern)
        if self._random.random() < (0.07 if modern else 0.16):
            given_up = assigned + hours.spell(self._random, timedelta(days=18), 0.4)
            self._lose(lead, given_up, "too_late")
            return
        contacted = self._contact(lead, assigned, modern)
        wait = contacted - lead.received
        if self._random.random() >= self._chance(lead, wait):
            later = contacted + hours.spell(self._random, timedelta(days=4))
            self._lose(lead, later, customers.pick(self._random, LOST_EARLY))
            return
        qualified = self._qualify(lead, contacted, modern)
        pace = timedelta(days=4 if modern else 11)
        settled = hours.in_office(qualified + hours.spell(self._random, pace))
        if self._random.random() < 0.74:
            lead.converted_at = settled if settled <= self._world.now else None
        else:
            self._lose(lead, settled, customers.pick(self._random, LOST_LATE))

    def _chance(self, lead: Lead, wait: timedelta) -> float:
        kept = 0.5 + 0.5 * math.exp(-wait / COOLED)
        return CHANNELS[lead.source].confirmed * kept * self._world.skill[lead.seller.login]

    def _assign(self, lead: Lead, modern: bool) -> datetime:
        random = self._random
        if modern:
            assigned = lead.received + hours.spell(random, timedelta(minutes=2), 0.6)
            by, reason = None, self._reason(lead)
        else:
            asked = lead.received + hours.spell(random, timedelta(hours=5), 0.9)
            assigned, reason = hours.in_office(asked), None
            by = organisation.DEPARTMENTS[lead.seller.department][1]
        values: dict[str, Any] = {
            "state": "assigned",
            "owner": Ref(f"user:{lead.seller.login}"),
            "assigned_at": assigned.isoformat(),
            "dispatch_reason": reason,
        }
        self._add(lead, assigned, values, by=by)
        return assigned

    def _reason(self, lead: Lead) -> str:
        if lead.account:
            return f"老客户「{lead.account.name}」由{lead.seller.name}负责"
        if lead.line in lead.seller.expertise:
            return f"{lead.seller.name}擅长{lead.line}，与意向一致"
        department = organisation.department_for(lead.place, lead.source)
        return f"{lead.place.short_city}归{department}，{lead.seller.name}在手线索较少"

    def _contact(self, lead: Lead, assigned: datetime, modern: bool) -> datetime:
        wait = timedelta(minutes=70) if modern else timedelta(hours=14)
        contacted = hours.in_office(assigned + hours.spell(self._random, wait, 1.0))
        values: dict[str, Any] = {"state": "contacted", "first_contact_at": contacted.isoformat()}
        if lead.amount is None:
            lead.amount = Decimal(CHANNELS[lead.source].amount)
            values["expected_amount"] = str(lead.amount)
        self._add(lead, contacted, values, by=lead.seller.login)
        self._note("first_contact", contacted, lead)
        return contacted

    def _qualify(self, lead: Lead, contacted: datetime, modern: bool) -> datetime:
        pace = timedelta(days=2 if modern else 5)
        qualified = hours.in_office(contacted + hours.spell(self._random, pace))
        self._add(lead, qualified, {"state": "qualified"}, by=lead.seller.login)
        if self._random.random() < 0.25:
            self._note("lead_follow", qualified, lead)
        return qualified

    def _lose(self, lead: Lead, at: datetime, reason: str) -> None:
        at = hours.in_office(at)
        if reason == "no_answer":
            self._note("no_answer", hours.in_office(at - timedelta(days=1)), lead)
        values = {"state": "lost", "lost_reason": reason}
        self._add(lead, at, values, by=lead.seller.login)

    def _note(self, moment: str, at: datetime, lead: Lead) -> None:
        account = lead.account.key if lead.account else None
        self._diary.note(moment, at, lead.seller, lead.about, lead=lead.key, account=account)

    def _add(self, lead: Lead, at: datetime, values: dict[str, Any], *, by: str | None) -> None:
        if at <= self._world.now:
            lead.story.append(Step("lead", lead.key, at, values, operation="update", by=by))


def created(leads: list[Lead]) -> list[Step]:
    return [Step("lead", lead.key, lead.received, lead.created) for lead in leads]
