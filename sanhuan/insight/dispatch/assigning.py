"""Gives records to people: by a policy, or to whom someone names.

Locks go in one order: the records by id, then the policy's turn. So two who give the same record
away come one after the other, and loads are counted while nobody changes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from psycopg.types.json import Jsonb

from sanhuan.catalog.runtime import Catalog
from sanhuan.database import queries
from sanhuan.errors import Text
from sanhuan.identity.access import SYSTEM_USER, Caller
from sanhuan.insight.dispatch import people, scoring, wording
from sanhuan.insight.dispatch.definitions import PERSON, DispatchDefinition, policies
from sanhuan.insight.dispatch.people import PLATFORM, Pool
from sanhuan.insight.dispatch.scoring import Scored, Wanted
from sanhuan.records import Batch, Records, Transaction, Write, evaluating, ids
from sanhuan.records.actions import Changed, Outcome, UnknownAction
from sanhuan.records.errors import BadRequest, NotFound
from sanhuan.records.evaluating import Evaluated, Formulas

MOST_SHOWN = 10
"""Candidates whose scores are kept with a record."""
MOST_NOTED = 100
"""Candidates whose scores are kept with a decision."""

_kept: WeakKeyDictionary[Catalog, dict[str, Formulas]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Given:
    """What was decided about one record. `chosen` None: it stays where it is."""

    record: UUID
    title: str
    reason: Text
    chosen: UUID | None = None
    name: str = ""
    ranking: Sequence[Scored] = ()
    owner_before: UUID | None = None
    is_decision: bool = True
    """False where there was nothing to decide: it is in good hands."""


@dataclass
class Giving:
    """One call: what it works with, and what it decided."""

    tx: Transaction
    records: Records
    caller: Caller
    policy: DispatchDefinition
    records_now: Mapping[UUID, Evaluated]
    kind: Literal["dispatch", "assign"]
    operation: UUID
    excluded: frozenset[UUID] = frozenset()
    given: list[Given] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)

    @property
    def writer(self) -> Caller:
        return replace(people.acting(self.caller), operation=self.operation)

    @property
    def is_platform(self) -> bool:
        return self.caller.user == SYSTEM_USER


def compiled(catalog: Catalog, policy: DispatchDefinition) -> Formulas:
    """The formulas of a policy, checked once per catalog."""
    kept = _kept.setdefault(catalog, {})
    if policy.name not in kept:
        kept[policy.name] = evaluating.formulas(catalog, policy.object, policy.formulas)
    return kept[policy.name]


async def begin(
    tx: Transaction,
    records: Records,
    caller: Caller,
    record_ids: Sequence[UUID],
    action: Literal["dispatch", "assign"],
    excluded: frozenset[UUID] = frozenset(),
) -> Giving:
    """Lock the records and take the policy's turn. Raises UnknownAction, NotFound."""
    for policy in policies(records.catalog):
        alive = await records.lock(tx, policy.object, record_ids)
        if alive:
            break
    else:
        raise UnknownAction(action) if not policies(records.catalog) else NotFound
    statements = queries.load("sanhuan.insight.dispatch", "decisions.sql")
    await tx.execute(statements["take_turn"], {"policy": policy.id})
    title = records.catalog.object(policy.object).title.name
    now = await compiled(records.catalog, policy).over(
        tx, records, PLATFORM, alive, {*policy.fields, title}
    )
    operation = caller.operation or ids.uuid7()
    return Giving(tx, records, caller, policy, now, action, operation, excluded)


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
    title, owner = _title(giving, now), _reference(now.values["owner"])
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
    return Given(record, title, reason, best.id, best.name, ranking, owner)


def _kept_where_it_is(
    giving: Giving, record: UUID, now: Evaluated, title: str, owner: scoring.Candidate
) -> Given:
    """A record whose owner may have it: his own find, or dispatched a moment ago."""
    is_set = all(now.values[name] == value for name, value in giving.policy.set.items())
    if is_set:
        reason = Text(f"已经派给 {owner.name}", f"{owner.name} has it already")
        return Given(record, title, reason, is_decision=False)
    reason = Text(f"{owner.name} 自己带来的", f"{owner.name} brought it in")
    return Given(record, title, reason, owner.id, owner.name, owner_before=owner.id)


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
        department=_reference(values["department"]),
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


