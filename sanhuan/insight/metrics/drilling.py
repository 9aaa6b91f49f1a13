"""The filters that open the records behind a figure. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

from sanhuan.insight.metrics.definitions import Figure

Filter: TypeAlias = dict[str, Any]


def both(*filters: Filter | None) -> Filter:
    """What all of them hold for; None, and groups without rules, hold for everything."""
    rules: list[Any] = []
    for one in filters:
        if one is None or not one.get("rules"):
            continue
        if one.get("combinator", "and") == "and" and not one.get("not"):
            rules.extend(one["rules"])
        else:
            rules.append(one)
    return {"combinator": "and", "rules": rules}


def counted(figure: Figure) -> Filter | None:
    """The records that a figure takes in: those whose field is filled, where it has one."""
    if figure.field is None:
        return None
    return {"combinator": "and", "rules": [{"field": figure.field, "operator": "notNull"}]}


def of_group(group: Mapping[str, Any]) -> Filter:
    """The records of one group, by its keys as aggregates answer them."""
    return both(*(_of_key(name, value) for name, value in group.items()))


def _of_key(name: str, value: Any) -> Filter:
    path, _, grain = name.partition(":")
    return {"combinator": "and", "rules": [_rule(path, grain, value)]}


def _rule(path: str, grain: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"field": path, "operator": "null"}
    if grain:
        first = date.fromisoformat(value)
        days = [first.isoformat(), last_day(first, grain).isoformat()]
        return {"field": path, "operator": "between", "value": days}
    if isinstance(value, Mapping) and "id" in value:
        value = value["id"]
    return {"field": path, "operator": "=", "value": value}


def last_day(first: date, grain: str) -> date:
    """The last day of the period of that grain which begins on a day."""
    if grain == "day":
        return first
    if grain == "week":
        return first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    month = first.month + months - 1
    return date(first.year, month, calendar.monthrange(first.year, month)[1])
