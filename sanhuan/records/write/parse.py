"""From what callers send to typed values by field id."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sanhuan.catalog.fields import FieldDefinition, LinesField, Problem, SelectField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import SYSTEM_USER, Caller
from sanhuan.records import ids
from sanhuan.records.requests import Batch, Write
from sanhuan.records.write.drafts import Draft

WRITABLE_SYSTEM = frozenset({"_owner", "_department"})


@dataclass(frozen=True)
class Reading:
    """How the values of a batch are read.

    `texts`: they are cells of a file. `trusted`: the platform's own right, which may choose ids
    and write read-only fields. `hidden`: ids of fields that the caller does not know of.
    `choices`: cells of choices that were read, by field id.
    """

    catalog: Catalog
    texts: bool = False
    trusted: bool = False
    hidden: frozenset[str] = frozenset()
    choices: dict[tuple[str, str], Any] = field(default_factory=dict)


def reading(catalog: Catalog, caller: Caller, item: ObjectType, batch: Batch) -> Reading:
    """How this caller's batch is read."""
    grants = caller.grants.get(item.id, ())
    hidden = frozenset(
        one.id
        for one in item.fields.values()
        if all(grant.field_right(one.id) == "hidden" for grant in grants)
    )
    trusted = any(grant.role == SYSTEM_USER for grant in grants)
    return Reading(catalog, batch.texts, trusted, hidden)


def drafts(item: ObjectType, batch: Batch, now: datetime, how: Reading) -> list[Draft]:
    """A draft per row, its values parsed, faults noted."""
    found = []
    for index, (write, moment) in enumerate(zip(batch.rows, _moments(batch), strict=True)):
        draft = _draft(index, write, moment or now, trusted=how.trusted)
        draft.occurred_at = moment
        if write.operation != "delete":
            read_values(item, write.values, draft, how)
        found.append(draft)
    return found


def _moments(batch: Batch) -> Sequence[datetime | None]:
    given = batch.occurred_at
    if given is None or isinstance(given, datetime):
        return [given] * len(batch.rows)
    return given


def _draft(index: int, write: Write, moment: datetime, *, trusted: bool) -> Draft:
    operation = "create" if write.operation == "upsert" else write.operation
    if operation == "create":
        chosen = write.id if trusted and write.id is not None else ids.uuid7(moment)
        draft = Draft(index, write, "create", chosen)
        if write.id is not None and not trusted:
            draft.fault("read_only", "id 由系统给", "The id is given by the server")
        return draft
    draft = Draft(index, write, operation, write.id or UUID(int=0))
    if write.id is None:
        draft.fault("required", "要写明记录的 id", "Name the record's id")
    return draft


def read_values(item: ObjectType, values: Mapping[str, Any], draft: Draft, how: Reading) -> None:
    """Parse the values of one row into its draft."""
    for name, value in values.items():
        one = item.fields.get(name)
        if one is None or one.id in how.hidden:
            _unknown(item, name, draft, how)
        elif not _is_writable(one, how):
            draft.fault("read_only", f"{one.label.zh}不能填写", f"{name} can't be written", one)
        elif isinstance(one, LinesField):
            _lines(one, value, draft, how)
        else:
            _value(one, value, draft, how)


def _is_writable(one: FieldDefinition, how: Reading) -> bool:
    if one.id.startswith("_"):
        return one.id in WRITABLE_SYSTEM
    return not one.computed and (how.trusted or not one.read_only)


def _unknown(item: ObjectType, name: str, draft: Draft, how: Reading) -> None:
    known = [one.name for one in item.fields.values() if one.id not in how.hidden]
    near = difflib.get_close_matches(name, known, n=1)
    shown = name[:60]
    zh, en = (f"，是 {near[0]} 吗", f"; nearest: {near[0]}") if near else ("", "")
    draft.fault("unknown_field", f"没有字段 {shown}{zh}", f"There is no field {shown}{en}")


def _value(one: FieldDefinition, value: Any, draft: Draft, how: Reading) -> None:
    try:
        is_cell = how.texts and isinstance(value, str)
        read = _cell(one, value, how) if is_cell else one.parse(value)
    except Problem as problem:
        draft.problem(one, problem)
        return
    draft.values[one.id] = read
    draft.written.add(one.id)


def _cell(one: FieldDefinition, text: str, how: Reading) -> Any:
    """The value of a cell; those of choices repeat from row to row, and are read once."""
    if not isinstance(one, SelectField):
        return one.parse_text(text)
    key = (one.id, text)
    if key not in how.choices:
        how.choices[key] = one.parse_text(text)
    return how.choices[key]


def _lines(one: LinesField, value: Any, draft: Draft, how: Reading) -> None:
    """`{"create": [...], "update": [...], "delete": [...]}` as drafts of rows, in that order."""
    if not isinstance(value, Mapping) or set(value) - {"create", "update", "delete"}:
        draft.fault(
            "wrong_type", "明细要写 create、update、delete", "Expected create, update, delete", one
        )
        return
    target = how.catalog.objects[one.object]
    rows: list[Draft] = []
    place = 0
    for operation in ("create", "update", "delete"):
        listed = value.get(operation) or []
        if not isinstance(listed, list):
            draft.fault("wrong_type", "明细要是列表", "Expected a list of lines", one)
            return
        for body in listed:
            rows.append(_line(target, one, operation, body, draft, place, how))
            place += 1
    draft.lines[one.id] = rows
    draft.written.add(one.id)


def _line(
    target: ObjectType,
    one: LinesField,
    operation: str,
    body: Any,
    parent: Draft,
    place: int,
    how: Reading,
) -> Draft:
    ours = Reading(how.catalog, trusted=how.trusted)
    named = {"id": body} if operation == "delete" and isinstance(body, str) else body
    write = Write(operation="create")
    row = Draft(parent.index, write, "create", ids.uuid7(), prefix=f"{one.name}[{place}].")
    row.faults = parent.faults
    row.warnings = parent.warnings
    if not isinstance(named, Mapping):
        row.fault("wrong_type", "明细行格式不对", "Expected an object")
        return row
    values = dict(named)
    if operation != "create":
        row.operation = "update" if operation == "update" else "delete"
        try:
            row.id = UUID(str(values.pop("id", "")))
        except ValueError:
            row.fault("not_found", "没有这一行", "No such line")
    position = values.pop("position", None)
    if position is not None:
        _value(target.fields["position"], position, row, ours)
    read_values(target, values, row, ours)
    return row
