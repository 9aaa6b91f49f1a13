"""What records are asked: reads and batches of writes, as plain typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from sanhuan.records.errors import Fault

DEFAULT_LIMIT = 50
MOST_ROWS = 500
MOST_WRITES = 10_000

Count = Literal["none", "capped", "exact"]


class Query(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A list of records, as CONTRACT.md asks for it. None of `fields` is all that is readable."""

    filter: dict[str, Any] | None = None
    sort: str | None = None
    fields: list[str] | None = None
    limit: int = DEFAULT_LIMIT
    after: str | None = None
    count: Count = "none"
    q: str | None = None


class Measure(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True, rename={"name": "as"}
):
    """One figure per group; `field` is None for count.

    `median` and `p90` are the values that half, and nine tenths, of the numbers do not exceed,
    interpolated between the two nearest.
    """

    function: Literal["count", "sum", "avg", "min", "max", "count_distinct", "median", "p90"]
    field: str | None = None
    name: str


class Aggregate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """Figures over groups of records; `group_by` takes fields, paths and `field:month`."""

    filter: dict[str, Any] | None = None
    group_by: list[str] = []
    measures: list[Measure]
    sort: str | None = None
    limit: int = 1_000


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's yes to a warning, with the reason."""

    token: str
    reason: str


@dataclass(frozen=True, slots=True)
class Write:
    """One row of a batch.

    `values` are JSON values by API name. `version` is the one the change was made from; None
    skips the check (only inside the platform: the edge asks for it). `key_values` of an upsert
    are taken from `values` by the batch's key.
    """

    operation: Literal["create", "update", "upsert", "delete", "restore"]
    values: Mapping[str, Any] = field(default_factory=dict)
    id: UUID | None = None
    version: int | None = None
    consent: Sequence[Consent] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Writes to one object, in one transaction.

    Mode `all` saves all rows or none; `each` saves those that are right. `key` names the field
    (unique) by which an upsert finds its record. `occurred_at` is for imported history: None is
    now; a list gives one instant per row. `texts` tells that values are cells of a file.
    """

    object: str
    rows: Sequence[Write]
    mode: Literal["all", "each"] = "all"
    key: str | None = None
    occurred_at: datetime | Sequence[datetime] | None = None
    texts: bool = False
    check_only: bool = False
    """Judge the rows and write nothing: for previews."""


Status = Literal["created", "updated", "deleted", "restored", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row. `id` and `version` are None for a refused new record."""

    index: int
    status: Status
    id: UUID | None = None
    version: int | None = None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a batch; `operation` names it in the change log, and for undo."""

    operation: UUID
    results: tuple[Result, ...]

    def count(self, status: Status) -> int:
        return sum(result.status == status for result in self.results)
