"""Records being given away: what is known of them, and what was decided about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID
from weakref import WeakKeyDictionary

from sanhuan.catalog.runtime import Catalog
from sanhuan.database import queries
from sanhuan.errors import Text
from sanhuan.identity.access import SYSTEM_USER, Caller
from sanhuan.insight.dispatch import people
from sanhuan.insight.dispatch.definitions import DispatchDefinition, policies
from sanhuan.insight.dispatch.people import PLATFORM
from sanhuan.insight.dispatch.scoring import Scored
from sanhuan.records import Records, Transaction, evaluating, ids
from sanhuan.records.actions import Changed, UnknownAction
from sanhuan.records.errors import NotFound
from sanhuan.records.evaluating import Evaluated, Formulas

_kept: WeakKeyDictionary[Catalog, dict[str, Formulas]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Given:
    """What was decided about one record. `chosen` None: it stays where it is."""

    record: UUID
    title: str
    reason: Text
    chosen: UUID | None = None
    name: str = ""
    language: str = "zh"
    """The chosen one's."""
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

    def title(self, now: Evaluated) -> str:
        """What a record is called."""
        item = self.records.catalog.object(self.policy.object)
        return str(now.values.get(item.title.name) or "")

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


def reference(value: Any) -> UUID | None:
    """The id of a reference's JSON."""
    return None if value is None else UUID(value["id"])
