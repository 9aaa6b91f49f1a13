"""The actions of this ring: finishing a task, noting the contact that a gap waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sanhuan.automation.definitions import TASK, Answer, gaps
from sanhuan.catalog.fields import Label
from sanhuan.catalog.runtime import Catalog
from sanhuan.errors import Text
from sanhuan.identity.access import Caller, system_caller
from sanhuan.records import Batch, Records, Saved, Transaction, Write
from sanhuan.records.actions import Action, Changed, NoParameters, Outcome, UnknownAction

LOG_CONTACT = "log_contact"


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was said, and how. `way` and `result` are keys of choices; None is left empty."""

    content: str
    way: str | None = None
    result: str | None = None
    next_step: str | None = None
    next_at: datetime | None = None


async def complete(
    tx: Transaction,
    caller: Caller,
    records: Records,
    record_ids: Sequence[UUID],
    parameters: NoParameters,
) -> Outcome:
    """Finish tasks. Raises `RecordsError` where the caller may not, or one is not open."""
    rows = [Write("update", {"state": "done"}, id=record) for record in record_ids]
    saved = await records.save(tx, caller, Batch(TASK, rows))
    return Outcome(_changed(TASK, saved), Text("办完了", "Done"))


async def log_contact(
    tx: Transaction,
    caller: Caller,
    records: Records,
    record_ids: Sequence[UUID],
    parameters: Contact,
) -> Outcome:
    """Note a contact with records that wait for one. What it closes, the change log tells."""
    answer = await _answer_of(tx, records, record_ids)
    given = msgspec.to_builtins(parameters)
    rows = [Write("create", {**given, answer.by: str(record)}) for record in record_ids]
    saved = await records.save(tx, caller, Batch(answer.object, rows))
    return Outcome(_changed(answer.object, saved), Text("记下了", "Noted"))


async def _answer_of(tx: Transaction, records: Records, record_ids: Sequence[UUID]) -> Answer:
    """What answers the gap of the object that the records are of. Raises `UnknownAction`."""
    for gap in gaps(records.catalog):
        if gap.answer is not None:
            shown = await records.get_many(tx, system_caller(), gap.object, record_ids, [])
            if len(shown) == len(set(record_ids)):
                return gap.answer
    raise UnknownAction(LOG_CONTACT)


def _changed(object_name: str, saved: Saved) -> list[Changed]:
    return [
        Changed(object_name, result.id, result.version)
        for result in saved.results
        if result.id is not None and result.version is not None
    ]


def _has_answer(catalog: Catalog, object_name: str) -> bool:
    return any(gap.object == object_name and gap.answer for gap in gaps(catalog))


def actions() -> list[Action]:
    """What this part adds."""
    return [
        Action(name="complete", label=Label("办完", "Complete"), run=complete, object=TASK),
        Action(
            name=LOG_CONTACT,
            label=Label("记首次联系", "Log a contact"),
            run=log_contact,
            parameters=Contact,
            act="see",
            offered=_has_answer,
        ),
    ]
