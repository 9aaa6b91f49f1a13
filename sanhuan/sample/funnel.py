"""A published marketing funnel as leads and deals, from a folder that holds its two files.

Marketing-qualified leads of a Brazilian marketplace and the deals won from them (Olist, CC BY-NC-SA
4.0: its licence forbids shipping it with the product), in `marketing_qualified_leads.csv` and
`closed_deals.csv` as published. First contact is a date without time: it is put at nine in the
morning; a win before it is put right after it. Names and numbers are made up from the row's number.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sanhuan.sample import hours
from sanhuan.sample.events import Event, in_order
from sanhuan.sample.naming import PHONE_PREFIX

LEADS = "marketing_qualified_leads.csv"
DEALS = "closed_deals.csv"

SOURCES = {
    "organic_search": "web_form",
    "direct_traffic": "web_form",
    "paid_search": "search_ad",
    "display": "search_ad",
    "social": "wechat",
    "email": "campaign",
    "referral": "referral",
}
"""What an origin is here; the others, and those unknown, are `other`."""


def events(folder: Path) -> list[Event]:
    """The funnel's leads and wins in order of time. Raises OSError when a file is missing."""
    deals = {row["mql_id"]: row for row in _rows(folder / DEALS)}
    found: list[Event] = []
    for number, row in enumerate(_rows(folder / LEADS), 1):
        lead = row["mql_id"]
        first = hours.at(datetime.fromisoformat(row["first_contact_date"]).date(), 9)
        found.append(Event(lead, "lead.created", first, _lead(number, row, first)))
        if lead in deals:
            found.append(_won(lead, deals[lead], first))
    return in_order(found)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _lead(number: int, row: dict[str, str], received: datetime) -> dict[str, object]:
    return {
        "lead": row["mql_id"],
        "name": f"Lead {number}",
        "phone": f"{PHONE_PREFIX}{number:07d}",
        "source": SOURCES.get(row["origin"], "other"),
        "campaign": row["landing_page_id"],
        "received_at": received.isoformat(),
    }


def _won(lead: str, row: dict[str, str], first: datetime) -> Event:
    won = datetime.fromisoformat(row["won_date"]).replace(tzinfo=UTC)
    data = {
        "lead": lead,
        "segment": row["business_segment"] or None,
        "seller": row["sr_id"] or None,
    }
    return Event(f"{lead}-won", "lead.won", max(won, first + timedelta(seconds=1)), data)
