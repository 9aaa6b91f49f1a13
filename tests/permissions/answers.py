"""The model's answers to questions, in the form that the product's are brought into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from tests.permissions import conditions, ward
from tests.permissions import questions as q
from tests.permissions.reference import Model, Unknown
from tests.permissions.world import Policy, Record

MOST_COUNTED: Final = 1_001
COMPARABLE: Final = ward.NUMBERS | ward.TEXTS | {"date", "select", "instant"}


class Error(str):
    """The code that is answered instead of what was asked."""

    __slots__ = ()


def record_at(model: Model, place: int) -> Record | None:
    """The record of the two objects at a place; None for -1."""
    main = [each for each in model.world.records.values() if each.object in q.MAIN]
    return None if place < 0 else main[place % len(main)]


def answer(model: Model, question: q.Question) -> Any:
    """What the person must be answered."""
    try:
        return _ANSWERS[type(question)](model, question)
    except Unknown:
        return Error("unknown_field")


def _may_see(model: Model, object_name: str) -> bool:
    return any(one.object == object_name and "see" in one.acts for one in model.policies)


def _list(model: Model, asked: q.List) -> Any:
    if not _may_see(model, asked.object):
        return Error("unknown_object")
    rows = model.listed(asked.object, asked.filter, asked.sort, asked.fields, asked.q)
    return [normal(each) for each in rows], None if asked.count == "none" else len(rows)


def _get(model: Model, asked: q.Get) -> Any:
    record = record_at(model, asked.record)
    object_name = record.object if record else "client"
    if not _may_see(model, object_name):
        return Error("unknown_object")
    names = get_names(object_name, asked)
    for name in names:
        model.knows(object_name, name) if asked.fields else None
    if record is None or not model.sees(record):
        return Error("not_found")
    return normal(model.shown(record, names))


def get_names(object_name: str, asked: q.Get) -> list[str]:
    """The fields that are asked for, all where none are named."""
    paths = q.PATHS[object_name]
    if asked.fields is None:
        return list(ward.OBJECTS[object_name])
    return list(dict.fromkeys(paths[each % len(paths)] for each in asked.fields))


def _search(model: Model, asked: q.Search) -> Any:
    return model.search(asked.q)


def kind_at(object_name: str, path: str) -> ward.Field:
    """The field that a path ends at."""
    *steps, last = path.split(".")
    for step in steps:
        object_name = ward.OBJECTS[object_name][step].target
    return ward.OBJECTS[object_name][last]


def _aggregate(model: Model, asked: q.Aggregate) -> Any:
    if not _may_see(model, asked.object):
        return Error("unknown_object")
    if _is_senseless(model, asked):
        return Error("bad_aggregate")
    return Counter(model.aggregate(asked.object, asked.filter, asked.group_by, asked.measure))


def _is_senseless(model: Model, asked: q.Aggregate) -> bool:
    """Whether the figure can't be worked out of such values. Raises Unknown."""
    function, _, path = asked.measure.partition(":")
    for each in (*(name.partition(":")[0] for name in asked.group_by), *([path] if path else [])):
        model.knows(asked.object, each)
    if not path:
        return False
    kind = kind_at(asked.object, path).kind
    if function in ("sum", "avg"):
        return kind not in ward.NUMBERS
    return function in ("min", "max") and kind not in COMPARABLE


def _timeline(model: Model, asked: q.Timeline) -> Any:
    record = record_at(model, asked.record)
    if not _may_see(model, record.object if record else "client"):
        return Error("unknown_object")
    if record is None or not model.sees(record):
        return Error("not_found")
    return [
        (kind, {name: _sides(record, name, *sides) for name, sides in fields.items()})
        for kind, fields in model.timeline(record)
    ]


def _sides(record: Record, name: str, level: int, before: Any, after: Any) -> Any:
    """Both sides, or MASK where only that it changed may show."""
    if name == "lines":
        return "lines"
    if level == 1:
        return "masked"
    return normal_value(before), normal_value(after)


def _feed(model: Model, asked: q.Feed) -> Any:
    told = {}
    for record in model.world.records.values():
        if record.object in q.MAIN:
            one = model.last_change(record)
            if one is not None:
                told[record.id] = one
    return told


def may_be_gone(model: Model) -> set[UUID]:
    """Records of which the stream may or may not tell that they left the asker's sight.

    Their last entry says how their own values were, not what lay beyond them nor what they
    computed: where only a condition over such things had shown them, the stream can't know.
    """
    return {
        record.id
        for record in model.world.records.values()
        if record.history and not model.sees(record) and (was := record.history[-1].was)
        if not any(_is_near(one) for one in model.taking(was, "see"))
    }


def _is_near(policy: Policy) -> bool:
    fields = ward.OBJECTS[policy.object]
    plain = {name for name, one in fields.items() if not one.computed and one.kind != "references"}
    return policy.rows != "condition" or set(conditions.paths(policy.condition)) <= plain


def _find(model: Model, asked: q.Find) -> Any:
    if not _may_see(model, asked.object):
        return Error("unknown_object")
    model.knows(asked.object, asked.field)
    found: dict[Any, list[UUID]] = {}
    for record in sorted(model.seen(asked.object), key=lambda one: one.id):
        value = model.value(record, asked.field)
        if value in asked.values:
            found.setdefault(value, []).append(record.id)
    return found


def normal(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without paths that show nothing."""
    return {
        name: normal_value(value)
        for name, value in row.items()
        if not ("." in name and value is None)
    }


def normal_value(value: Any) -> Any:
    if isinstance(value, list | tuple) and not value:
        return None
    if isinstance(value, tuple) and isinstance(value[0], Mapping):
        return [tuple(line[name] for name in ward.LINE_FIELDS) for line in value]
    return value


_ANSWERS: Final[Mapping[type[Any], Callable[[Model, Any], Any]]] = {
    q.List: _list,
    q.Get: _get,
    q.Search: _search,
    q.Aggregate: _aggregate,
    q.Timeline: _timeline,
    q.Feed: _feed,
    q.Find: _find,
}
