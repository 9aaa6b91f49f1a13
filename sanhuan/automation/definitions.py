"""Triggers and gaps as packages write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from sanhuan import expressions
from sanhuan.catalog.definitions import Definition
from sanhuan.catalog.fields import Label, ReferenceField, SelectField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.expressions import types
from sanhuan.records import evaluating

TRIGGER = "trigger"
GAP = "gap"
TASK = "task"
Moment = Literal["create", "update", "restore"]


class Do(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """What a trigger does."""


class ActionDo(Do, kw_only=True, tag="action"):
    """Calls an action on the record."""

    action: str
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class SetDo(Do, kw_only=True, tag="set"):
    """Sets fields of the record that the reference `record` names; None is the record itself.

    `when` is a formula over that record; `values` are formulas over the one that changed. What
    `keep` names is set only where it is empty.
    """

    record: str | None = None
    when: str | None = None
    values: dict[str, str]
    keep: list[str] = msgspec.field(default_factory=list)


class TriggerDefinition(Definition, kw_only=True):
    """What follows, after the save, from a change of a record.

    `moments` are the kinds of change; an update counts when it changed one of `fields` (() is any).
    `when` is a formula over the record as it is when the trigger runs: what is not met any more
    by then starts nothing. Imported history, which happened long before it was written, starts
    nothing either.
    """

    object: str
    moments: list[Moment] = msgspec.field(default_factory=lambda: ["create", "update"])
    fields: list[str] = msgspec.field(default_factory=list)
    when: str | None = None
    do: ActionDo | SetDo
    number: int = 100
    enabled: bool = True

    @property
    def formulas(self) -> Mapping[str, str]:
        """The formulas over the record that changed, by a name of their own."""
        found = {} if self.when is None else {"when": self.when}
        if isinstance(self.do, SetDo):
            found |= {f"values.{name}": text for name, text in self.do.values.items()}
        return found


class GapTask(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """The task that a waiting record gives its owner: `subject` and `reason` are formulas."""

    kind: str = "follow_up"
    subject: str
    reason: str | None = None


class Breach(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """What is done when nobody acted in time: an action on the record.

    `lapsed` and `because` name the parameters of the action that take the ids of those who let it
    lapse, and the sentence that says so. After `rounds` of it, the manager is asked.
    """

    action: str
    parameters: dict[str, Any] = {}
    lapsed: str | None = None
    because: str | None = None
    rounds: int = 2


class Answer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """What closes the gap: a record of `object` that refers to the waiting one by `by`."""

    object: str
    by: str


class GapDefinition(Definition, kw_only=True):
    """A silence that must not last: a record waits for its owner to act.

    It waits while `waits` holds, a formula over the record; when it ends, it was answered if `met`
    holds. It counts from `since` (a time; None is when the wait was noticed) and may last `hours`
    of working time; `remind` hours before the end its owner is reminded. Each owner has his own
    time. `what` names the act that is missing: 首次联系.
    """

    object: str
    what: Label
    waits: str
    met: str
    since: str | None = None
    hours: str
    remind: str | None = None
    task: GapTask | None = None
    breach: Breach | None = None
    answer: Answer | None = None
    managers: list[str] = msgspec.field(default_factory=list)
    """Roles whose holders are asked where neither the owner nor a department has a manager."""
    enabled: bool = True

    @property
    def formulas(self) -> Mapping[str, str]:
        """All formulas over the record, by a name of their own."""
        found: dict[str, str | None] = {
            "waits": self.waits,
            "met": self.met,
            "since": self.since,
            "hours": self.hours,
            "remind": self.remind,
        }
        if self.task is not None:
            found |= {"subject": self.task.subject, "reason": self.task.reason}
        return {name: text for name, text in found.items() if text is not None}


def triggers(catalog: Catalog) -> list[TriggerDefinition]:
    """The enabled triggers, in the order in which they run: number, then name."""
    found = catalog.others.get(TRIGGER, {}).values()
    enabled = [each for each in found if isinstance(each, TriggerDefinition) and each.enabled]
    return sorted(enabled, key=lambda each: (each.number, each.name))


def gaps(catalog: Catalog) -> list[GapDefinition]:
    """The enabled gaps, by name."""
    found = catalog.others.get(GAP, {}).values()
    enabled = [each for each in found if isinstance(each, GapDefinition) and each.enabled]
    return sorted(enabled, key=lambda each: each.name)


# What is wrong with them

WANTED: Mapping[str, expressions.Type] = {
    "when": types.Boolean(),
    "waits": types.Boolean(),
    "met": types.Boolean(),
    "since": types.DateTime(),
    "hours": types.Number(),
    "remind": types.Number(),
    "subject": types.Text(),
    "reason": types.Text(),
}


def check_trigger(definition: Definition, catalog: Catalog) -> Iterable[str]:
    """What is wrong with a trigger in a catalog."""
    if not isinstance(definition, TriggerDefinition):
        return
    where = f"trigger {definition.name}"
    item = catalog.objects.get(definition.object)
    if item is None or item.is_line:
        yield f"{where}: {definition.object} is no object"
        return
    faults = [
        *(f"{name} is no field" for name in definition.fields if name not in item.fields),
        *_formulas(definition.formulas, item, catalog),
    ]
    if isinstance(definition.do, SetDo):
        faults.extend(_set(definition.do, item, catalog))
    yield from (f"{where}: {fault}" for fault in faults)


def _set(do: SetDo, item: ObjectType, catalog: Catalog) -> Iterator[str]:
    target = item
    if do.record is not None:
        one = item.fields.get(do.record)
        if not isinstance(one, ReferenceField):
            yield f"{do.record} is no reference of {item.name}"
            return
        target = catalog.objects[one.target]
    for name in (*do.values, *do.keep):
        if name not in target.fields or target.fields[name].computed:
            yield f"{name} is no field of {target.name} to set"
    if do.when is not None:
        yield from _formulas({"when": do.when}, target, catalog)


def written_by_trigger(definition: Definition, catalog: Catalog) -> Iterator[str]:
    """The objects whose records a trigger changes."""
    if not isinstance(definition, TriggerDefinition):
        return
    yield definition.object
    item = catalog.objects.get(definition.object)
    if item is not None and isinstance(definition.do, SetDo) and definition.do.record is not None:
        one = item.fields.get(definition.do.record)
        if isinstance(one, ReferenceField):
            yield one.target


def check_gap(definition: Definition, catalog: Catalog) -> Iterable[str]:
    """What is wrong with a gap in a catalog."""
    if not isinstance(definition, GapDefinition):
        return
    where = f"gap {definition.name}"
    item = catalog.objects.get(definition.object)
    if item is None or not item.owned:
        yield f"{where}: {definition.object} is no object whose records have owners"
        return
    faults = [
        *_formulas(definition.formulas, item, catalog),
        *_answer(definition, catalog),
        *(f"{role} is no role" for role in definition.managers if role not in catalog.roles),
    ]
    yield from (f"{where}: {fault}" for fault in faults)


def _answer(gap: GapDefinition, catalog: Catalog) -> Iterator[str]:
    if gap.task is not None:
        kinds = catalog.objects[TASK].fields["kind"]
        if isinstance(kinds, SelectField) and gap.task.kind not in {c.key for c in kinds.choices}:
            yield f"{gap.task.kind} is no kind of task"
    if gap.answer is None:
        return
    answer = catalog.objects.get(gap.answer.object)
    by = None if answer is None else answer.fields.get(gap.answer.by)
    if not isinstance(by, ReferenceField) or by.target != gap.object:
        yield f"{gap.answer.object}.{gap.answer.by} does not refer to {gap.object}"


def _formulas(formulas: Mapping[str, str], item: ObjectType, catalog: Catalog) -> Iterator[str]:
    for name, text in formulas.items():
        try:
            found = expressions.check(text, scope_of(catalog, item), allow=evaluating.ALLOWED)
        except expressions.ExpressionError as error:
            yield f"{name}: {error}"
            continue
        wanted = WANTED.get(name)
        if wanted is not None and found.type.kind not in (wanted.kind, "null"):
            yield f"{name} gives {found.type.kind}, not {wanted.kind}"
