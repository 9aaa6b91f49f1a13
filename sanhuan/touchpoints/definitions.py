"""Sources and matches as packages write them.

A source says of each type of event what it carries, which record it makes or changes, and what
behaviour it tells of. Values are formulas over what the event carries: a bare name takes a value as
it came, `'"campaign"'` is a constant.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from sanhuan.catalog.definitions import Definition

CarriedType = Literal["text", "number", "boolean", "date", "datetime", "list", "any"]


class Carried(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A value that an event may carry. `path` is where in its data (`a.b`); None is `name`."""

    name: str
    type: CarriedType = "text"
    path: str | None = None


class Find(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How the value of a reference names its record.

    `by` is a field of the record referred to; None is the id that this source knows it by. What
    is not found refuses the event, is left out (`skip`), or lets the event wait for it (`wait`,
    only with the source's own ids).
    """

    by: str | None = None
    missing: Literal["refuse", "skip", "wait"] = "refuse"


class RecordEffect(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The record that an event makes or changes.

    `identity` is the carried value by which the source knows it, None the event's own id: then
    each event makes a record of its own. `also_known_as` are other values that name it too.
    `version` is the carried number or time that orders its changes; None is the event's own time.
    `key` is a field of the object that finds a record which did not come from this source.
    `unknown` and `known`: what to do when the record is not there yet, or is.
    """

    object: str
    identity: str | None = None
    also_known_as: list[str] = []
    version: str | None = None
    values: dict[str, str]
    find: dict[str, Find] = {}
    key: str | None = None
    unknown: Literal["create", "wait", "ignore"] = "create"
    known: Literal["update", "keep"] = "update"


class BehaviourEffect(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Something that a person did.

    It is about the record of `object` that the source knows by the carried value `about`, come or
    still to come. `points` is a formula: what it adds to the heat of that record, kept in the
    field `heat`; None of `heat` keeps the behaviour alone.
    """

    kind: str
    object: str
    about: str
    points: str = "1"
    heat: str | None = None


class EventDefinition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A type of event, what it carries, and its effects: all of them or none.

    Formulas may name what it carries, and `occurred_at`.
    """

    type: str
    carries: list[Carried]
    record: RecordEffect | None = None
    behaviour: BehaviourEffect | None = None


class SourceDefinition(Definition, kw_only=True):
    """Where data come from. Events of a type that it does not name are kept and ignored.

    `silent_after_s`: seconds without any event after which it counts as silent; None is never.
    """

    kind: Literal["webhook"] = "webhook"
    events: list[EventDefinition]
    silent_after_s: int | None = None


class MatchDefinition(Definition, kw_only=True):
    """One customer on all channels: records of `object` join the `target` that agrees with them.

    Looked at when a record has nothing in its reference `field` yet. `by` are groups of fields of
    both objects, tried in order: all of a group have to agree. `create` holds formulas over the
    record for the values of a new target; None makes none.
    """

    object: str
    field: str
    target: str
    by: list[list[str]]
    create: dict[str, str] | None = None
