"""Orders with their lines: of deals that were won, and of customers who come again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sanhuan.sample import hours, organisation
from sanhuan.sample.deals import AMOUNTS, Deal
from sanhuan.sample.material import Product
from sanhuan.sample.steps import Ref, Step
from sanhuan.sample.world import Account, Contact, World

ORDERS = 700
CANCELLED = 0.02
FEN = Decimal("0.01")


class OrderBook:
    """Collects the orders of the history and what became of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.random("orders")
        self._lines = {
            tag: [p for p in world.material.products if p.category == category]
            for category, tag in organisation.PRODUCT_LINES.items()
        }
        self.created: list[Step] = []
        self.shipped: list[Step] = []
        self.received: list[Step] = []

    def fill(self, deals: list[Deal], accounts: list[Account]) -> None:
        """Orders of the deals won, then repeated ones up to the number of a year."""
        for deal in deals:
            if deal.won_at:
                self._call_off(deal, deal.won_at)
        loyal = [account for account in accounts if account.level in ("A", "B")]
        days = [day for day in self._world.days() if day.weekday() < hours.SATURDAY]
        while len(self.created) < ORDERS:
            account = self._random.choice(loyal)
            at = hours.in_office(hours.arrival(self._random, self._random.choice(days)))
            if account.since < at <= self._world.now:
                line = self._random.choice(list(self._lines))
                usual = Decimal(AMOUNTS[account.level]) / 6
                self._order(account, account.contacts[0], at, line, usual, Decimal(5), None)

    def _call_off(self, deal: Deal, won: datetime) -> None:
        """A deal is delivered in one to three parts."""
        parts = self._random.choice((1, 1, 2, 3))
        at = won
        for _ in range(parts):
            at = hours.in_office(at + hours.spell(self._random, timedelta(days=8), 0.6))
            part = deal.amount / parts
            self._order(deal.account, deal.contact, at, deal.line, part, deal.discount, deal.key)

    def _order(
        self,
        account: Account,
        contact: Contact,
        at: datetime,
        line: str,
        amount: Decimal,
        discount: Decimal,
        opportunity: str | None,
    ) -> None:
        if at > self._world.now:
            return
        random, key = self._random, f"order:{len(self.created)}"
        deliver = hours.office_day(at + timedelta(days=random.randint(2, 9)))
        values: dict[str, Any] = {
            "account": Ref(account.key),
            "contact": Ref(contact.key),
            "opportunity": Ref(opportunity) if opportunity else None,
            "ordered_on": hours.local_day(at).isoformat(),
            "state": "confirmed",
            "deliver_on": deliver.isoformat(),
            "deliver_to": account.place.address(f"{account.place.district_name}项目工地"),
            "lines": {"create": order_lines(random, self._lines[line], amount, discount)},
            "owner": Ref(f"user:{account.owner.login}"),
        }
        by = account.owner.login
        self.created.append(Step("order", key, at, values, by=by))
        self._deliver(key, at, deliver, by)

    def _deliver(self, key: str, at: datetime, deliver: date, by: str) -> None:
        if self._random.random() < CANCELLED:
            cancelled = hours.in_office(at + timedelta(days=1))
            self._move(self.shipped, key, cancelled, "cancelled", by)
            return
        shipped = hours.in_office(hours.at(deliver, 9, 30) - timedelta(days=1))
        late = hours.spell(self._random, timedelta(hours=20), 0.7)
        self._move(self.shipped, key, max(shipped, at), "shipped", by)
        self._move(self.received, key, hours.in_office(max(shipped, at) + late), "received", by)

    def _move(self, steps: list[Step], key: str, at: datetime, state: str, by: str) -> None:
        if at <= self._world.now:
            steps.append(Step("order", key, at, {"state": state}, operation="update", by=by))


def order_lines(
    random: Random, products: list[Product], amount: Decimal, discount: Decimal
) -> list[dict[str, Any]]:
    """One to four lines worth about `amount` CNY; `discount` in percent off the list price."""
    chosen = random.sample(products, min(len(products), random.randint(1, 4)))
    lines = []
    for product in chosen:
        price = (product.price * (100 - discount) / 100).quantize(FEN)
        share = amount / len(chosen) * Decimal(random.randint(70, 130)) / 100
        quantity = max(Decimal(1), (share / price).quantize(Decimal(1)))
        lines.append(
            {
                "product": Ref(f"product:{product.code}"),
                "quantity": str(quantity),
                "unit_price": str(price),
            }
        )
    return lines
