"""Real wholesale orders as accounts, products and orders with lines.

Invoice lines of a gift wholesaler in the United Kingdom, 1 to 14 December 2010 (D. Chen, 2015; see
the NOTICE beside the file). Customers are known by number and country only, so that accounts are
called after them. Prices are the file's figures, in the workspace's currency without conversion.

Told apart as the file does it: an invoice whose number starts with C is a cancellation, kept as a
cancelled order with positive quantities. Lines without a positive price, and lines with a negative
quantity on an ordinary invoice (write-offs), are no orders and are left out; `Orders.left_out`
counts them. Lines without a customer go to one account for all. Stock codes that differ only in
letter case are one product.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from sanhuan.sample.material import SAMPLE
from sanhuan.sample.steps import Ref, Step

FILE = SAMPLE / "wholesale_orders.csv.gz"
MOST_LINES = 500
"""An order holds no more: longer invoices are split."""

NOBODY = "0"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice that is an order or its cancellation; `quantity` is positive."""

    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str

    @property
    def is_cancelled(self) -> bool:
        return self.invoice.startswith("C")


@dataclass(slots=True)
class Orders:
    """What the file holds: lines in file order, and how many rows were left out."""

    lines: list[Line] = field(default_factory=list)
    left_out: int = 0


def read(path: Path = FILE, limit: int | None = None) -> Orders:
    """The lines of the file; `limit` takes the first so many rows, None all."""
    orders = Orders()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in islice(csv.DictReader(file), limit):
            line = _line(row)
            if line is None:
                orders.left_out += 1
            else:
                orders.lines.append(line)
    return orders


def _line(row: dict[str, str]) -> Line | None:
    quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
    invoice = row["InvoiceNo"]
    if price <= 0 or (quantity < 0) != invoice.startswith("C") or quantity == 0:
        return None
    return Line(
        invoice=invoice,
        code=row["StockCode"].upper(),
        description=row["Description"].strip(),
        quantity=abs(quantity),
        # Clocks in the United Kingdom show UTC in December.
        at=datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=UTC),
        price=price,
        customer=row["CustomerID"] or NOBODY,
        country=row["Country"],
    )


def steps(orders: Orders) -> list[Step]:
    """Accounts, products, orders and the cancelling of those cancelled, in order of writing."""
    return [
        *_accounts(orders.lines),
        *_products(orders.lines),
        *_orders(orders.lines),
    ]


def _accounts(lines: list[Line]) -> Iterator[Step]:
    first: dict[str, Line] = {}
    for line in lines:
        first.setdefault(line.customer, line)
    for customer, line in first.items():
        name = f"Customer {customer} ({line.country})" if customer != NOBODY else "零散客户"
        values = {"name": name, "source": "shop", "industry": "f52"}
        yield Step("account", f"account:{customer}", line.at, values)


def _products(lines: list[Line]) -> Iterator[Step]:
    names: dict[str, str] = {}
    prices: dict[str, Counter[Decimal]] = {}
    first: dict[str, datetime] = {}
    for line in lines:
        first.setdefault(line.code, line.at)
        prices.setdefault(line.code, Counter())[line.price] += 1
        if line.description:
            names.setdefault(line.code, line.description)
    for code, at in first.items():
        values = {
            "code": code,
            "name": names.get(code, code),
            "unit": "件",
            "price": str(prices[code].most_common(1)[0][0]),
        }
        yield Step("product", f"product:{code}", at, values)


def _orders(lines: list[Line]) -> Iterator[Step]:
    invoices: dict[str, list[Line]] = {}
    for line in lines:
        invoices.setdefault(line.invoice, []).append(line)
    orders = [_order(part, number) for number, part in _parts(invoices)]
    yield from orders
    for step in orders:
        if step.values["outside_number"].startswith("C"):
            yield Step("order", step.key, step.at, {"state": "cancelled"}, operation="update")


def _parts(invoices: dict[str, list[Line]]) -> Iterator[tuple[str, list[Line]]]:
    """Invoices under their numbers, those that are too long in parts: 536592, 536592-2."""
    for invoice, lines in invoices.items():
        for place, start in enumerate(range(0, len(lines), MOST_LINES), 1):
            number = invoice if place == 1 else f"{invoice}-{place}"
            yield number, lines[start : start + MOST_LINES]


def _order(lines: list[Line], number: str) -> Step:
    first = lines[0]
    values: dict[str, Any] = {
        "account": Ref(f"account:{first.customer}"),
        "outside_number": number,
        "ordered_on": first.at.date().isoformat(),
        "state": "confirmed",
        "lines": {
            "create": [
                {
                    "product": Ref(f"product:{line.code}"),
                    "quantity": str(line.quantity),
                    "unit_price": str(line.price),
                }
                for line in lines
            ]
        },
    }
    return Step("order", f"order:{number}", first.at, values)
