"""Values that the real server computes, roughly: enough to look at pages with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from company import Company

PROBABILITY = {
    "confirm": "0.1",
    "proposal": "0.25",
    "quote": "0.45",
    "negotiation": "0.7",
    "signing": "0.9",
}
TIERS = "ABBCCD"


def fill(company: Company, object_name: str, record: dict[str, Any]) -> None:
    """Put the computed values of one record in place."""
    mark = sum(map(ord, record["id"]))
    age = (datetime.now(UTC) - datetime.fromisoformat(record["updated_at"])).days
    if "silent_days" in record:
        record["silent_days"] = age
    if object_name == "lead":
        record["tier"], record["heat"] = TIERS[mark % len(TIERS)], mark % 100
        record["qualification"] = ("fit", "nurture", "unfit")[mark % 3]
    if object_name == "opportunity":
        record["probability"] = record.get("probability") or PROBABILITY.get(record["stage"])
        share = float(record["probability"] or 0) * float(record["amount"] or 0)
        record["weighted_amount"] = f"{share:.2f}"
        account = company.records["account"].get(record["account"] or "", {})
        record["account_level"] = account.get("level")
    if object_name == "order":
        record["line_count"] = len(record["lines"])
        record["total"] = f"{sum(float(row['amount']) for row in record['lines']):.2f}"
    if object_name == "account":
        _account(company, record)


def _account(company: Company, record: dict[str, Any]) -> None:
    deals = company.by_account("opportunity").get(record["id"], [])
    orders = company.by_account("order").get(record["id"], [])
    won = sum(float(deal["amount"] or 0) for deal in deals if deal["stage"] == "won")
    ended = ("won", "lost")
    going = sum(float(deal["amount"] or 0) for deal in deals if deal["stage"] not in ended)
    record["won_amount"], record["open_amount"] = f"{won:.2f}", f"{going:.2f}"
    amounts = [float(row["amount"]) for order in orders for row in order["lines"]]
    record["order_count"], record["order_amount"] = len(orders), f"{sum(amounts):.2f}"
    record["last_order_on"] = max((order["ordered_on"] for order in orders), default=None)
    record["contact_count"] = len(company.by_account("contact").get(record["id"], []))
