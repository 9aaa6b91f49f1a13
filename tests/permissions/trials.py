"""Writes as the model judges them and as the product is given them, and whether both agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sanhuan import records
from tests.permissions import answers, conditions, reference_writes, stories, ward, worlds
from tests.permissions import questions as q
from tests.permissions.reference import Model
from tests.permissions.world import Record, Write

NEW: Final = worlds.identifier(8, 1)
OF_FIELDS: Final = frozenset({"unknown_field", "read_only", "masked"})
SENSELESS: Final[Mapping[str, Any]] = {
    "tier": "x",
    "weight": Decimal(1),
    "worth": Decimal(1),
    "total": Decimal(1),
    "created_by": worlds.PEOPLE[0],
    "client_level": "A",
    "is_big": True,
    "gone": "x",
}
"""What nobody may write, with a value of its kind."""
Lines = Mapping[UUID, list[UUID]]


@dataclass(frozen=True)
class Trial:
    """A write for both sides. `besides`: codes of what the data itself speaks against."""

    write: Write
    row: records.Write
    besides: frozenset[str] = frozenset()


def trial(model: Model, asked: q.Alter, lines: Lines, *, is_real: bool) -> Trial | None:
    """The write that was asked for; None where it makes no sense in this world."""
    record = None if asked.operation == "create" else answers.record_at(model, asked.record)
    if asked.operation == "restore" and asked.record % 4:
        binned = [each for each in model.world.records.values() if each.is_binned]
        record = binned[asked.record % len(binned)] if binned else record
    if record is not None and record.object != asked.object:
        asked = replace(asked, object=record.object, values=_of(record.object, asked.values))
    if asked.operation == "create":
        return _create(model, asked, is_real)
    if asked.operation == "update":
        return _update(model, asked, record, lines, is_real) if asked.values else None
    return _move(model, asked, record)


def _of(object_name: str, values: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """The same choices, of fields that this object has."""
    known = q.WRITABLE[object_name]
    places = {name: place for place, name in enumerate(dict.fromkeys(known))}
    names = list(places)
    moved = {
        (name if name in places else names[number % len(names)]): number for name, number in values
    }
    return tuple(moved.items())


def _create(model: Model, asked: q.Alter, is_real: bool) -> Trial:
    title = ward.TITLES[asked.object]
    values = {title: "Bob", **_values(model, asked, None)}
    values.pop("lines", None)
    empty = dict.fromkeys(ward.OBJECTS[asked.object])
    held = {**empty, **stories.SYSTEM_VALUES, "owner": model.me.id, "lines": (), "parties": ()}
    given = {name: value for name, value in values.items() if name != "gone"}
    values_to_be = {**held, **given}
    if "department" not in values:
        owner = values_to_be["owner"]
        values_to_be["department"] = None if owner is None else _home(model, owner, is_real)
    result = _again(model, Record(asked.object, NEW, values_to_be))
    row = records.Write("create", conditions.written(values))
    write = Write("create", asked.object, NEW, values, result)
    return Trial(write, row, _besides(model, write))


def _update(
    model: Model, asked: q.Alter, record: Record | None, lines: Lines, is_real: bool
) -> Trial:
    target = record or Record(
        asked.object, worlds.MISSING, dict.fromkeys(ward.OBJECTS[asked.object])
    )
    values = _values(model, asked, record)
    given, faults = dict(values), frozenset[str]()
    result = _result(model, target, values, is_real) if record else target
    if "lines" in values:
        given["lines"], faults, rows = _lines(target, values["lines"], lines)
        result = _again(model, replace(result, values={**result.values, "lines": rows}))
    row = records.Write("update", conditions.written(given), id=target.id)
    write = Write("update", asked.object, target.id, values, result, faults)
    return Trial(write, row, _besides(model, write))


def _move(model: Model, asked: q.Alter, record: Record | None) -> Trial | None:
    target = record or Record(asked.object, worlds.MISSING, {})
    row = records.Write(asked.operation, id=target.id)  # type: ignore[arg-type]  # delete or restore
    write = Write(asked.operation, asked.object, target.id, {}, target)
    pointed = [target.values.get(name) for name in ("client", "parent_client")]
    pointed += target.values.get("parties") or ()
    if asked.operation == "restore" and any(
        model.world.records[one].is_binned for one in pointed if one
    ):
        return None  # what it would point at is in the bin as well
    return Trial(write, row, _besides(model, write))


def _besides(model: Model, write: Write) -> frozenset[str]:
    others = [one for one in model.world.records.values() if one.id != write.id]
    live = [one for one in others if not one.is_binned]
    if write.operation == "delete":
        is_held = any(one.values.get("client") == write.id for one in live)
        return frozenset({"referenced"} if is_held else ())
    code = write.values.get("code")
    is_taken = code is not None and any(one.values.get("code") == code for one in live)
    return frozenset({"not_unique"} if is_taken else ())


def _values(model: Model, asked: q.Alter, record: Record | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, number in asked.values:
        if name == "lines":
            values[name] = number
        elif number < 0 and record is not None and name in record.values:
            values[name] = record.values[name]
        else:
            choices = _choices(model, name)
            values[name] = choices[number % len(choices)]
    return values


def _choices(model: Model, name: str) -> tuple[Any, ...]:
    clients = worlds.CLIENT_IDS
    departments = (model.me.departments or (worlds.DEPARTMENTS[0],))[0]
    special: dict[str, tuple[Any, ...]] = {
        "code": ("X9", "C0", "C1", None),
        "client": (*clients[:3], worlds.MISSING, None),
        "parent_client": (*clients[:3], worlds.MISSING, None),
        "parties": (clients[:1], clients[:2], (worlds.MISSING,), (), clients[2:3]),
        "owner": (model.me.id, *worlds.PEOPLE[:3], None),
        "department": (departments, *worlds.DEPARTMENTS[:3], None),
    }
    if name in SENSELESS:
        return (SENSELESS[name],)
    found = special.get(name) or worlds.VALUES[name]
    return tuple(tuple(each) if isinstance(each, list) else each for each in found)


def _lines(record: Record, number: int, lines: Lines) -> tuple[Any, frozenset[str], Any]:
    """What is written of lines, what is wrong with it, and the lines that are to be."""
    own, held = lines.get(record.id, []), tuple(record.values.get("lines") or ())
    others = [one for parent, ids in lines.items() if parent != record.id for one in ids]
    new = {"what": "c", "quantity": Decimal("2.00"), "price": Decimal("7.00")}
    if number == 1 and own:
        body = {"update": [{"id": own[0], "quantity": Decimal("9.00")}]}
        return body, frozenset(), ({**held[0], "quantity": Decimal("9.00")}, *held[1:])
    if number == 2 and own:
        return {"delete": [own[0]]}, frozenset(), held[1:]
    if number == 3 and others:
        return {"update": [{"id": others[0], "quantity": 1}]}, frozenset({"not_found"}), held
    if number == 4:
        body = {"create": [{**new, "amount": Decimal(1)}]}
        return body, frozenset({"read_only"}), held
    if number == -1:
        return {"delete": [worlds.MISSING]}, frozenset({"not_found"}), held
    return {"create": [new]}, frozenset(), (*held, new)


def _result(model: Model, record: Record, written: Mapping[str, Any], is_real: bool) -> Record:
    """The record as it would be; the department goes with a new owner unless it is written."""
    values = {**record.values, **{k: v for k, v in written.items() if k not in ("lines", "gone")}}
    if values.get("owner") != record.values.get("owner") and "department" not in written:
        owner = values["owner"]
        if owner is not None:
            values["department"] = _home(model, owner, is_real)
    if record.object == "client":
        values["code"] = values.get("code")
    return _again(model, replace(record, values=values))


def _home(model: Model, owner: UUID, is_real: bool) -> UUID | None:
    person = model.world.people.get(owner)
    if person is None or (owner != model.me.id and not is_real):
        return None  # only real worlds keep people's departments in the tables
    return person.departments[0] if person.departments else None


def _again(model: Model, record: Record) -> Record:
    return stories.recomputed(record, {**model.world.records, record.id: record})


def agrees(model: Model, one: Trial, got: set[str]) -> bool:
    """Whether the product's codes (none: it was saved) are those of the model.

    Which of several reasons is told is not held against it, so long as it is one of them.
    """
    want = reference_writes.refusals(model, one.write)
    if not want:
        return got == one.besides
    allowed = {_plain(code) for code in want | static(model, one.write)}
    if want - {"not_found"}:
        allowed.add("forbidden")
    if one.write.operation == "create" and "forbidden" in want:
        allowed |= {"field", "not_found"}  # it has no rights of its own to tell these by
    return bool(got) and {_plain(code) for code in got} <= allowed


def static(model: Model, write: Write) -> set[str]:
    """What speaks against the fields whatever the record is."""
    fields = ward.OBJECTS[write.object]
    told = set(write.faults)
    if unknown(model, write):
        told.add("unknown_field")
    if any(one.computed or one.read_only for name in write.values if (one := fields.get(name))):
        told.add("read_only")
    return told


def unknown(model: Model, write: Write) -> set[str]:
    """The fields written that no grant at all shows to the caller."""
    policies = [one for one in model.policies if one.object == write.object]
    fields = ward.OBJECTS[write.object]
    return {
        name
        for name in write.values
        if name not in fields or not any(one.right(name) for one in policies)
    }


def _plain(code: str) -> str:
    return "field" if code in OF_FIELDS else code


def told_apart(model: Model, one: Trial, named: set[str | None]) -> set[str]:
    """Unknown fields that the product's refusal names as if they were known."""
    return {name for name in unknown(model, one.write) if name in named}


Judge = Callable[[Model, Trial, set[str]], bool]