def _reference(value: Any) -> UUID | None:
    return None if value is None else UUID(value["id"])


def _title(giving: Giving, now: Evaluated) -> str:
    item = giving.records.catalog.object(giving.policy.object)
    return str(now.values.get(item.title.name) or "")


async def assign(giving: Giving, person: UUID) -> Outcome:
    """Give records to the person that someone names. Raises `BadRequest` for one who left."""
    shown = await giving.records.get_many(giving.tx, PLATFORM, PERSON, [person], ["name", "active"])
    values = msgspec.json.decode(shown[person]) if person in shown else {}
    if not values.get("active"):
        raise BadRequest(
            "inactive", Text("这个人不在职", "This person is not active"), field="user"
        )
    by = giving.caller.name
    reason = Text(f"{by} 指定", f"Named by {by}")
    for record, now in giving.records_now.items():
        owner = _reference(now.values["owner"])
        title = _title(giving, now)
        giving.given.append(
            Given(record, title, reason, person, values["name"], owner_before=owner)
        )
    return await _settle(giving)


async def _settle(giving: Giving) -> Outcome:
    """Write what was decided, tell those whom it concerns, and keep why."""
    chosen = [one for one in giving.given if one.chosen is not None]
    stuck = [one for one in giving.given if one.chosen is None and one.is_decision]
    await _judge(giving, chosen)
    await _write(giving, [*chosen, *stuck])
    await _tell(giving, [one for one in chosen if one.chosen != one.owner_before])
    await _ask_for_help(giving, [one for one in stuck if one.owner_before is None])
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


def _shown(scored: Scored) -> dict[str, Any]:
    candidate = scored.candidate
    return {
        "user": str(candidate.id),
        "name": candidate.name,
        "score": wording.plain(scored.score),
        "load": candidate.load,
        "parts": {part.term: wording.plain(part.points) for part in scored.parts},
    }


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


async def _tell(giving: Giving, given: Sequence[Given]) -> None:
    """A message to each who was chosen, unless he did it himself."""
    rows = [
        Write(
            "create",
            {
                "user": str(one.chosen),
                "kind": "assigned",
                "title": f"{giving.policy.notice.zh}：{one.title}"[:200],
                "body": one.reason.zh,
                "about_object": giving.policy.object,
                "about_record": str(one.record),
            },
        )
        for one in given
        if one.chosen != giving.caller.user
    ]
    if rows:
        await giving.records.save(giving.tx, giving.writer, Batch("notification", rows))


async def _ask_for_help(giving: Giving, stuck: Sequence[Given]) -> None:
    """A task for whoever answers for records that nobody can take: one per record."""
    roles = giving.policy.fallback.roles
    rows = []
    for one in stuck:
        now = giving.records_now[one.record]
        department = _reference(now.values["department"])
        manager = await people.head(giving.tx, giving.records, department, roles)
        if manager is not None:
            rows.append(Write("upsert", _task(giving, one, now, manager)))
    if rows:
        await giving.records.save(giving.tx, giving.writer, Batch("task", rows, key="key"))


def _task(giving: Giving, one: Given, now: Evaluated, manager: UUID) -> dict[str, Any]:
    subject = now.results["subject"]
    return {
        "subject": subject[:200] if isinstance(subject, str) else one.title,
        "kind": "check",
        "state": "open",
        "assignee": str(manager),
        "owner": str(manager),
        "due_at": giving.records.time.now().isoformat(),
        "about_object": giving.policy.object,
        "about_record": str(one.record),
        "about_title": one.title[:200],
        "reason": one.reason.zh,
        "key": f"dispatch:{giving.policy.id}:{one.record}",
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
