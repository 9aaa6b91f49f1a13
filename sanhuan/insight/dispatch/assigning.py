"""Gives records to people: by a policy, or to whom someone names.

Locks go in one order: the records by id, then the policy's turn. So two who give the same record
away come one after the other, and loads are counted while nobody changes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from sanhuan.catalog.runtime import Catalog
from sanhuan.database import queries
from sanhuan.errors import Text
from sanhuan.insight.dispatch import people, scoring, telling, wording
from sanhuan.insight.dispatch.definitions import PERSON, policies
from sanhuan.insight.dispatch.giving import Given, Giving, reference
from sanhuan.insight.dispatch.people import PLATFORM, Pool
from sanhuan.insight.dispatch.scoring import Scored, Wanted
from sanhuan.records import Batch, Write
from sanhuan.records.actions import Changed, Outcome
from sanhuan.records.errors import BadRequest
from sanhuan.records.evaluating import Evaluated

MOST_SHOWN = 10
"""Candidates whose scores are kept with a record."""
MOST_NOTED = 100
"""Candidates whose scores are kept with a decision."""


async def dispatch(giving: Giving, *, again: bool = False, because: Text | None = None) -> Outcome:
    """Give each record to whom it suits best; with `again` to someone else than has it."""
    pool = await people.pool(giving.tx, giving.records, giving.policy)
    customers = await _customers(giving)
    for record, now in giving.records_now.items():
        giving.given.append(
            await _decide(giving, pool, record, now, customers, again=again, because=because)
        )
    return await _settle(giving)


async def _decide(
    giving: Giving,
    pool: Pool,
    record: UUID,
    now: Evaluated,
    customers: Mapping[UUID, UUID],
    *,
    again: bool,
    because: Text | None,
) -> Given:
    title, owner = giving.title(now), reference(now.values["owner"])
    if not now.holds("accepts"):
        reason = Text("现在不用派", "It is not to be dispatched now")
        return Given(record, title, reason, is_decision=False)
    if owner in pool.people and not again:
        return _kept_where_it_is(giving, record, now, title, pool.people[owner])
    excluded = giving.excluded if owner is None else giving.excluded | {owner}
    wanted = await _wanted(giving, pool, now, customers, excluded)
    free = scoring.eligible(wanted, pool.people.values(), giving.policy.candidates.capacity)
    ranking = scoring.ranked(wanted, free)
    if not ranking:
        reason = _nobody(giving, pool, excluded, because)
        return Given(record, title, reason, owner_before=owner)
    best = ranking[0].candidate
    reason = wording.reason(ranking, because)
    pool.take(best.id, giving.records.time.now())
    return Given(record, title, reason, best.id, best.name, best.language, ranking, owner)


def _kept_where_it_is(
    giving: Giving, record: UUID, now: Evaluated, title: str, owner: scoring.Candidate
) -> Given:
    """A record whose owner may have it: his own find, or dispatched a moment ago."""
    is_set = all(now.values[name] == value for name, value in giving.policy.set.items())
    if is_set:
        reason = Text(f"已经派给 {owner.name}", f"{owner.name} has it already")
        return Given(record, title, reason, is_decision=False)
    reason = Text(f"{owner.name} 自己带来的", f"{owner.name} brought it in")
    return Given(record, title, reason, owner.id, owner.name, owner.language, owner_before=owner.id)


def _nobody(giving: Giving, pool: Pool, excluded: frozenset[UUID], because: Text | None) -> Text:
    capacity = giving.policy.candidates.capacity
    left = [one for one in pool.people.values() if one.id not in excluded]
    names = [pool.people[one].name for one in excluded if one in pool.people]
    reason = wording.nobody(sorted(names), capacity, len(left))
    if because is None:
        return reason
    return Text(f"{because.zh}；{reason.zh}", f"{because.en}; {reason.en}")


async def _wanted(
    giving: Giving,
    pool: Pool,
    now: Evaluated,
    customers: Mapping[UUID, UUID],
    excluded: frozenset[UUID],
) -> Wanted:
    policy, values = giving.policy, now.values
    customer = None if policy.customer is None else values[policy.customer]
    tags = () if policy.tags is None else values[policy.tags.record]
    place = _at(values, policy.near)
    return Wanted(
        points={term: _points(now, term) for term in policy.points},
        department=reference(values["department"]),
        tags={UUID(tag["id"]): tag["title"] or "" for tag in tags},
        near=await people.near(giving.tx, giving.records, pool, place),
        customer=None if customer is None else customer["title"],
        customer_of=None if customer is None else customers.get(UUID(customer["id"])),
        excluded=excluded,
    )


def _points(now: Evaluated, term: str) -> Decimal:
    """What a term is worth to a record; nothing where that can't be told."""
    value = now.results[f"points.{term}"]
    return value if isinstance(value, Decimal) else Decimal(0)


def _at(values: Mapping[str, Any], path: str | None) -> Any:
    """The value at a field or at a part of an address."""
    if path is None:
        return None
    name, _, part = path.partition(".")
    value = values[name]
    if part:
        return None if value is None else value.get(part)
    return value["id"] if isinstance(value, Mapping) and "id" in value else value


