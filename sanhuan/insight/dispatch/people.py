"""Who may be chosen, and what speaks for each: read through records as the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sanhuan.database import queries
from sanhuan.identity.access import Caller, system_caller
from sanhuan.insight.dispatch.definitions import PERSON, DispatchDefinition
from sanhuan.insight.dispatch.scoring import Candidate
from sanhuan.records import Aggregate, Measure, Query, Records, Transaction
from sanhuan.records.requests import MOST_ROWS

PLATFORM = system_caller("flow")


@dataclass
class Pool:
    """The candidates of a policy while records are given to them, one after the other."""

    policy: DispatchDefinition
    people: dict[UUID, Candidate]
    near: dict[str, Mapping[UUID, int]] = field(default_factory=dict)

    def take(self, person: UUID, at: datetime) -> None:
        """Note that someone was chosen."""
        one = self.people[person]
        self.people[person] = replace(one, load=one.load + 1, last=at)


async def pool(tx: Transaction, records: Records, policy: DispatchDefinition) -> Pool:
    """Everyone who may be chosen now, with what he holds. The policy's turn is to be held."""
    found = await _listed(tx, records, policy)
    ids = list(found)
    loads = await counts(tx, records, policy, policy.open, ids)
    last = await _last(tx, policy, ids)
    people = {
        person: _candidate(person, values, policy, loads.get(person, 0), last.get(person))
        for person, values in found.items()
    }
    return Pool(policy, people)


def _candidate(
    person: UUID,
    values: Mapping[str, Any],
    policy: DispatchDefinition,
    load: int,
    last: datetime | None,
) -> Candidate:
    department = values["department"]
    tags = () if policy.tags is None else values[policy.tags.person]
    return Candidate(
        id=person,
        name=values["name"],
        department=None if department is None else UUID(department["id"]),
        tags=frozenset(UUID(tag["id"]) for tag in tags),
        load=load,
        last=last,
        language=values["language"] or "zh",
    )


async def _listed(
    tx: Transaction, records: Records, policy: DispatchDefinition
) -> dict[UUID, Mapping[str, Any]]:
    asked = await _filter(tx, records, policy)
    fields = [
        "id",
        "name",
        "department",
        "language",
        *([policy.tags.person] if policy.tags else []),
    ]
    found: dict[UUID, Mapping[str, Any]] = {}
    after: str | None = None
    while True:
        query = Query(filter=asked, fields=fields, limit=MOST_ROWS, after=after)
        answer = msgspec.json.decode(await records.list(tx, PLATFORM, PERSON, query))
        found.update((UUID(row["id"]), row) for row in answer["data"])
        after = answer["page"]["next"]
        if after is None:
            return found


async def _filter(tx: Transaction, records: Records, policy: DispatchDefinition) -> dict[str, Any]:
    candidates = policy.candidates
    keys = [*candidates.roles, *candidates.except_roles]
    roles = await records.find(tx, PLATFORM, "role", "key", keys)

    def holding(names: Sequence[str]) -> dict[str, Any]:
        ids = [str(role) for name in names for role in roles.get(name, ())]
        return {"field": "roles", "operator": "in", "value": ids}

    rules: list[Any] = [
        {"field": "active", "operator": "=", "value": True},
        {"combinator": "and", "rules": [holding(candidates.roles)]},
    ]
    if candidates.except_roles:
        without = [holding(candidates.except_roles)]
        rules.append({"combinator": "and", "not": True, "rules": without})
    if candidates.filter is not None:
        rules.append(candidates.filter)
    return {"combinator": "and", "rules": rules}


async def counts(
    tx: Transaction,
    records: Records,
    policy: DispatchDefinition,
    asked: dict[str, Any],
    people: Sequence[UUID],
) -> dict[UUID, int]:
    """How many records that a filter takes each person owns; who owns none is left out."""
    owned = {"field": "owner", "operator": "in", "value": [str(one) for one in people]}
    question = Aggregate(
        filter={"combinator": "and", "rules": [owned, asked]},
        group_by=["owner"],
        measures=[Measure(function="count", name="n")],
        limit=10_000,
    )
    answer = msgspec.json.decode(await records.aggregate(tx, PLATFORM, policy.object, question))
    return {UUID(row["owner"]["id"]): row["n"] for row in answer["data"]}


async def _last(
    tx: Transaction, policy: DispatchDefinition, people: Sequence[UUID]
) -> dict[UUID, datetime]:
    statements = queries.load("sanhuan.insight.dispatch", "decisions.sql")
    cursor = await tx.execute(
        statements["last_chosen"], {"policy": policy.id, "people": list(people)}
    )
    return dict(await cursor.fetchall())


async def near(tx: Transaction, records: Records, pool: Pool, place: Any) -> Mapping[UUID, int]:
    """How many records of a place each candidate worked on; looked up once per place."""
    policy = pool.policy
    if policy.near is None or place is None:
        return {}
    key = str(place)
    if key not in pool.near:
        asked = {"field": policy.near, "operator": "=", "value": place}
        pool.near[key] = await counts(tx, records, policy, asked, list(pool.people))
    return pool.near[key]


async def owners(
    tx: Transaction, records: Records, object_name: str, ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """Who owns records, by their ids; those that nobody owns are left out."""
    shown = await records.get_many(tx, PLATFORM, object_name, ids, ["owner"])
    found = {record: msgspec.json.decode(body)["owner"] for record, body in shown.items()}
    return {record: UUID(owner["id"]) for record, owner in found.items() if owner is not None}


async def head(
    tx: Transaction, records: Records, department: UUID | None, roles: Sequence[str]
) -> UUID | None:
    """Whom to ask: the active head of a department or above, else a holder of the roles."""
    seen: set[UUID] = set()
    while department is not None and department not in seen:
        seen.add(department)
        shown = await records.get_many(
            tx, PLATFORM, "department", [department], ["manager.active", "manager", "parent"]
        )
        if department not in shown:
            break
        values = msgspec.json.decode(shown[department])
        if values["manager"] is not None and values["manager.active"]:
            return UUID(values["manager"]["id"])
        department = None if values["parent"] is None else UUID(values["parent"]["id"])
    return await _holder(tx, records, roles)


async def _holder(tx: Transaction, records: Records, roles: Sequence[str]) -> UUID | None:
    ids = await records.find(tx, PLATFORM, "role", "key", roles)
    for role in roles:
        for one in ids.get(role, ()):
            rules = [
                {"field": "active", "operator": "=", "value": True},
                {"field": "roles", "operator": "contains", "value": str(one)},
            ]
            holding = {"combinator": "and", "rules": rules}
            query = Query(filter=holding, sort="created_at", fields=["id"], limit=1)
            found = await records.fetch(tx, PLATFORM, PERSON, query)
            if found:
                return UUID(found[0]["id"])
    return None


def acting(caller: Caller) -> Caller:
    """The platform's rights in the name of whoever asked: what he may do was judged before."""
    return replace(
        system_caller(caller.via),
        user=caller.user,
        name=caller.name,
        on_behalf_of=caller.on_behalf_of,
        operation=caller.operation,
        cause=caller.cause,
        root=caller.root,
        depth=caller.depth,
    )
