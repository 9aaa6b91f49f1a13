"""The filters behind figures."""

from __future__ import annotations

from datetime import date

import pytest

from sanhuan.insight.metrics import drilling, figures
from sanhuan.insight.metrics.definitions import Figure

STATE = {"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "new"}]}
EITHER = {"combinator": "or", "rules": [*STATE["rules"], {"field": "tier", "operator": "null"}]}


def test_filters_of_and_are_laid_together_and_others_kept_whole() -> None:
    found = drilling.both(STATE, None, EITHER, {"combinator": "and", "rules": []})
    assert found == {"combinator": "and", "rules": [*STATE["rules"], EITHER]}


def test_negated_filters_are_kept_whole() -> None:
    without = {**STATE, "not": True}
    assert drilling.both(without)["rules"] == [without]


def test_groups_open_by_key_reference_empty_and_period() -> None:
    group = {"state": "new", "owner": {"id": "u", "title": "王"}, "tier": None}
    assert drilling.of_group(group)["rules"] == [
        {"field": "state", "operator": "=", "value": "new"},
        {"field": "owner", "operator": "=", "value": "u"},
        {"field": "tier", "operator": "null"},
    ]
    month = drilling.of_group({"received_at:month": "2026-02-01"})["rules"]
    assert month == [
        {"field": "received_at", "operator": "between", "value": ["2026-02-01", "2026-02-28"]}
    ]


@pytest.mark.parametrize(
    ("first", "grain", "last"),
    [
        (date(2026, 2, 3), "day", date(2026, 2, 3)),
        (date(2026, 3, 30), "week", date(2026, 4, 5)),
        (date(2024, 2, 1), "month", date(2024, 2, 29)),
        (date(2026, 10, 1), "quarter", date(2026, 12, 31)),
        (date(2026, 1, 1), "year", date(2026, 12, 31)),
    ],
)
def test_periods_end_on_their_last_day(first: date, grain: str, last: date) -> None:
    assert drilling.last_day(first, grain) == last


def test_a_percentile_opens_only_records_that_have_the_value() -> None:
    figure = Figure(function="median", field="first_response_seconds")
    assert drilling.counted(figure) == {
        "combinator": "and",
        "rules": [{"field": "first_response_seconds", "operator": "notNull"}],
    }
    assert drilling.counted(Figure()) is None


def test_ratio_without_a_whole_is_unknown_and_without_a_part_is_nothing() -> None:
    parts = [{"owner": "a", "value": 1}]
    wholes = [{"owner": "a", "value": 3}, {"owner": "b", "value": 2}, {"owner": "c", "value": 0}]
    found = figures.ratios(parts, wholes, ["owner"])
    assert [row["value"] for row in found] == ["0.333333", "0.000000", None]
