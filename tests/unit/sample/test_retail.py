"""Wholesale orders: real lines as accounts, products and orders."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from sanhuan.catalog.runtime import Catalog
from sanhuan.sample import retail
from sanhuan.sample.retail import Orders
from sanhuan.sample.steps import Step
from tests.unit.sample import fitting

SOME = 4_000


@pytest.fixture(scope="module")
def orders() -> Orders:
    return retail.read()


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return retail.steps(retail.read(limit=SOME))


def test_every_row_is_kept_or_counted_as_left_out(orders: Orders) -> None:
    assert len(orders.lines) + orders.left_out == 31_102
    assert orders.left_out < 400


def test_lines_are_worth_what_the_file_says(orders: Orders) -> None:
    first = orders.lines[0]
    assert (first.invoice, first.code, first.quantity, first.price) == (
        "536365",
        "85123A",
        6,
        Decimal("2.55"),
    )
    assert all(line.quantity > 0 and line.price > 0 for line in orders.lines)


def test_steps_fit_the_package(steps: list[Step], catalog: Catalog) -> None:
    assert list(fitting.misfits(steps, catalog)) == []


def test_no_line_is_lost_between_invoices_and_orders(orders: Orders) -> None:
    steps = retail.steps(orders)
    created = [step for step in steps if step.object == "order" and step.operation == "create"]
    lines = [len(step.values["lines"]["create"]) for step in created]
    assert sum(lines) == len(orders.lines)
    assert max(lines) <= retail.MOST_LINES
    numbers = [step.values["outside_number"] for step in created]
    assert len(set(numbers)) == len(numbers)


def test_cancelled_invoices_are_cancelled_orders(steps: list[Step]) -> None:
    cancelled = [step.key for step in steps if step.values.get("state") == "cancelled"]
    assert cancelled
    assert all(key.startswith("order:C") for key in cancelled)


def test_customers_and_products_come_once(steps: list[Step]) -> None:
    count = Counter(step.key for step in steps if step.operation == "create")
    assert max(count.values()) == 1
    codes = [step.values["code"] for step in steps if step.object == "product"]
    assert len({code.casefold() for code in codes}) == len(codes)
