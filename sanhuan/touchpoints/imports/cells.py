"""From the cells of a row to the values of a record, with what a spreadsheet has damaged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sanhuan.catalog.fields import (
    AddressField,
    FieldDefinition,
    PhoneField,
    ReferenceField,
    ReferencesField,
    TextField,
)
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.errors import Text
from sanhuan.identity import Caller
from sanhuan.records import Fault, Records, Transaction
from sanhuan.touchpoints.imports import addresses, errors
from sanhuan.touchpoints.imports.columns import Column, ColumnMapping
from sanhuan.touchpoints.imports.reading import Line

DAMAGED: Final = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+?\d{1,3}")
SHEET_ERRORS: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
DIGITS_LOST: Final = re.compile(r"\d{15,}000")
SEVERAL: Final = re.compile(r"[、,，;；|]")
MOST_NAMES: Final = 200_000

References = ReferenceField | ReferencesField


@dataclass(frozen=True, slots=True)
class Taken:
    """A column that is imported: its place in the row, its field, what its cells mean."""

    place: int
    name: str
    field: FieldDefinition
    values: Mapping[str, str]
    damageable: bool
    target: str | None


@dataclass(slots=True)
class Row:
    """A row on its way: where it stands, its cells, its values, what stands against it."""

    number: int
    line: Line
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def taken(columns: Sequence[str], mapping: ColumnMapping, item: ObjectType) -> tuple[Taken, ...]:
    """The columns to import. Raises `errors.SchemaChanged` for a field that is gone."""
    found = []
    for place, name in enumerate(columns):
        column = mapping.get(name, Column())
        if column.field is None:
            continue
        one = item.fields.get(column.field)
        if one is None:
            raise errors.SchemaChanged(column.field)
        found.append(
            Taken(
                place=place,
                name=name,
                field=one,
                values=column.values,
                damageable=isinstance(one, TextField | PhoneField),
                target=_target(one),
            )
        )
    return tuple(found)


def _target(one: FieldDefinition) -> str | None:
    if isinstance(one, ReferenceField):
        return one.target
    return one.object if isinstance(one, ReferencesField) else None


def read(row: Row, columns: Sequence[Taken]) -> None:
    """The values of a row by API name; an empty cell gives none: what is there stays."""
    if row.line.fault is not None:
        row.faults.append(row.line.fault)
        return
    cells = row.line.cells
    for one in columns:
        cell = cells[one.place].strip()
        if not cell:
            continue
        cell = one.values.get(cell, cell)
        if one.damageable and DAMAGED.fullmatch(cell):
            row.faults.append(_damaged(one.field.name, cell))
        elif cell in SHEET_ERRORS:
            row.faults.append(_sheet_error(one.field.name, cell))
        elif isinstance(one.field, AddressField):
            row.values[one.field.name] = addresses.parted(cell)
        else:
            row.values[one.field.name] = cell


def _damaged(name: str, cell: str) -> Fault:
    return Fault(
        "damaged_number",
        Text(
            f"表格软件把号码写成了 {cell[:30]}，位数丢了，改回原来的号码",
            f"The spreadsheet wrote {cell[:30]} and lost digits: put the number back",
        ),
        name,
    )


def _sheet_error(name: str, cell: str) -> Fault:
    return Fault(
        "sheet_error", Text(f"表格里是错误值 {cell}", f"An error of the sheet: {cell}"), name
    )


def digits_lost(cells: Iterable[str]) -> int:
    """How many cells look like long numbers whose last digits a spreadsheet made zeros."""
    return sum(DIGITS_LOST.fullmatch(cell) is not None for cell in cells)


class Names:
    """Records that cells name by their titles, looked up once per name, as the caller sees them."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: dict[tuple[str, str], tuple[UUID, ...]] = {}

    async def resolve(
        self, tx: Transaction, caller: Caller, rows: Sequence[Row], columns: Sequence[Taken]
    ) -> None:
        """Put ids in place of names; a name of none, or of several, is a fault of its row."""
        catalog = self._records.catalog
        for one in columns:
            if one.target is not None:
                await self._look_up(tx, caller, catalog, one, rows)
                for row in rows:
                    self._replace(row, one)

    async def _look_up(
        self,
        tx: Transaction,
        caller: Caller,
        catalog: Catalog,
        one: Taken,
        rows: Sequence[Row],
    ) -> None:
        target = catalog.object(one.target or "")
        wanted = {
            name
            for row in rows
            for name in parts(one.field, row.values.get(one.field.name))
            if (target.name, name) not in self._known and not is_id(name)
        }
        if not wanted:
            return
        if len(self._known) > MOST_NAMES:
            self._known.clear()
        seen = caller.may("see", target.id)
        found = (
            await self._records.find(tx, caller, target.name, target.title.name, sorted(wanted))
            if seen
            else {}
        )
        for name in wanted:
            self._known[target.name, name] = tuple(found.get(name, ()))[:2]

    def _replace(self, row: Row, one: Taken) -> None:
        value = row.values.get(one.field.name)
        if value is None:
            return
        ids = []
        for name in parts(one.field, value):
            hits = (UUID(name),) if is_id(name) else self._known.get((one.target or "", name), ())
            if len(hits) != 1:
                row.faults.append(_unresolved(one.field, name, several=len(hits) > 1))
                row.values.pop(one.field.name, None)
                return
            ids.append(str(hits[0]))
        row.values[one.field.name] = ids if isinstance(one.field, ReferencesField) else ids[0]


def parts(one: FieldDefinition, cell: Any) -> list[str]:
    """The names in a cell: one, or several parted by 、 , or ; where the field takes several."""
    if not isinstance(cell, str):
        return []
    if isinstance(one, ReferencesField):
        return [name for part in SEVERAL.split(cell) if (name := part.strip())]
    return [cell]


def is_id(name: str) -> bool:
    """Whether a cell holds a record's id rather than its title."""
    if len(name) != 36:
        return False
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def _unresolved(one: FieldDefinition, name: str, *, several: bool) -> Fault:
    shown = name[:60]
    if several:
        return Fault(
            "ambiguous",
            Text(f"叫 {shown} 的不止一个，填 id", f"Several are called {shown}: give the id"),
            one.name,
        )
    return Fault("not_found", Text(f"找不到 {shown}", f"There is no {shown}"), one.name)
