"""Metrics as packages write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from sanhuan import expressions
from sanhuan.catalog.definitions import Definition
from sanhuan.catalog.fields import ComputedField, LookupField
from sanhuan.catalog.fields.numbers import NumberField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of

METRIC = "metric"
Function = Literal["count", "sum", "avg", "min", "max", "count_distinct", "median", "p90"]
Unit = Literal["count", "seconds", "CNY", "ratio"]
OVER_NUMBERS = frozenset({"sum", "avg", "median", "p90"})
ADDING = frozenset({"count", "sum"})


class Figure(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """One figure over records: `field` is None for count; `filter` None is all of them."""

    function: Function = "count"
    field: str | None = None
    filter: dict[str, Any] | None = None


class Ratio(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """`part` over `whole`, both counts or sums; None where there is no whole."""

    part: Figure
    whole: Figure


class Among(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A set of records that another ring keeps, such as those with an open gap (`gaps`).

    `name` is the definition it is about; None is all of the set.
    """

    set: str
    name: str | None = None


class MetricDefinition(Definition, kw_only=True):
    """A figure over the records of `object`: a measure or a ratio.

    `dimensions` are the fields (or paths) that it may be grouped by; those with time take a grain
    (`received_at:month`). `among` narrows it to a set that another ring keeps.
    """

    object: str
    measure: Figure | None = None
    ratio: Ratio | None = None
    filter: dict[str, Any] | None = None
    among: Among | None = None
    dimensions: list[str] = msgspec.field(default_factory=list)
    unit: Unit = "count"

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What has to be computed: one figure, or the two of a ratio."""
        if self.ratio is not None:
            return (self.ratio.part, self.ratio.whole)
        return () if self.measure is None else (self.measure,)


def check(definition: Definition, catalog: Catalog) -> Iterable[str]:
    """What is wrong with a metric in a catalog."""
    if not isinstance(definition, MetricDefinition):
        return
    where = f"metric {definition.name}"
    item = catalog.objects.get(definition.object)
    if item is None or item.is_line:
        yield f"{where}: {definition.object} is no object"
        return
    if (definition.measure is None) == (definition.ratio is None):
        yield f"{where}: it is either a measure or a ratio"
    yield from (f"{where}: {fault}" for fault in _faults(definition, item, catalog))


def _faults(metric: MetricDefinition, item: ObjectType, catalog: Catalog) -> Iterator[str]:
    yield from _filter(metric.filter, item, catalog)
    for figure in metric.figures:
        yield from _filter(figure.filter, item, catalog)
        yield from _figure(figure, item, catalog)
    if metric.ratio is not None:
        if {figure.function for figure in metric.figures} - ADDING:
            yield "a ratio is of counts or sums"
        if metric.unit != "ratio":
            yield "a ratio has the unit ratio"
    for path in metric.dimensions:
        try:
            catalog.follow(item, path)
        except (KeyError, RecursionError):
            yield f"dimension {path} is no field of {item.name}"


def _figure(figure: Figure, item: ObjectType, catalog: Catalog) -> Iterator[str]:
    if (figure.field is None) != (figure.function == "count"):
        yield "`field` goes with every function but count"
    if figure.field is None:
        return
    try:
        one = catalog.follow(item, figure.field)[-1]
    except (KeyError, RecursionError):
        yield f"{figure.field} is no field of {item.name}"
        return
    shown = one.shown_as if isinstance(one, ComputedField) else one
    if figure.function in OVER_NUMBERS and not isinstance(shown, NumberField | LookupField):
        yield f"{figure.function} of {figure.field}, which is no number"


def _filter(asked: dict[str, Any] | None, item: ObjectType, catalog: Catalog) -> Iterator[str]:
    if asked is None:
        return
    try:
        expressions.from_filter(asked, scope_of(catalog, item))
    except expressions.ExpressionError as error:
        yield f"filter: {error}"
