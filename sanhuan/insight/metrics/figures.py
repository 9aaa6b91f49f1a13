"""Answers what metrics are now, for one asker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from sanhuan.catalog.runtime import UnknownObject
from sanhuan.errors import Text
from sanhuan.identity.access import Caller
from sanhuan.insight.metrics import drilling
from sanhuan.insight.metrics.definitions import METRIC, Figure, MetricDefinition
from sanhuan.insight.metrics.drilling import Filter
from sanhuan.records import Aggregate, BadRequest, Measure, Records, Transaction, UnknownField

MOST_METRICS = 40
MOST_IN_SET = 10_000
"""Records of a set that can be counted: what a filter may list. Of more there is no figure."""
MOST_DRILLED = 500
"""Ids that a drill may list: a figure among more records than that opens the most pressing."""

Sets: TypeAlias = Mapping[
    str, Callable[[Transaction, Caller, Records, str, str | None], Awaitable[Sequence[UUID]]]
]
"""By name: gives the records of an object (by API name) in a set, the most pressing first.

The last argument is the definition that the set is about, None for all.
"""


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename={"key": "as"}):
    """One metric, as someone asks for it. `key` (in JSON `as`) names it in the answer."""

    name: str
    group_by: list[str] = []
    filter: dict[str, Any] | None = None
    key: str


class Questions(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of a query."""

    metrics: list[Asked]


@dataclass
class Answering:
    """One request: what was computed for it is computed once."""

    tx: Transaction
    caller: Caller
    records: Records
    sets: Sets
    computed: dict[str, Sequence[dict[str, Any]]] = field(default_factory=dict)

    async def rows(self, metric: MetricDefinition, asked: Asked) -> list[dict[str, Any]]:
        """The rows of one metric; a single row without groups."""
        listed = await self._set(metric)
        if metric.among is not None and (listed is None or len(listed) > MOST_IN_SET):
            return []
        base = drilling.both(metric.filter, asked.filter, _listing(listed))
        found: Sequence[dict[str, Any]]
        if metric.ratio is not None:
            parts = await self._groups(metric, asked, metric.ratio.part, base)
            wholes = await self._groups(metric, asked, metric.ratio.whole, base)
            found = ratios(parts, wholes, asked.group_by)
            figure = metric.ratio.whole
        else:
            figure = metric.figures[0]
            found = await self._groups(metric, asked, figure, base)
        opening = drilling.both(
            metric.filter,
            asked.filter,
            _listing(listed if listed is None else listed[:MOST_DRILLED]),
            figure.filter,
            drilling.counted(figure),
        )
        return [_row(metric, asked, row, opening, figure) for row in found]

    async def _set(self, metric: MetricDefinition) -> Sequence[UUID] | None:
        """The set that the metric is about; None without one, or where nobody keeps it."""
        if metric.among is None:
            return None
        given = self.sets.get(metric.among.set)
        if given is None:
            return None
        return await given(self.tx, self.caller, self.records, metric.object, metric.among.name)

    async def _groups(
        self, metric: MetricDefinition, asked: Asked, figure: Figure, base: Filter
    ) -> Sequence[dict[str, Any]]:
        question = Aggregate(
            filter=drilling.both(base, figure.filter),
            group_by=asked.group_by,
            measures=[Measure(function=figure.function, field=figure.field, name="value")],
        )
        key = repr((metric.object, question))
        if key not in self.computed:
            answer = await self.records.aggregate(self.tx, self.caller, metric.object, question)
            self.computed[key] = msgspec.json.decode(answer)["data"]
        return self.computed[key]


async def answer(
    tx: Transaction, caller: Caller, records: Records, asked: Questions, sets: Sets
) -> dict[str, Any]:
    """The figures by key: label, unit, rows with value and drill, and the instant.

    Values are decimal text, None where there is nothing to tell. A metric over what the asker may
    not see answers no rows. Raises `BadRequest`.
    """
    if len(asked.metrics) > MOST_METRICS:
        raise _bad("too_many", f"一次最多 {MOST_METRICS} 个指标", f"At most {MOST_METRICS} metrics")
    if len({one.key for one in asked.metrics}) < len(asked.metrics):
        raise _bad("bad_metrics", "as 重复", "Two metrics have the same `as`")
    answering = Answering(tx, caller, records, sets)
    now = records.time.now()
    return {one.key: await _answer(answering, one, now) for one in asked.metrics}


async def _answer(answering: Answering, asked: Asked, now: datetime) -> dict[str, Any]:
    metric = find(answering, asked)
    try:
        rows = await answering.rows(metric, asked)
    except (UnknownObject, UnknownField):
        if asked.filter is not None and answering.caller.may("see", _object_id(answering, metric)):
            raise
        rows = []
    return {"label": metric.label.by_language, "unit": metric.unit, "rows": rows, "at": now}


def _object_id(answering: Answering, metric: MetricDefinition) -> str:
    return answering.records.catalog.object(metric.object).id


def find(answering: Answering, asked: Asked) -> MetricDefinition:
    """The metric asked for, with dimensions that it has. Raises `BadRequest`."""
    metric = answering.records.catalog.others.get(METRIC, {}).get(asked.name)
    if not isinstance(metric, MetricDefinition):
        shown = asked.name[:60]
        raise _bad("unknown_metric", f"没有指标 {shown}", f"There is no metric {shown}")
    for name in asked.group_by:
        if name.partition(":")[0] not in metric.dimensions:
            shown = name[:60]
            raise _bad(
                "unknown_dimension",
                f"{metric.label.zh}不能按 {shown} 分组",
                f"{metric.name} has no dimension {shown}",
            )
    return metric


def _bad(code: str, zh: str, en: str) -> BadRequest:
    return BadRequest(code, Text(zh, en), field="metrics")


def _listing(ids: Sequence[UUID] | None) -> Filter | None:
    if ids is None:
        return None
    rule = {"field": "id", "operator": "in", "value": [str(one) for one in ids]}
    return {"combinator": "and", "rules": [rule]}


def ratios(
    parts: Sequence[Mapping[str, Any]],
    wholes: Sequence[Mapping[str, Any]],
    group_by: Sequence[str],
) -> list[dict[str, Any]]:
    """Part over whole for each group of wholes, to six places; None where there is no whole."""

    def key(row: Mapping[str, Any]) -> str:
        return repr([row[name] for name in group_by])

    by_key = {key(row): Decimal(row["value"] or 0) for row in parts}
    found = []
    for row in wholes:
        whole = Decimal(row["value"] or 0)
        part = by_key.get(key(row), Decimal(0))
        value = None if whole == 0 else f"{(part / whole).quantize(Decimal('0.000001')):f}"
        found.append({**row, "value": value})
    return found


def _row(
    metric: MetricDefinition,
    asked: Asked,
    row: Mapping[str, Any],
    opening: Filter,
    figure: Figure,
) -> dict[str, Any]:
    group = {name: row[name] for name in asked.group_by}
    value = row["value"]
    if value is None and figure.function == "sum" and metric.ratio is None:
        value = 0
    shown: dict[str, Any] = {"value": None if value is None else str(value)}
    if group:
        shown["dimension"] = group
    opened = drilling.both(opening, drilling.of_group(group))
    shown["drill"] = {"object": metric.object, "filter": opened}
    return shown
