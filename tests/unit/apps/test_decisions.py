"""What the decision tables of the sales package say, case by case."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sanhuan import expressions
from sanhuan.catalog.definitions import RuleDefinition, TableEffect
from sanhuan.catalog.runtime import Catalog
from sanhuan.catalog.scope import scope_of

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
OUTCOMES = {"number": "number"}
CONTEXT = expressions.Context(zone=ZoneInfo("Asia/Shanghai"), now=NOW)


class Values:
    """A record of a few values by field id."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def get(self, path: tuple[str, ...]) -> object:
        return self._values.get(path[0])


def decide(catalog: Catalog, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """By field: what the rule's table sets for these values."""
    rule = next(rule for rule in catalog.rules if rule.name == name)
    item = catalog.object(rule.object)
    table = table_of(rule)
    width = len(table.inputs)
    decided = {}
    for place, output in enumerate(table.outputs):
        column = {
            "hit": table.hit,
            "inputs": [test.input for test in table.inputs],
            "rows": [[*row[:width], row[width + place]] for row in table.rows],
            "outcome": OUTCOMES.get(item.fields[output.field].expression_type().kind, "text"),
        }
        checked = expressions.check_table(column, scope_of(catalog, item))
        decided[output.field] = expressions.evaluate(checked, Values(values), CONTEXT).outcome
    return decided


def table_of(rule: RuleDefinition) -> Any:
    assert isinstance(rule.effect, TableEffect)
    return rule.effect.table


def wan(amount: float) -> Decimal:
    return Decimal(str(amount)) * 10_000


@pytest.mark.parametrize(
    ("source", "amount", "industry", "qualification", "tier", "heat"),
    [
        ("referral", wan(60), None, "fit", "A", 92),
        ("search_ad", wan(120), "e47", "fit", "A", 88),
        ("search_ad", wan(120), "h61", "fit", "C", 55),
        ("exhibition", wan(40), "k70", "fit", "B", 76),
        ("wechat", wan(10), None, "fit", "B", 72),
        ("shop", None, None, "fit", "C", 60),
        ("web_form", Decimal(900), "e47", "unfit", "D", 5),
        ("campaign", wan(4), None, "nurture", "D", 20),
        ("search_ad", wan(12), None, "fit", "C", 55),
        ("search_ad", wan(5), None, "fit", "C", 45),
        ("web_form", None, "f52", "nurture", "C", 40),
        ("other", None, None, "nurture", "D", 25),
    ],
)
def test_a_lead_is_qualified_and_tiered_by_source_amount_and_industry(
    catalog: Catalog,
    source: str,
    amount: Decimal | None,
    industry: str | None,
    qualification: str,
    tier: str,
    heat: int,
) -> None:
    values = {"source": source, "expected_amount": amount, "industry": industry}
    assert decide(catalog, "lead.qualify", values) == {
        "qualification": qualification,
        "tier": tier,
        "heat": heat,
    }


def test_heat_that_behaviour_added_is_kept(catalog: Catalog) -> None:
    values = {"source": "shop", "heat": Decimal(81)}
    assert decide(catalog, "lead.qualify", values)["heat"] == 81


def test_every_stage_has_its_probability(catalog: Catalog) -> None:
    stages = ("confirm", "proposal", "quote", "negotiation", "signing", "won")
    told = [
        decide(catalog, "opportunity.probability", {"stage": stage})["probability"]
        for stage in stages
    ]
    assert told == sorted(told)
    assert (told[0], told[-1]) == (Decimal("0.1"), 1)


def test_a_lost_deal_has_no_probability(catalog: Catalog) -> None:
    assert decide(catalog, "opportunity.probability", {"stage": "lost"}) == {"probability": 0}


def test_a_paused_deal_keeps_its_probability(catalog: Catalog) -> None:
    values = {"stage": "paused", "probability": Decimal("0.35")}
    assert decide(catalog, "opportunity.probability", values) == {"probability": Decimal("0.35")}
