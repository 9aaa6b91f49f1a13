"""What a plan is made of: steps of a history, in an order in which they can be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

MOST_IN_A_BATCH = 500


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands in a value for the id of the record that a plan calls `key`."""

    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """One record made or changed at `at` (UTC) by the person `by` (None: the platform).

    `key` names the record within the plan (`lead:17`). `values` are JSON values by API name, in
    which `Ref` stands for ids.
    """

    object: str
    key: str
    at: datetime
    values: Mapping[str, Any] = field(default_factory=dict)
    operation: Literal["create", "update"] = "create"
    by: str | None = None


def refs(value: Any) -> Iterator[str]:
    """The keys that a value names."""
    if isinstance(value, Ref):
        yield value.key
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from refs(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from refs(inner)


def phase(steps: Iterable[Step]) -> list[Step]:
    """Steps that don't need one another, ordered so that those of one actor stand together."""
    return sorted(steps, key=lambda step: (step.object, step.operation, step.by or "", step.at))


def batches(steps: Sequence[Step], most: int = MOST_IN_A_BATCH) -> Iterator[list[Step]]:
    """Runs of at most `most` steps that one save may take, in the order of `steps`.

    The steps of a batch have one object, operation and actor; none touches a record twice or
    names one that the batch itself makes.
    """
    batch: list[Step] = []
    touched: set[str] = set()
    for step in steps:
        if batch and (len(batch) == most or not _joins(step, batch[-1], touched)):
            yield batch
            batch, touched = [], set()
        batch.append(step)
        touched.add(step.key)
    if batch:
        yield batch


def _joins(step: Step, last: Step, touched: set[str]) -> bool:
    alike = (step.object, step.operation, step.by) == (last.object, last.operation, last.by)
    return alike and step.key not in touched and touched.isdisjoint(refs(step.values))
