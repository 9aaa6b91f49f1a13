"""Rows on their way through the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sanhuan.catalog.fields import FieldDefinition, Problem, Value
from sanhuan.errors import Text
from sanhuan.records.errors import Fault
from sanhuan.records.requests import Write

Values = dict[str, Value]
"""Stored values by field id, the system fields among them; what is missing is empty."""


@dataclass(slots=True)
class Draft:
    """One row: what it was, what it is to be, and what stands against it."""

    index: int
    write: Write
    operation: Literal["create", "update", "delete", "restore"]
    id: UUID
    before: Values = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    """Ids of the fields that the caller wrote."""
    lines: dict[str, list[Draft]] = field(default_factory=dict)
    """By id of the lines field: all rows of the record as they are to be, in their order."""
    lines_before: dict[str, list[Values]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    """Codes of stored formulas in error, by field id."""
    errors_before: dict[str, str] = field(default_factory=dict)
    occurred_at: datetime | None = None
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    trace: list[dict[str, Any]] = field(default_factory=list)
    prefix: str = ""
    """What stands before field names in faults: `lines[2].` for rows of lines."""

    @property
    def version(self) -> int:
        return int(self.before.get("_version") or 0)

    @property
    def refused(self) -> bool:
        return bool(self.faults)

    def fault(
        self, code: str, zh: str, en: str, one: FieldDefinition | None = None, **more: Any
    ) -> None:
        """Note what is wrong with the row, or with one field of it."""
        name = None if one is None else self.prefix + one.name
        if one is None and self.prefix:
            name = self.prefix.rstrip(".")
        self.faults.append(Fault(code, Text(zh, en), name, self.index, **more))

    def problem(self, one: FieldDefinition, problem: Problem) -> None:
        """Note that a value does not fit its field."""
        self.fault(problem.code, problem.message.zh, problem.message.en, one)

    def changed(self) -> set[str]:
        """Ids of the stored fields whose value differs from before, lines apart."""
        before, after = self.before, self.values
        if not before:
            return {name for name, value in after.items() if value is not None}
        return {
            name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
        }


@dataclass(slots=True)
class Far:
    """Values read from beyond the records of a batch.

    By reference field and id of the record referred to: the values by the rest of the path.
    """

    values: dict[tuple[str, UUID], Mapping[tuple[str, ...], Value]] = field(default_factory=dict)
    seen: dict[str, set[UUID]] = field(default_factory=dict)
    """By object name: the live records that the caller may refer to, of those asked for."""


class View:
    """A draft's values as formulas read them (`expressions.Record`)."""

    __slots__ = ("_far", "_lines", "_parent", "_values")

    def __init__(
        self,
        values: Mapping[str, Value],
        far: Far,
        lines: Mapping[str, list[View]] | None = None,
        parent: View | None = None,
    ) -> None:
        self._values = values
        self._far = far
        self._lines = lines or {}
        self._parent = parent

    def get(self, path: tuple[str, ...]) -> object:
        first = path[0]
        if first in self._lines:
            return self._lines[first]
        value = self._values.get(first)
        if len(path) == 1:
            return _plain(value)
        if first == "_parent" and self._parent is not None:
            return self._parent.get(path[1:])
        if isinstance(value, dict):
            return value.get(path[1])
        if not isinstance(value, UUID):
            return None
        return _plain(self._far.values.get((first, value), {}).get(path[1:]))


def _plain(value: Value) -> object:
    """References read as text in formulas."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list) and value and isinstance(value[0], UUID):
        return [str(item) for item in value]
    return value


def moves(draft: Draft) -> bool:
    """Whether the draft changes anything that people wrote, or formulas of the record."""
    if draft.changed() - {"_version"} or draft.errors != draft.errors_before:
        return True
    return any(
        line.operation != "update" or line.changed()
        for rows in draft.lines.values()
        for line in rows
    )
