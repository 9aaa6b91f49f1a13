"""A plan told as a world for the model, and as the batches that make the product's tables so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sanhuan.identity.access import SYSTEM_USER
from sanhuan.records import Batch, Write
from tests.permissions import conditions, ward, worlds
from tests.permissions.world import Entry, Person, Record, Share, World

NOON = "2026-03-31T04:00:00+00:00"
LINES = (Decimal("1.00"), Decimal("2.50"), Decimal("3.00"), None)
SYSTEM_VALUES = {
    "created_at": NOON,
    "created_by": SYSTEM_USER,
    "updated_at": NOON,
    "updated_by": SYSTEM_USER,
}
UNLOGGED = {"version", "created_at", "created_by", "updated_at", "updated_by"}


@dataclass
class Story:
    """`world` is how it ends; `batches` are what the platform saves on the way."""

    plan: worlds.Plan
    world: World
    batches: list[Batch] = field(default_factory=list)


def tell(plan: worlds.Plan) -> Story:
    """The world of a plan."""
    teller = _Teller(plan)
    teller.create("client", worlds.CLIENT_IDS, plan.clients)
    for place, each in enumerate(plan.clients):
        if each.link >= 0:
            parent = worlds.CLIENT_IDS[each.link]
            teller.update(worlds.CLIENT_IDS[place], {"parent_client": parent})
    teller.join()
    teller.create("contract", worlds.CONTRACT_IDS, plan.contracts)
    for change in plan.changes:
        teller.change(change)
    for place in plan.binned:
        teller.bin(teller.records[place])
    return Story(plan, _world(plan, teller.done()), teller.batches)


def recomputed(record: Record, records: Mapping[UUID, Record]) -> Record:
    """The record with what it computes, among these."""
    values = dict(record.values)
    if record.object == "client":
        of = [each for each in records.values() if each.object == "contract"]
        live = [each for each in of if each.values["client"] == record.id and not each.is_binned]
        errors = ward.compute_client(values, [each.values for each in live])
    else:
        clients = {each.id: each.values for each in records.values() if each.object == "client"}
        errors = ward.compute_contract(values, clients.get)
    return replace(record, values=values, errors=errors)


def computed_names(object_name: str) -> set[str]:
    """What recomputing fills in and the log does not tell of."""
    return {name for name, one in ward.OBJECTS[object_name].items() if one.computed}


class _Teller:
    def __init__(self, plan: worlds.Plan) -> None:
        self.plan = plan
        self.values: dict[UUID, dict[str, Any]] = {}
        self.objects: dict[UUID, str] = {}
        self.histories: dict[UUID, list[tuple[str, dict[str, tuple[Any, Any]]]]] = {}
        self.binned: set[UUID] = set()
        self.batches: list[Batch] = []

    @property
    def records(self) -> list[UUID]:
        return list(self.values)

    def create(
        self, object_name: str, ids: list[UUID], plans: tuple[worlds.RecordPlan, ...]
    ) -> None:
        rows = []
        for place, plan in enumerate(plans):
            record = ids[place]
            values = self.filled(object_name, place, plan)
            self.values[record] = values | {"version": Decimal(1)}
            self.objects[record] = object_name
            named = {
                name: (None, value) for name, value in values.items() if value not in (None, ())
            }
            self.histories[record] = [("create", _logged(named))]
            rows.append(Write("create", _json(object_name, values), id=record))
        self.batches.append(Batch(object_name, rows))

    def filled(self, object_name: str, place: int, plan: worlds.RecordPlan) -> dict[str, Any]:
        people, departments = len(self.plan.people), len(self.plan.parents)
        link = worlds.CLIENT_IDS[plan.link] if plan.link >= 0 else None
        values = {
            **SYSTEM_VALUES,
            "owner": worlds.PEOPLE[plan.owner % people] if plan.owner >= 0 else None,
            "department": (
                worlds.DEPARTMENTS[plan.department % departments] if plan.department >= 0 else None
            ),
            **plan.values,
        }
        if object_name == "client":
            return values | {"code": f"C{place}", "parent_client": None, "tier": _tier(values)}
        parties = tuple(sorted({worlds.CLIENT_IDS[each] for each in plan.links}))
        lines = tuple(
            {"what": "ab"[price % 2], "quantity": LINES[quantity], "price": LINES[price]}
            for quantity, price in plan.lines
        )
        return values | {"client": link, "parties": parties, "lines": lines}

    def change(self, plan: worlds.ChangePlan) -> None:
        record = self.records[plan.record]
        object_name = self.objects[record]
        names = ("name", *worlds.CLIENT_FIELDS)
        if object_name == "contract":
            names = worlds.CONTRACT_FIELDS
        name = names[plan.field % len(names)]
        choices = worlds.VALUES[name]
        new = {name: choices[plan.value % len(choices)]}
        if plan.owner >= -1:
            people = len(self.plan.people)
            new["owner"] = worlds.PEOPLE[plan.owner % people] if plan.owner >= 0 else None
            new["department"] = self.values[record]["department"]  # else it follows the owner
        self.update(record, new)

    def update(self, record: UUID, new: dict[str, Any]) -> None:
        object_name, held = self.objects[record], self.values[record]
        row = Write("update", _json(object_name, new), id=record)
        self.batches.append(Batch(object_name, [row]))
        if object_name == "client":
            new = new | {"tier": _tier(held | new)}
        changed = {name: (held[name], value) for name, value in new.items() if held[name] != value}
        if changed:
            held |= new | {"version": held["version"] + 1}
            self.histories[record].append(("update", changed))

    def join(self) -> None:
        """Make one batch of all since the first, which are updates of one object."""
        first, *rest = self.batches
        rows = [row for batch in rest for row in batch.rows]
        self.batches = [first, *([Batch(first.object, rows)] if rows else [])]

    def bin(self, record: UUID) -> None:
        """Bin a record that no live one refers to."""
        live = [each for each in self.values if each not in self.binned]
        pointing = ("client", "parent_client", "parties")
        for each in live:
            named = [self.values[each].get(name) for name in pointing]
            if record in named or record in (named[2] or ()):
                return
        held = self.values[record]
        held["version"] += 1
        self.binned.add(record)
        self.histories[record].append(("delete", {}))
        self.batches.append(Batch(self.objects[record], [Write("delete", id=record)]))

    def done(self) -> dict[UUID, Record]:
        plain = {
            record: Record(self.objects[record], record, values, {}, record in self.binned)
            for record, values in self.values.items()
        }
        # Clients first: contracts show what clients compute, never the other way round.
        made = {record: recomputed(each, plain) for record, each in plain.items()}
        made = {record: recomputed(each, made) for record, each in made.items()}
        return {record: self._with_history(each, made) for record, each in made.items()}

    def _with_history(self, record: Record, records: Mapping[UUID, Record]) -> Record:
        entries = [Entry(kind, fields) for kind, fields in self.histories[record.id]]
        last = entries[-1]
        if last.kind != "create":
            before = {name: sides[0] for name, sides in last.fields.items()}
            was = replace(record, values={**record.values, **before}, is_binned=False)
            entries[-1] = replace(last, was=recomputed(was, {**records, record.id: was}))
        return replace(record, history=tuple(entries))


def _tier(values: Mapping[str, Any]) -> str:
    score = values["score"]
    return "高" if score is not None and score > 5 else "低"


def _logged(fields: dict[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    return {name: sides for name, sides in fields.items() if name not in UNLOGGED}


def _json(object_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    given = {
        name: value
        for name, value in values.items()
        if name not in UNLOGGED and not ward.OBJECTS[object_name][name].read_only
    }
    written: dict[str, Any] = conditions.written(given)
    if "lines" in written:
        written["lines"] = {"create": written["lines"]}
    return written


def _world(plan: worlds.Plan, records: dict[UUID, Record]) -> World:
    departments = worlds.DEPARTMENTS[: len(plan.parents)]
    people = {worlds.PEOPLE[place]: _person(place, each) for place, each in enumerate(plan.people)}
    principals = [*departments, *people, *worlds.ROLES[: len(plan.roles)]]
    ids = list(records)
    shares = {
        (ids[each.record], principals[each.principal]): Share(
            ids[each.record], principals[each.principal], each.level, each.is_expired
        )
        for each in plan.shares
    }
    return World(
        parents={
            each: departments[plan.parents[place]] if plan.parents[place] >= 0 else None
            for place, each in enumerate(departments)
        },
        people=people,
        roles={worlds.ROLES[place]: each for place, each in enumerate(plan.roles)},
        shares=list(shares.values()),
        records={**records, **around()},
    )


def _person(place: int, plan: worlds.PersonPlan) -> Person:
    return Person(
        id=worlds.PEOPLE[place],
        departments=tuple(worlds.DEPARTMENTS[each] for each in plan.departments),
        manager=worlds.PEOPLE[plan.manager] if plan.manager >= 0 else None,
        roles=tuple(worlds.ROLES[each] for each in plan.roles),
    )


def around() -> dict[UUID, Record]:
    """The people and departments, who are always the same."""
    named = [
        *(
            ("user", each, name)
            for each, name in zip(worlds.PEOPLE, worlds.PEOPLE_NAMES, strict=True)
        ),
        ("user", SYSTEM_USER, "三环"),
        *(
            ("department", each, name)
            for each, name in zip(worlds.DEPARTMENTS, worlds.DEPARTMENT_NAMES, strict=True)
        ),
    ]
    return {each: Record(object_name, each, {"name": name}) for object_name, each, name in named}
