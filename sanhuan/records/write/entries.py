"""What a write puts into columns, and what its entry in the change log says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sanhuan.catalog.fields.base import SYSTEM_COLUMNS
from sanhuan.catalog.fields.datetime import instant_json
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller
from sanhuan.records import pinyin
from sanhuan.records.read import search
from sanhuan.records.write.compiled import CompiledObject
from sanhuan.records.write.drafts import Draft, Values


def shared(
    catalog: Catalog, caller: Caller, item: ObjectType, operation: Any, now: datetime
) -> dict[str, Any]:
    """The parameters that all entries of a batch have in common."""
    return {
        "now": now,
        "operation": operation,
        "actor": caller.user,
        "on_behalf_of": caller.on_behalf_of,
        "via": caller.via,
        "cause": caller.cause,
        "root": caller.root,
        "depth": caller.depth,
        "object_id": item.id,
        "catalog_version": catalog.version,
    }


def created_columns(item: ObjectType) -> list[str]:
    """The columns that a new record's row fills, in order."""
    own = [c.name for one in item.own_fields if one.stored for c in one.columns()]
    if item.is_line:
        return ["id", "parent_id", "position", "version", "errors", *own]
    system = ["id", "version", "created_at", "created_by", "updated_at", "updated_by"]
    return [*system, "owner_id", "department_id", "errors", "pinyin", "search", *own]


def changed_columns(item: ObjectType, drafts: Iterable[Draft]) -> list[str]:
    """The columns that an update has to set: those of the fields that changed in any row."""
    changed: set[str] = set()
    errors = False
    for draft in drafts:
        changed |= draft.changed()
        errors = errors or draft.errors != draft.errors_before
    columns = (
        ["id", "version", "updated_at", "updated_by"] if not item.is_line else ["id", "version"]
    )
    columns += [SYSTEM_COLUMNS[i] for i in ("_owner", "_department", "_position") if i in changed]
    if errors:
        columns.append("errors")
    if not item.is_line and changed & {one.id for one in item.searchable}:
        columns += ["pinyin", "search"]
    for one in item.own_fields:
        if one.stored and one.id in changed:
            columns += [column.name for column in one.columns()]
    return columns


def row(
    rules: CompiledObject,
    draft: Draft,
    version: int,
    now: datetime,
    caller: Caller,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """The row that a draft becomes, JSON-ready, by column.

    `only` are the columns that the statement writes; None is all.
    """
    item, values = rules.item, draft.values
    stamp = instant_json(draft.occurred_at or now)
    built: dict[str, Any] = {"id": str(draft.id), "version": version}
    built["errors"] = draft.errors or None
    if item.is_line:
        built["parent_id"] = str(values["_parent"])
        built["position"] = int(values["_position"])
    else:
        built["owner_id"] = _text(values.get("_owner"))
        built["department_id"] = _text(values.get("_department"))
        built["updated_at"] = stamp
        built["updated_by"] = str(caller.user)
        if only is None or "search" in only:
            built |= found_by(item, values)
        if draft.operation == "create":
            built["created_at"] = stamp
            built["created_by"] = str(caller.user)
    # What is empty is left out: PostgreSQL reads a key that is missing as null.
    for field_id, value in values.items():
        if value is None or field_id[0] == "_":
            continue
        column = rules.columns.get(field_id)
        if column is not None:
            name, to_json = column
            if only is None or name in only:
                built[name] = to_json(value)
        elif (one := item.by_id.get(field_id)) is not None and one.stored:
            built.update(one.to_columns(value))
    return built


def found_by(item: ObjectType, values: Values) -> dict[str, Any]:
    """What search finds a record by: the pieces of its texts, and its title's pinyin."""
    title = item.title.to_json(values.get(item.title.id))
    key = pinyin.key(title) if isinstance(title, str) else None
    texts = search.texts_of(item.searchable, values)
    return {"pinyin": key, "search": search.vector([*texts, *(key or "").split()])}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def entry(
    rules: CompiledObject, draft: Draft, kind: str, lines: Mapping[str, ObjectType]
) -> dict[str, Any]:
    """The columns of the log that belong to one row, by their names in the statement."""
    before, after = _differences(rules, draft, lines, new=kind == "create")
    was, now_is = draft.before, draft.values
    gone = kind == "delete"
    return {
        "log_occurred_at": None if draft.occurred_at is None else instant_json(draft.occurred_at),
        "log_kind": kind,
        "log_before": before if kind != "create" else None,
        "log_after": None if gone else after,
        "log_owner_before": _text(was.get("_owner")),
        "log_owner_after": None if gone else _text(now_is.get("_owner")),
        "log_department_before": _text(was.get("_department")),
        "log_department_after": None if gone else _text(now_is.get("_department")),
        "log_trace": draft.trace or None,
    }


def _differences(
    rules: CompiledObject, draft: Draft, lines: Mapping[str, ObjectType], *, new: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Changed fields before and after by id; of a new record only after."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for field_id in sorted(draft.changed() & rules.logged):
        one = rules.item.by_id[field_id]
        if not new:
            before[field_id] = one.to_json(draft.before.get(field_id))
        after[field_id] = one.to_json(draft.values.get(field_id))
    for field_id, rows in draft.lines.items():
        target = lines[field_id]
        was = [line_json(target, values) for values in draft.lines_before.get(field_id, ())]
        now_is = [line_json(target, line.values) for line in rows if line.operation != "delete"]
        if was != now_is:
            before[field_id], after[field_id] = was, now_is
    return before, after


def line_json(target: ObjectType, values: Values) -> dict[str, Any]:
    """A line as the log keeps it: its id, and what people wrote in it by field id."""
    built: dict[str, Any] = {"id": str(values["_id"])}
    for one in target.own_fields:
        if one.stored and not one.computed and values.get(one.id) is not None:
            built[one.id] = one.to_json(values[one.id])
    return built
