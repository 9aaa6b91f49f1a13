"""From what an event carries to what is to be done: compiled once per catalog, then pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from sanhuan import expressions
from sanhuan.catalog.fields import ReferenceField, ReferencesField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.errors import Text
from sanhuan.expressions import types
from sanhuan.records import Fault
from sanhuan.touchpoints.definitions import (
    BehaviourEffect,
    Carried,
    EventDefinition,
    Find,
    RecordEffect,
)

Version: TypeAlias = tuple[Decimal, str]
"""What orders the changes of one record: a number (of microseconds), then the event's id."""

TYPES: Mapping[str, expressions.Type] = {
    "text": types.Text(),
    "number": types.Number(),
    "boolean": types.Boolean(),
    "date": types.Date(),
    "datetime": types.DateTime(),
    "list": types.ListOf(types.Text()),
    "any": types.Opaque(),
}
MISSING = object()
ALWAYS_CARRIED = (Carried(name="occurred_at", type="datetime"),)
"""What is known of every event: when it happened."""
LONGEST_ID = 200


class Refusal(Exception):
    """An event that can't be applied as it is; `faults` say why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Value:
    """How a field's value comes about: one carried value as it is, or a formula."""

    name: str
    whole: str | None
    run: Callable[[expressions.Record, expressions.Context], object] | None
    uses: frozenset[str]


@dataclass(frozen=True)
class CompiledEvent:
    """A type of event of a source, ready to read events."""

    definition: EventDefinition
    carried: Mapping[str, Carried]
    values: tuple[Value, ...] = ()
    item: ObjectType | None = None
    points: Value | None = None


