"""Postal addresses in China: division codes (GB/T 2260) and the detail below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Column, Text, case, func, null
from sqlalchemy.sql import ColumnElement

from sanhuan import expressions
from sanhuan.catalog.fields.base import Columns, FieldDefinition, Problem
from sanhuan.catalog.fields.text import clean
from sanhuan.expressions import types

PARTS = ("province", "city", "district", "detail")
DIGITS = {"province": 2, "city": 4, "district": 6}


class AddressField(FieldDefinition, kw_only=True, tag="address"):
    """`{"province": "33", "city": "3301", "district": "330106", "detail": "文三路 1 号"}`.

    A code holds the code above it; whether a code is in the shipped table is checked on save.
    """

    operators: ClassVar[frozenset[str]] = frozenset({"null", "notNull"})
    sortable: ClassVar[bool] = False

    def part_column(self, part: str) -> str:
        return f"{self.column_name}_{part}"

    def columns(self) -> list[Column[Any]]:
        return [Column(self.part_column(part), Text) for part in PARTS]

    def parse(self, value: Any) -> dict[str, str | None] | None:
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) - set(PARTS):
            raise Problem("wrong_type", "要填省、市、区、详细地址", "Expected an address")
        address = {part: self._part(part, value.get(part)) for part in PARTS}
        for above, below in (("province", "city"), ("city", "district")):
            if address[below] and not (address[below] or "").startswith(address[above] or "-"):
                raise Problem("bad_address", "省、市、区不相符", "The divisions don't match")
        return address if any(address.values()) else None

    def _part(self, part: str, value: Any) -> str | None:
        text = None if value is None else clean(value, longest=200)
        if text and part != "detail" and not (text.isdigit() and len(text) == DIGITS[part]):
            raise Problem("bad_address", "行政区划代码不对", "Not a division code")
        return text

    def to_columns(self, value: dict[str, str | None] | None) -> dict[str, Any]:
        return {self.part_column(part): (value or {}).get(part) for part in PARTS}

    def load(self, columns: Sequence[Any]) -> dict[str, str | None] | None:
        return dict(zip(PARTS, columns, strict=True)) if any(columns) else None

    def select(self, columns: Columns) -> ColumnElement[Any]:
        pairs = [item for pair in zip(PARTS, columns, strict=True) for item in pair]
        empty = func.num_nonnulls(*columns) == 0
        return case((empty, null()), else_=func.jsonb_build_object(*pairs))

    def expression_type(self) -> expressions.Type:
        return types.Opaque()

    def parts(self) -> tuple[str, ...]:
        return PARTS
