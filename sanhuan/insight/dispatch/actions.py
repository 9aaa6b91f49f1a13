"""The actions that give records to people."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from sanhuan.catalog.fields import Label
from sanhuan.catalog.runtime import Catalog
from sanhuan.errors import Text
from sanhuan.identity.access import Caller
from sanhuan.insight.dispatch import assigning, giving
from sanhuan.records.actions import Action, NoParameters, Outcome
from sanhuan.records.service import Records, Transaction


class Assign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to give the record to."""

    user: UUID


class Because(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence in both languages."""

    zh: str
    en: str


class Redispatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is not to get the record (again), and why it changes hands."""

    exclude: list[UUID] = []
    because: Because | None = None


async def dispatch(
    tx: Transaction,
    caller: Caller,
    records: Records,
    record_ids: Sequence[UUID],
    parameters: NoParameters,
) -> Outcome:
    """Give records that nobody has to whom they suit best."""
    given_away = await giving.begin(tx, records, caller, record_ids, "dispatch")
    return await assigning.dispatch(given_away)


async def redispatch(
    tx: Transaction,
    caller: Caller,
    records: Records,
    record_ids: Sequence[UUID],
    parameters: Redispatch,
) -> Outcome:
    """Give records to the next one whom they suit, away from those who have or had them."""
    excluded = frozenset(parameters.exclude)
    because = parameters.because
    given_away = await giving.begin(tx, records, caller, record_ids, "dispatch", excluded)
    said = None if because is None else Text(because.zh, because.en)
    return await assigning.dispatch(given_away, again=True, because=said)


async def assign(
    tx: Transaction,
    caller: Caller,
    records: Records,
    record_ids: Sequence[UUID],
    parameters: Assign,
) -> Outcome:
    """Give records to a person whom the caller names."""
    given_away = await giving.begin(tx, records, caller, record_ids, "assign")
    return await assigning.assign(given_away, parameters.user)


def _nowhere(catalog: Catalog, object_name: str) -> bool:
    return False


def actions() -> list[Action]:
    """What this part adds; they work on objects that a dispatch policy speaks of."""
    return [
        Action(
            name="dispatch",
            label=Label("派单", "Dispatch"),
            run=dispatch,
            act="assign",
            offered=assigning.is_offered,
        ),
        Action(
            name="assign",
            label=Label("指派", "Assign"),
            run=assign,
            parameters=Assign,
            act="assign",
            offered=assigning.is_offered,
        ),
        Action(
            name="redispatch",
            label=Label("改派", "Dispatch anew"),
            run=redispatch,
            parameters=Redispatch,
            act="assign",
            offered=_nowhere,
        ),
    ]
