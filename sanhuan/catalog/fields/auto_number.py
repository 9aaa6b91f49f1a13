"""Numbers that records get when they are made."""

from __future__ import annotations

import datetime
import re
from typing import Any, ClassVar

from sqlalchemy import Column, Text

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition
from sanhuan.catalog.fields.text import TEXT_OPERATORS
from sanhuan.expressions import types

COUNT = re.compile(r"\{(0+)\}")


class AutoNumberField(FieldDefinition, kw_only=True, tag="auto_number"):
    """`SO-{yyyy}{mm}-{00000}`: date parts of the making day, and the count padded with zeros.

    Counts come from a sequence: unique and rising, with gaps where a save was refused.
    """

    format: str = "{00000}"
    computed: ClassVar[bool] = True
    operators: ClassVar[frozenset[str]] = TEXT_OPERATORS

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Text)]

    def write(self, number: int, day: datetime.date) -> str:
        """The text for the n-th record, made on a day of the workspace's calendar."""
        parts = {"{yyyy}": f"{day.year:04d}", "{mm}": f"{day.month:02d}", "{dd}": f"{day.day:02d}"}
        text = self.format
        for mark, part in parts.items():
            text = text.replace(mark, part)
        return COUNT.sub(lambda found: f"{number:0{len(found[1])}d}", text)

    def expression_type(self) -> expressions.Type:
        return types.Text()
