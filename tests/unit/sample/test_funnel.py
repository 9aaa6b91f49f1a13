"""The published funnel, read from a folder: it may not ship."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sanhuan.sample import funnel

LEADS = """mql_id,first_contact_date,landing_page_id,origin
a1,2018-01-04,p1,paid_search
a2,2018-01-03,p1,
"""
DEALS = """mql_id,seller_id,sdr_id,sr_id,won_date,business_segment
a1,s1,d1,r1,2018-01-03 12:00:00,toys
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / funnel.LEADS).write_text(LEADS, encoding="utf-8")
    (tmp_path / funnel.DEALS).write_text(DEALS, encoding="utf-8")
    return tmp_path


def test_leads_and_wins_come_in_order(folder: Path) -> None:
    events = funnel.events(folder)
    assert [(event.id, event.type) for event in events] == [
        ("a2", "lead.created"),
        ("a1", "lead.created"),
        ("a1-won", "lead.won"),
    ]


def test_a_win_before_the_first_contact_is_put_after_it(folder: Path) -> None:
    first, won = funnel.events(folder)[1:]
    assert first.at < won.at


def test_an_unknown_origin_is_another_source(folder: Path) -> None:
    unknown, paid = funnel.events(folder)[:2]
    assert (unknown.data["source"], paid.data["source"]) == ("other", "search_ad")


@pytest.mark.skipif(
    "SANHUAN_FUNNEL" not in os.environ, reason="SANHUAN_FUNNEL names no folder with the funnel"
)
def test_the_published_funnel_has_its_leads_and_deals() -> None:
    types = [event.type for event in funnel.events(Path(os.environ["SANHUAN_FUNNEL"]))]
    assert (types.count("lead.created"), types.count("lead.won")) == (5_625, 573)
