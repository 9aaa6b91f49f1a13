"""Dispatch policies as packages write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from sanhuan import expressions
from sanhuan.catalog.definitions import Definition
from sanhuan.catalog.fields import ReferenceField, ReferencesField
from sanhuan.catalog.fields.base import Label
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.expressions import types
from sanhuan.records import evaluating

DISPATCH = "dispatch"
PERSON = "user"
Term = Literal["tags", "load", "near", "customer", "department"]


class Candidates(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """Who may be chosen: active people with one of `roles` and none of `except_roles`.

    `filter` narrows them further (over the object `user`). `capacity` is the most open records
    that one may hold; None is no limit.
    """

    roles: list[str]
    except_roles: list[str] = []
    filter: dict[str, Any] | None = None
    capacity: int | None = None


class Tags(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """The fields that hold what a record is about, and what a person knows: the same tags."""

    record: str
    person: str


class Fallback(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """Whom to ask when nobody can be chosen.

    That is the head of the record's department or of one above; without one, the first person who
    has one of `roles`, in their order. `subject` is a formula: the subject of the task.
    """

    roles: list[str]
    subject: str


class DispatchDefinition(Definition, kw_only=True):
    """How records of `object` find their owner.

    `accepts` is a formula: which records may be given to someone. `points` are formulas over the
    record, by term, and so may weigh by its heat or tier: `tags` is given for all of its tags, for
    some of them in part; `load` for each open record that the person holds (below 0); `near` to
    whoever worked most in the same `near` (a field or a part of an address), to others in part;
    `customer` to the owner of the record in the reference field `customer`; `department` to those
    of the record's own. `open` tells which records count as load. `set` are values that the chosen
    one's record gets; `reason` and `scores` the fields that say why.
    """

    object: str
    accepts: str
    candidates: Candidates
    open: dict[str, Any]
    points: dict[Term, str]
    tags: Tags | None = None
    near: str | None = None
    customer: str | None = None
    set: dict[str, Any] = msgspec.field(default_factory=dict)
    reason: str | None = None
    scores: str | None = None
    fallback: Fallback
    notice: Label = Label("派给你", "Assigned to you")
    """What the message to the chosen one begins with."""

    @property
    def formulas(self) -> Mapping[str, str]:
        """All formulas over the record, by a name of their own."""
        return {
            "accepts": self.accepts,
            "subject": self.fallback.subject,
            **{f"points.{term}": text for term, text in self.points.items()},
        }

    @property
    def fields(self) -> tuple[str, ...]:
        """The record's fields (API names) that choosing goes by."""
        near = None if self.near is None else self.near.partition(".")[0]
        named = (self.tags and self.tags.record, near, self.customer, self.reason, *self.set)
        return ("owner", "department", *(name for name in named if name))


def policies(catalog: Catalog) -> list[DispatchDefinition]:
    """All policies of a catalog, by name."""
    found = catalog.others.get(DISPATCH, {})
    return [each for _, each in sorted(found.items()) if isinstance(each, DispatchDefinition)]


def check(definition: Definition, catalog: Catalog) -> Iterable[str]:
    """What is wrong with a policy in a catalog."""
    if not isinstance(definition, DispatchDefinition):
        return
    where = f"dispatch {definition.name}"
    item = catalog.objects.get(definition.object)
    if item is None or not item.owned:
        yield f"{where}: {definition.object} is no object whose records have owners"
        return
    if [each.id for each in policies(catalog) if each.object == item.name][1:]:
        yield f"{where}: {item.name} has two policies"
    yield from (f"{where}: {fault}" for fault in _faults(definition, item, catalog))


def _faults(policy: DispatchDefinition, item: ObjectType, catalog: Catalog) -> Iterator[str]:
    for name in (*policy.fields, policy.scores):
        if name is not None and name not in item.fields:
            yield f"{name} is no field of {item.name}"
    yield from _formulas(policy, item, catalog)
    yield from _filter(policy.open, item, catalog)
    person = catalog.objects[PERSON]
    if policy.candidates.filter is not None:
        yield from _filter(policy.candidates.filter, person, catalog)
    for role in (
        *policy.candidates.roles,
        *policy.candidates.except_roles,
        *policy.fallback.roles,
    ):
        if role not in catalog.roles:
            yield f"{role} is no role"
    yield from _terms(policy, item, person)


def _terms(policy: DispatchDefinition, item: ObjectType, person: ObjectType) -> Iterator[str]:
    given = {"tags": policy.tags, "near": policy.near, "customer": policy.customer}
    yield from (
        f"points for {term} need {term}"
        for term, what in given.items()
        if term in policy.points and what is None
    )
    if policy.tags is not None:
        ours = item.fields.get(policy.tags.record)
        theirs = person.fields.get(policy.tags.person)
        if not (
            isinstance(ours, ReferencesField)
            and isinstance(theirs, ReferencesField)
            and ours.object == theirs.object
        ):
            yield "tags have to refer to the same object"
    if policy.customer is not None and not isinstance(
        item.fields.get(policy.customer), ReferenceField
    ):
        yield f"{policy.customer} is no reference"


def _formulas(policy: DispatchDefinition, item: ObjectType, catalog: Catalog) -> Iterator[str]:
    for name, text in policy.formulas.items():
        try:
            found = expressions.check(text, scope_of(catalog, item), allow=evaluating.ALLOWED)
        except expressions.ExpressionError as error:
            yield f"{name}: {error}"
            continue
        wanted = {"accepts": types.Boolean(), "subject": types.Text()}.get(name, types.Number())
        if found.type.kind != wanted.kind:
            yield f"{name} gives {found.type.kind}, not {wanted.kind}"


def _filter(asked: dict[str, Any], item: ObjectType, catalog: Catalog) -> Iterator[str]:
    try:
        expressions.from_filter(asked, scope_of(catalog, item))
    except expressions.ExpressionError as error:
        yield f"filter over {item.name}: {error}"
