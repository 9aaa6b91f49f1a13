"""Opportunities: from converted leads and from customers of before, stage by stage.

Made up to be believable: about two in five closed deals are won, larger customers and abler
sellers win more, prices and silence lose most. Since the company works with the product, stages
take two thirds of the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sanhuan.sample import customers, hours, organisation
from sanhuan.sample.diary import About, Diary, to_hundreds
from sanhuan.sample.leads import PROJECTS, Lead
from sanhuan.sample.material import Colleague
from sanhuan.sample.steps import Ref, Step
from sanhuan.sample.world import Account, Contact, World

DEALS = 900


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the pipeline: usual stay, and the share that is lost in it."""

    name: str
    stay: timedelta
    lost: float


STAGES = (
    Stage("confirm", timedelta(days=5), 0.12),
    Stage("proposal", timedelta(days=7), 0.15),
    Stage("quote", timedelta(days=9), 0.22),
    Stage("negotiation", timedelta(days=9), 0.20),
    Stage("signing", timedelta(days=5), 0.05),
)
AMOUNTS = {"A": 280_000, "B": 140_000, "C": 60_000, "D": 25_000}
LUCK_OF_LEVEL = {"A": 0.75, "B": 0.9, "C": 1.05, "D": 1.2}
LOST_REASONS = {
    "price": 36, "silent": 18, "terms": 14, "delivery": 12, "relation": 10, "cancelled": 7,
    "quality": 3,
}  # fmt: skip
PAUSED = 0.04
DEEPEST_DISCOUNT = 14
"""Percent. More would need a reason, as the package's rule says."""


@dataclass(slots=True)
class Deal:
    """An opportunity and its story so far."""

    key: str
    name: str
    account: Account
    contact: Contact
    owner: Colleague
    line: str
    amount: Decimal
    source: str
    opened: datetime
    story: list[Step] = field(default_factory=list)
    discount: Decimal = Decimal(0)
    stage: str = "confirm"
    won_at: datetime | None = None

    @property
    def about(self) -> About:
        person = self.contact.person.address_form
        return About(person, self.line, self.account.place.short_city, self.amount)