@dataclass(frozen=True)
class RecordIntent:
    """The change of one record that an event asks for.

    `defaults` are values for a new record that are made of nothing which the event carries;
    `finds` are values still to be found.
    """

    effect: RecordEffect
    object: str
    identity: str
    aliases: tuple[str, ...]
    version: Version
    values: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    finds: Mapping[str, tuple[Find, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class BehaviourIntent:
    """What a person did, about the record that the source knows as `about`."""

    effect: BehaviourEffect
    about: str
    points: float


@dataclass(frozen=True)
class Intent:
    """All that one event asks for."""

    record: RecordIntent | None
    behaviour: BehaviourIntent | None


def scope_of(carries: Sequence[Carried]) -> expressions.Names:
    """The names that a source's formulas may use."""
    return expressions.Names(
        [
            expressions.Name(one.name, one.name, {}, TYPES[one.type])
            for one in (*carries, *ALWAYS_CARRIED)
        ]
    )


def compile_event(definition: EventDefinition, catalog: Catalog) -> CompiledEvent:
    """The event ready to be read. Raises `expressions.ExpressionError` for a bad formula."""
    scope = scope_of(definition.carries)
    carried = {one.name: one for one in (*definition.carries, *ALWAYS_CARRIED)}
    record, behaviour = definition.record, definition.behaviour
    return CompiledEvent(
        definition=definition,
        carried=carried,
        values=tuple(
            _value(name, formula, carried, scope)
            for name, formula in (record.values if record else {}).items()
        ),
        item=catalog.object(record.object) if record else None,
        points=_value("points", behaviour.points, {}, scope) if behaviour else None,
    )


def _value(
    name: str, formula: str, carried: Mapping[str, Carried], scope: expressions.Names
) -> Value:
    whole = formula.strip()
    if whole in carried:
        return Value(name, whole, None, frozenset({whole}))
    expression = expressions.check(formula, scope)
    uses = frozenset(path[0] for path in expression.uses)
    return Value(name, None, expressions.compile_python(expression), uses)


def read(
    compiled: CompiledEvent,
    data: Mapping[str, Any],
    at: datetime,
    event_id: str,
    context: expressions.Context,
) -> Intent:
    """What the event asks for. `data` is its JSON, decimals exact. Raises `Refusal`."""
    taken = Taken(compiled.carried, {**data, "occurred_at": at.isoformat()})
    record, behaviour = compiled.definition.record, compiled.definition.behaviour
    return Intent(
        record=None if record is None else _record(compiled, record, taken, at, event_id, context),
        behaviour=None if behaviour is None else _behaviour(compiled, behaviour, taken, context),
    )


def _record(
    compiled: CompiledEvent,
    effect: RecordEffect,
    taken: Taken,
    at: datetime,
    event_id: str,
    context: expressions.Context,
) -> RecordIntent:
    values: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for value in compiled.values:
        found = _evaluate(value, taken, context)
        if found is not MISSING:
            carried = not value.uses or any(taken.raw(name) is not MISSING for name in value.uses)
            (values if carried else defaults)[value.name] = found
    finds = {name: (find, values.pop(name)) for name, find in effect.find.items() if name in values}
    others = [taken.other_id(name) for name in effect.also_known_as]
    return RecordIntent(
        effect=effect,
        object=effect.object,
        identity=event_id if effect.identity is None else taken.outside_id(effect.identity),
        aliases=tuple(other for other in others if other is not None),
        version=(_version(effect, taken, at), event_id),
        values=values,
        defaults=defaults,
        finds=finds,
    )


def _behaviour(
    compiled: CompiledEvent, effect: BehaviourEffect, taken: Taken, context: expressions.Context
) -> BehaviourIntent:
    points = None if compiled.points is None else _run(compiled.points, taken, context)
    worth = float(points) if isinstance(points, Decimal) else 0.0
    return BehaviourIntent(effect, taken.outside_id(effect.about), worth)


def _version(effect: RecordEffect, taken: Taken, at: datetime) -> Decimal:
    if effect.version is None:
        return Decimal(microseconds(at))
    value = taken.get((effect.version,))
    if isinstance(value, datetime):
        return Decimal(microseconds(value))
    if isinstance(value, Decimal):
        return value
    raise Refusal(_fault("required", "事件没有版本", "The event has no version", effect.version))


def microseconds(at: datetime) -> int:
    """Since 1970 in UTC, exact."""
    since = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _evaluate(value: Value, taken: Taken, context: expressions.Context) -> Any:
    """The JSON value, or MISSING for a carried one that is not there."""
    if value.whole is not None:
        return taken.raw(value.whole)
    return plain(_run(value, taken, context))


def _run(value: Value, taken: Taken, context: expressions.Context) -> object:
    """What the formula gives. Raises `Refusal` where that is an error."""
    found = None if value.run is None else value.run(taken, context)
    if isinstance(found, expressions.ErrorValue):
        message = (found.message("zh"), found.message("en"))
        raise Refusal(_fault(found.code, *message, value.name))
    return found


def plain(value: object) -> Any:
    """What a formula gave, as JSON of the API."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


@dataclass
class Taken:
    """What one event carries, read by name: an `expressions.Record`."""

    carried: Mapping[str, Carried]
    data: Mapping[str, Any]
    _read: dict[str, object] = field(default_factory=dict)

    def raw(self, name: str) -> Any:
        """The value as it came, or MISSING; numbers where texts are wanted read as texts."""
        one = self.carried[name]
        value: Any = self.data
        for step in (one.path or one.name).split("."):
            if not isinstance(value, Mapping) or step not in value:
                return MISSING
            value = value[step]
        if one.type == "text" and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value

    def get(self, path: tuple[str, ...], /) -> object:
        """The value by its declared type. Raises `Refusal` where it is of another."""
        name = path[0]
        if name not in self._read:
            raw = self.raw(name)
            empty = raw is MISSING or raw is None or raw == ""
            self._read[name] = None if empty else typed(self.carried[name], raw)
        return self._read[name]

    def outside_id(self, name: str) -> str:
        """The id that the sender knows something by. Raises `Refusal` where it is missing."""
        value = self.raw(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID or "\0" in value:
            raise Refusal(_fault("required", f"事件没有 {name}", f"The event has no {name}", name))
        return value

    def other_id(self, name: str) -> str | None:
        """Another id of the same thing; None where the event does not carry it."""
        return None if self.raw(name) in (MISSING, None, "") else self.outside_id(name)


def typed(one: Carried, raw: Any) -> object:
    """A carried value as formulas read it. Raises `Refusal`."""
    try:
        return _READERS[one.type](raw)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        zh, en = f"{one.name} 不是要的类型（{one.type}）", f"{one.name} is no {one.type}"
        raise Refusal(_fault("wrong_type", zh, en, one.name)) from None


def _is(kind: type) -> Callable[[Any], object]:
    def check(raw: Any) -> object:
        if not isinstance(raw, kind):
            raise TypeError(raw)
        return raw

    return check


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise TypeError(raw)
    number = Decimal(raw)
    if not number.is_finite():
        raise ValueError(raw)
    return number


def _instant(raw: Any) -> datetime:
    at = datetime.fromisoformat(raw)
    if at.tzinfo is None:
        raise ValueError(raw)
    return at.astimezone(UTC)


def _texts(raw: Any) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise TypeError(raw)
    return raw


_READERS: Mapping[str, Callable[[Any], object]] = {
    "text": _is(str),
    "number": _number,
    "boolean": _is(bool),
    "date": date.fromisoformat,
    "datetime": _instant,
    "list": _texts,
    "any": lambda raw: raw,
}


def _fault(code: str, zh: str, en: str, name: str | None = None) -> Fault:
    return Fault(code, Text(zh, en), name)


def target_of(item: ObjectType, name: str) -> str | None:
    """Name of the object that a reference field points at; None for other fields."""
    one = item.fields.get(name)
    if isinstance(one, ReferenceField):
        return one.target
    return one.object if isinstance(one, ReferencesField) else None


def newer(
    values: Mapping[str, Any], version: Version, versions: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Those of the values that no later event has set already."""
    return {
        name: value
        for name, value in values.items()
        if name not in versions or (Decimal(versions[name][0]), versions[name][1]) < version
    }


def names_of(intent: RecordIntent) -> Iterator[str]:
    """All fields that the event sets in a new record."""
    yield from intent.values
    yield from intent.defaults
    yield from intent.finds