async def _customers(giving: Giving) -> Mapping[UUID, UUID]:
    """Who looks after the customers that the records name."""
    name = giving.policy.customer
    if name is None:
        return {}
    item = giving.records.catalog.object(giving.policy.object)
    target: Any = item.fields[name]
    named = [now.values[name] for now in giving.records_now.values()]
    wanted = [UUID(one["id"]) for one in named if one is not None]
    return await people.owners(giving.tx, giving.records, target.target, wanted)


async def assign(giving: Giving, person: UUID) -> Outcome:
    """Give records to the person that someone names. Raises `BadRequest` for one who left."""
    shown = await giving.records.get_many(
        giving.tx, PLATFORM, PERSON, [person], ["name", "active", "language"]
    )
    values = msgspec.json.decode(shown[person]) if person in shown else {}
    if not values.get("active"):
        raise BadRequest(
            "inactive", Text("这个人不在职", "This person is not active"), field="user"
        )
    by = giving.caller.name
    reason = Text(f"{by} 指定", f"Named by {by}")
    for record, now in giving.records_now.items():
        owner = reference(now.values["owner"])
        title = giving.title(now)
        giving.given.append(
            Given(
                record,
                title,
                reason,
                person,
                values["name"],
                values["language"] or "zh",
                owner_before=owner,
            )
        )
    return await _settle(giving)


async def _settle(giving: Giving) -> Outcome:
    """Write what was decided, tell those whom it concerns, and keep why."""
    chosen = [one for one in giving.given if one.chosen is not None]
    stuck = [one for one in giving.given if one.chosen is None and one.is_decision]
    await _judge(giving, chosen)
    await _write(giving, [*chosen, *stuck])
    await telling.tell(giving, [one for one in chosen if one.chosen != one.owner_before])
    await telling.ask_for_help(giving, [one for one in stuck if one.owner_before is None])
    await _note(giving, [*chosen, *stuck])
    return Outcome(tuple(giving.changed), _message(giving))


async def _judge(giving: Giving, chosen: Sequence[Given]) -> None:
    """Whether whoever asks may do this himself. Raises what saving it would."""
    if giving.is_platform or not chosen:
        return
    rows = [Write("update", _values(giving, one, told=False), id=one.record) for one in chosen]
    name, save = giving.policy.object, giving.records.save
    judged = await save(giving.tx, giving.caller, Batch(name, rows, check_only=True))
    if judged.count("refused"):
        await save(giving.tx, giving.caller, Batch(name, rows))  # raises what stands against it


def _values(giving: Giving, one: Given, *, told: bool = True) -> dict[str, Any]:
    """What a record gets; with `told`, the fields that say why."""
    policy = giving.policy
    values: dict[str, Any] = {}
    if one.chosen is not None:
        values["owner"] = str(one.chosen)
        if giving.records_now[one.record].holds("accepts"):
            values |= policy.set
    if told and policy.reason is not None:
        values[policy.reason] = one.reason.zh
    if told and policy.scores is not None:
        shown = [_shown(scored) for scored in one.ranking[:MOST_SHOWN]]
        values[policy.scores] = msgspec.json.encode(shown).decode() if shown else None
    return values


async def _write(giving: Giving, given: Sequence[Given]) -> None:
    if not given:
        return
    rows = [Write("update", _values(giving, one), id=one.record) for one in given]
    saved = await giving.records.save(giving.tx, giving.writer, Batch(giving.policy.object, rows))
    giving.changed.extend(
        Changed(giving.policy.object, result.id, result.version)
        for result, one in zip(saved.results, given, strict=True)
        if one.chosen is not None and result.id is not None and result.version is not None
    )


def _shown(scored: Scored) -> dict[str, Any]:
    candidate = scored.candidate
    return {
        "user": str(candidate.id),
        "name": candidate.name,
        "score": wording.plain(scored.score),
        "load": candidate.load,
        "parts": {part.term: wording.plain(part.points) for part in scored.parts},
    }


async def _note(giving: Giving, given: Sequence[Given]) -> None:
    if not given:
        return
    item = giving.records.catalog.object(giving.policy.object)
    statements = queries.load("sanhuan.insight.dispatch", "decisions.sql")
    await giving.tx.execute(
        statements["note"],
        {
            "at": giving.records.time.now(),
            "policy": giving.policy.id,
            "object": item.id,
            "operation": giving.operation,
            "actor": giving.caller.user,
            "kind": giving.kind,
            "excluded": sorted(giving.excluded),
            "records": [one.record for one in given],
            "candidates": [
                Jsonb([_shown(each) for each in one.ranking[:MOST_NOTED]]) for one in given
            ],
            "owners": [one.owner_before for one in given],
            "chosen": [one.chosen for one in given],
            "reasons": [Jsonb({"zh": one.reason.zh, "en": one.reason.en}) for one in given],
        },
    )


def _message(giving: Giving) -> Text:
    """The sentence for whoever asked."""
    if len(giving.given) != 1:
        count = len(giving.changed)
        return Text(f"派出 {count} 条", f"{count} dispatched")
    (one,) = giving.given
    if one.chosen is None:
        return one.reason
    return Text(f"派给 {one.name}：{one.reason.zh}", f"To {one.name}: {one.reason.en}")


def is_offered(catalog: Catalog, object_name: str) -> bool:
    """Whether a policy speaks of an object."""
    return any(policy.object == object_name for policy in policies(catalog))