class Pipeline:
    """Makes the opportunities of the history, with new accounts where leads were converted."""

    def __init__(self, world: World, accounts: list[Account], diary: Diary) -> None:
        self._world = world
        self._old = list(accounts)
        self._diary = diary
        self._random = world.random("deals")
        self.accounts = list(accounts)
        self.deals: list[Deal] = []
        self.conversions: list[Step] = []

    def make(self, leads: list[Lead]) -> None:
        """Fill `accounts`, `deals` and `conversions` (the leads' last steps)."""
        for lead in leads:
            if lead.converted_at:
                self._convert(lead, lead.converted_at)
        weights = [{"A": 8, "B": 4, "C": 1.5, "D": 0.6}[one.level] for one in self._old]
        days = [day for day in self._world.days() if day.weekday() < hours.SATURDAY]
        for account in self._random.choices(self._old, weights, k=DEALS - len(self.deals)):
            opened = hours.in_office(hours.arrival(self._random, self._random.choice(days)))
            if opened <= self._world.now:
                self._open(account, opened, account.contacts[0], account.source, None, None)

    def _convert(self, lead: Lead, at: datetime) -> None:
        account = lead.account or self._join(lead, at)
        contact = next((c for c in account.contacts if c.person is lead.person), None)
        deal = self._open(
            account, at, contact or account.contacts[0], lead.source, lead.amount, lead.line
        )
        values = {
            "state": "converted",
            "account": Ref(account.key),
            "opportunity": Ref(deal.key),
        }
        by = lead.seller.login
        self.conversions.append(Step("lead", lead.key, at, values, operation="update", by=by))

    def _join(self, lead: Lead, at: datetime) -> Account:
        number = len(self.accounts)
        amount = lead.amount or Decimal(0)
        level = "B" if amount >= 150_000 else "C" if amount >= 20_000 else "D"
        account = customers.joined(
            self._world,
            self._random,
            number=number,
            name=lead.company,
            place=lead.place,
            industry=lead.industry,
            level=level,
            source=lead.source,
            owner=lead.seller,
            since=at,
            first=Contact(f"contact:{number}.0", lead.person, "采购经理", "buys"),
        )
        self.accounts.append(account)
        return account

    def _open(
        self,
        account: Account,
        at: datetime,
        contact: Contact,
        source: str,
        amount: Decimal | None,
        line: str | None,
    ) -> Deal:
        line = line or self._random.choice(list(organisation.PRODUCT_LINES.values()))
        deal = Deal(
            key=f"opportunity:{len(self.deals)}",
            name=self._name(account, line),
            account=account,
            contact=contact,
            owner=account.owner,
            line=line,
            amount=amount or self._amount(account.level),
            source=source,
            opened=at,
        )
        self.deals.append(deal)
        self._walk(deal)
        return deal

    def _name(self, account: Account, line: str) -> str:
        place = account.place.district_name
        short = place[:-1] if len(place) > 2 else place
        phase = self._random.choice(("一期", "二期", "三期", "1 号楼", "2 号楼", "3 号地块"))
        return f"{short}{self._random.choice(PROJECTS)}{phase}{line}"

    def _amount(self, level: str) -> Decimal:
        return to_hundreds(AMOUNTS[level] * math.exp(self._random.gauss(0, 0.7)))

    def _walk(self, deal: Deal) -> None:
        """The deal's way from stage to stage, as far as the present."""
        pace = 0.65 if deal.opened >= self._world.with_product else 1.0
        now, at = self._world.now, deal.opened
        for position, stage in enumerate(STAGES):
            stay = hours.spell(self._random, stage.stay * pace, 0.7)
            left = hours.in_office(at + stay)
            self._talk(deal, stage, at, min(left, now))
            if left > now:
                return
            if self._is_lost(deal, stage):
                self._lose(deal, left)
                return
            if self._random.random() < PAUSED / len(STAGES):
                self._move(deal, left, {"stage": "paused"})
                return
            if position + 1 < len(STAGES):
                self._advance(deal, STAGES[position + 1], left, pace)
            else:
                self._win(deal, left)
            at = left

    def _talk(self, deal: Deal, stage: Stage, since: datetime, until: datetime) -> None:
        """What was said during a stage; of some, nobody wrote anything down."""
        count = self._random.choices((0, 1, 2), weights=(45, 45, 10))[0]
        for position in range(count):
            share = self._random.uniform(0.05, 0.5) + position * 0.4
            moment = hours.in_office(since + (until - since) * share)
            self._diary.note(
                stage.name,
                moment,
                deal.owner,
                deal.about,
                account=deal.account.key,
                opportunity=deal.key,
                contact=deal.contact.key,
            )

    def _is_lost(self, deal: Deal, stage: Stage) -> bool:
        skill = self._world.skill[deal.owner.login]
        return self._random.random() < stage.lost * LUCK_OF_LEVEL[deal.account.level] / skill

    def _advance(self, deal: Deal, stage: Stage, at: datetime, pace: float) -> None:
        position = STAGES.index(stage)
        rest = sum((one.stay for one in STAGES[position:]), timedelta()) * pace
        expected = hours.local_day(at + hours.spell(self._random, rest, 0.3))
        values: dict[str, Any] = {"stage": stage.name, "expected_close": expected.isoformat()}
        if stage.name == "quote":
            deal.amount = to_hundreds(deal.amount * self._random.randint(85, 120) / 100)
            values["amount"] = str(deal.amount)
        if stage.name in ("quote", "negotiation"):
            more = self._random.randint(0, 7)
            deal.discount = min(deal.discount + more, Decimal(DEEPEST_DISCOUNT))
            values["discount"] = str(deal.discount / 100)
        self._move(deal, at, values)

    def _lose(self, deal: Deal, at: datetime) -> None:
        reason = customers.pick(self._random, LOST_REASONS)
        values: dict[str, Any] = {
            "stage": "lost",
            "lost_reason": reason,
            "closed_on": hours.local_day(at).isoformat(),
        }
        if reason in ("price", "terms", "delivery", "relation"):
            rival = self._random.choice(self._world.material.competitors)["name"]
            values["competitor"] = Ref(f"competitor:{rival}")
        self._move(deal, at, values)
        self._diary.note(
            "lost", at, deal.owner, deal.about, account=deal.account.key, opportunity=deal.key
        )

    def _win(self, deal: Deal, at: datetime) -> None:
        deal.won_at = at
        closed = hours.local_day(at).isoformat()
        self._move(deal, at, {"stage": "won", "closed_on": closed})
        self._diary.note(
            "won", at, deal.owner, deal.about, account=deal.account.key, opportunity=deal.key
        )

    def _move(self, deal: Deal, at: datetime, values: dict[str, Any]) -> None:
        deal.stage = values["stage"]
        by = deal.owner.login
        deal.story.append(Step("opportunity", deal.key, at, values, operation="update", by=by))


def created(deals: list[Deal]) -> list[Step]:
    return [
        Step(
            "opportunity",
            deal.key,
            deal.opened,
            {
                "name": deal.name,
                "account": Ref(deal.account.key),
                "contact": Ref(deal.contact.key),
                "stage": "confirm",
                "amount": str(deal.amount),
                "expected_close": hours.local_day(deal.opened + timedelta(days=35)).isoformat(),
                "source": deal.source,
                "products": [Ref(f"tag:{deal.line}")],
                "owner": Ref(f"user:{deal.owner.login}"),
            },
            by=deal.owner.login,
        )
        for deal in deals
    ]
