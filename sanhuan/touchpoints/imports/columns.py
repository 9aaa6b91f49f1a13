"""Which column of a file is which field: guessed, remembered, or said by whoever imports."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from sanhuan.catalog.fields import FieldDefinition, LinesField, SelectField
from sanhuan.catalog.runtime import ObjectType
from sanhuan.identity import Caller
from sanhuan.touchpoints.imports import errors

NOISE: Final = re.compile(r"[\s*_\-:：()（）\[\]【】]|必填|选填|required")


class Column(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What a column is taken as: a field, by API name; None leaves it out.

    `values` says what cells mean that are written otherwise than the field's choices:
    `{"重点": "A"}`.
    """

    field: str | None = None
    values: dict[str, str] = {}


ColumnMapping: TypeAlias = Mapping[str, Column]
"""By name of the column."""


def parse(written: Any) -> dict[str, Column]:
    """A mapping from its JSON, where a field's name alone will do. Raises `errors.BadMapping`."""
    if not isinstance(written, dict):
        raise errors.BadMapping("对应关系要是 {列: 字段}", "Expected {column: field}")
    found: dict[str, Column] = {}
    for name, one in written.items():
        if one is None or isinstance(one, str):
            found[name] = Column(field=one)
            continue
        try:
            found[name] = msgspec.convert(one, Column)
        except msgspec.ValidationError:
            raise errors.BadMapping(
                f"列 {name[:60]} 的对应不对", f"Column {name[:60]} is mapped wrongly"
            ) from None
    return found


def fields(item: ObjectType, caller: Caller) -> list[FieldDefinition]:
    """The fields that this person may fill by an import, in the object's order."""
    grants = [grant for grant in caller.grants.get(item.id, ()) if {"create", "edit"} & grant.acts]
    found = []
    for one in item.fields.values():
        if one.computed or one.read_only or isinstance(one, LinesField):
            continue
        if one.id.startswith("_"):
            if one.id in ("_owner", "_department") and item.owned:
                found.append(one)
        elif any(grant.field_right(one.id) == "write" for grant in grants):
            found.append(one)
    return found


def check(
    mapping: ColumnMapping,
    columns: Sequence[str],
    item: ObjectType,
    caller: Caller,
    *,
    some: bool = True,
) -> None:
    """Raise `errors.BadMapping` unless columns and fields are there, each field at most once.

    With `some` at least one column has to be imported.
    """
    allowed = {one.name for one in fields(item, caller)}
    taken: set[str] = set()
    for name, column in mapping.items():
        if name not in columns:
            raise errors.BadMapping(f"没有列 {name[:60]}", f"There is no column {name[:60]}")
        if column.field is None:
            continue
        if column.field not in allowed:
            shown = column.field[:60]
            raise errors.BadMapping(f"没有可导入的字段 {shown}", f"{shown} is no field to import")
        if column.field in taken:
            raise errors.BadMapping(
                f"字段 {column.field} 对应了两列", f"Two columns are mapped to {column.field}"
            )
        taken.add(column.field)
    if some and not taken:
        raise errors.BadMapping("至少要对应一列", "Map one column at least")


def plain(name: str) -> str:
    """A name as headers are compared: without case, width, spaces and remarks."""
    return NOISE.sub("", unicodedata.normalize("NFKC", name).lower())


def names_of(one: FieldDefinition) -> set[str]:
    """The names that people write over a field's column."""
    return {plain(name) for name in (one.name, one.label.zh, one.label.en) if name}


def guess(columns: Sequence[str], item: ObjectType, caller: Caller) -> dict[str, Column]:
    """The fields that the columns' names speak of; None where none does, or two do."""
    offered = fields(item, caller)
    names = {one.name: names_of(one) for one in offered}
    label = item.definition.label
    before = [plain(label.zh), plain(label.en)]
    found: dict[str, Column] = {}
    taken: set[str] = set()
    for fits in (_is_named, _is_named_within):
        for column in columns:
            wanted = plain(column)
            stripped = next((wanted[len(b) :] for b in before if b and wanted.startswith(b)), "")
            hits = [
                name
                for name, known in names.items()
                if name not in taken and fits(known, {wanted, stripped} - {""})
            ]
            if column not in found and len(hits) == 1:
                found[column] = Column(field=hits[0])
                taken.add(hits[0])
    return {column: found.get(column, Column()) for column in columns}


def _is_named(known: set[str], wanted: set[str]) -> bool:
    return bool(known & wanted)


def _is_named_within(known: set[str], wanted: set[str]) -> bool:
    """Whether one name holds the other: 联系电话 is 电话. Too short names hold nothing."""
    return any(
        len(name) >= 2 and len(want) >= 2 and (name in want or want in name)
        for name in known
        for want in wanted
    )


def digest(columns: Sequence[str]) -> bytes:
    """What a set of columns is remembered by, whatever their order."""
    return hashlib.sha256("\0".join(sorted(columns)).encode(errors="replace")).digest()


def unknown_choices(
    one: SelectField, column: Column, counts: Mapping[str, int]
) -> list[dict[str, Any]]:
    """The cells of a choice's column that are none of its choices, with their numbers of rows."""
    known = {
        name for choice in one.choices for name in (choice.key, choice.label.zh, choice.label.en)
    }
    return [
        {"value": value, "rows": rows, "choice": column.values.get(value)}
        for value, rows in counts.items()
        if value and value not in known
    ]
