"""What speaks against a write, by docs/permissions.md: the model's other half."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.permissions import ward
from tests.permissions.reference import Model
from tests.permissions.world import HIDDEN, MASKED, WRITE, Person, Record, Write

ACTS: Final = {"create": "create", "update": "edit", "delete": "delete", "restore": "delete"}


def refusals(model: Model, write: Write) -> set[str]:
    """Codes of what speaks against a write; empty when it is to be saved."""
    act = ACTS[write.operation]
    policies = [one for one in model.policies if one.object == write.object]
    if not any(act in one.acts for one in policies):
        is_known = any("see" in one.acts for one in policies)
        return {"forbidden" if is_known else "not_found"}
    if write.operation == "create":
        return _judged(model, write, act, None, write.result)
    record = met(model, write)
    if record is None:
        return {"not_found"}
    if not model.taking(record, act):
        return {"forbidden"}
    return _judged(model, write, act, record, write.result) if act == "edit" else set()


def met(model: Model, write: Write) -> Record | None:
    """The record that is to be changed, if the asker sees it: to be restored, as it was."""
    record = model.world.records.get(write.id)
    is_binned = write.operation == "restore"
    if record is None or record.object != write.object or record.is_binned != is_binned:
        return None
    return record if model.sees(replace(record, is_binned=False)) else None


def _judged(model: Model, write: Write, act: str, was: Record | None, result: Record) -> set[str]:
    before = result if was is None else was
    if was is None and not model.taking(result, act):
        return {"forbidden"}
    codes = {_code(model, write.object, name, act, before) for name in write.values}
    if model.level(before, "lines", act) == WRITE:
        codes |= write.faults
    for name, value in write.values.items():
        codes |= _pointing(model, write.object, name, value, was)
    moved = {one for one in ("owner", "department") if _moves(model.me, one, write, was)}
    if moved and not model.taking(before, "assign"):
        codes.add("read_only")
    if codes - {""}:
        return codes - {""}
    is_inside = bool(moved) or bool(model.taking(result, act))
    return set() if is_inside else {"forbidden"}


def _code(model: Model, object_name: str, name: str, act: str, record: Record) -> str:
    one = ward.OBJECTS[object_name].get(name)
    level = model.level(record, name, act) if one else HIDDEN
    if one is None or level == HIDDEN:
        return "unknown_field"
    if level == MASKED:
        return "masked"
    is_given = name in ("owner", "department")  # these take `assign` instead of `write`
    is_open = level == WRITE or is_given
    return "" if is_open and not one.computed and not one.read_only else "read_only"


def _pointing(
    model: Model, object_name: str, name: str, value: Any, was: Record | None
) -> set[str]:
    one = ward.OBJECTS[object_name].get(name)
    if one is None or not one.target or value is None:
        return set()
    held = was.values.get(name) if was else None
    given = value if isinstance(value, tuple) else (value,)
    new = set(given) - set(held if isinstance(held, tuple) else (held,))
    return set() if all(model.find(one.target, each) for each in new) else {"not_found"}


def _moves(me: Person, name: str, write: Write, was: Record | None) -> bool:
    if name not in write.values:
        return False
    own = me.id if name == "owner" else (me.departments or (None,))[0]
    return bool(write.values[name] != (was.values.get(name) if was else own))
