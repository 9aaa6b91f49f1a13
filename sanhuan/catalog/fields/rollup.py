"""Fields that sum up the rows that belong to a record."""

from __future__ import annotations

from typing import Literal

from sanhuan.catalog.fields.computed import ComputedField

Aggregate = Literal["count", "sum", "min", "max", "avg"]


class RollupField(ComputedField, kw_only=True, tag="rollup"):
    """`function` over the records of `object` whose reference field `by` points here.

    `of` names the field taken (None for count), `when` a condition in the fields of `object`.
    `object` may hold the lines of this one: then `by` is None. Stored, and changed in the
    transaction that changes a row.
    """

    object: str
    by: str | None = None
    function: Aggregate = "count"
    of: str | None = None
    when: str | None = None
