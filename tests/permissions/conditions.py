"""What filters mean (two-valued), and the figures of aggregates, over plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

Filter = Mapping[str, Any]


def bound(condition: Filter, me: UUID) -> Filter:
    """The condition with the asker in the place of `{"me": true}`."""
    if "rules" in condition:
        return {**condition, "rules": [bound(rule, me) for rule in condition["rules"]]}
    return {**condition, "value": me} if condition.get("value") == {"me": True} else condition


def written(value: Any) -> Any:
    """A condition or value as the JSON that the product is given."""
    if isinstance(value, Mapping):
        return {key: written(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [written(each) for each in value]
    return str(value) if isinstance(value, Decimal | UUID) else value


def holds(condition: Filter, read: Callable[[str], Any]) -> bool:
    """Whether a filter takes what `read` tells of a record, path by path."""
    if "rules" not in condition:
        return _meets(read(condition["field"]), condition["operator"], condition.get("value"))
    each = [holds(rule, read) for rule in condition["rules"]]
    joined = any(each) if condition.get("combinator") == "or" else all(each)
    return joined is not bool(condition.get("not"))


def _meets(value: Any, operator: str, wanted: Any) -> bool:
    match operator:
        case "null":
            return value is None or value == ()
        case "=":
            return bool(value == wanted)
        case "in":
            return bool(value in wanted)
        case "contains":
            return value is not None and bool(wanted in value)
        case "<":
            return value is not None and bool(value < wanted)
        case ">":
            return value is not None and bool(value > wanted)
    positive = {"!=": "=", "notIn": "in", "doesNotContain": "contains", "notNull": "null"}
    return not _meets(value, positive[operator], wanted)


def paths(condition: Filter | None) -> Iterator[str]:
    if condition is not None and "rules" not in condition:
        yield condition["field"]
    for rule in (condition or {}).get("rules", ()):
        yield from paths(rule)


def figure(function: str, values: list[Any]) -> Any:
    given = [value for value in values if value is not None]
    match function:
        case "count":
            return None
        case "count_distinct":
            return len(set(given))
        case "sum":
            return sum(given, Decimal(0)) if given else None
        case "avg":
            mean = sum(given, Decimal(0)) / len(given) if given else None
            return mean and mean.quantize(Decimal("0.000001"), ROUND_HALF_UP)
        case "min":
            return min(given, default=None)
    return max(given, default=None)
