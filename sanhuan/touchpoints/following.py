"""What touchpoints do after others' changes: records that came by hand or by file join, too.

A reader of the change log. New records, and those whose fields to be found by changed, are matched;
when a record gets an owner, what was made for it and has none gets the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import msgspec

from sanhuan.changes.entries import Entry
from sanhuan.changes.reader import Reader
from sanhuan.database import queries
from sanhuan.identity import Caller, system_caller
from sanhuan.records import Batch, Records, Transaction, Write
from sanhuan.touchpoints import matching, sources
from sanhuan.touchpoints.definitions import MatchDefinition

NAME: Final = "touchpoints.match"


class Following:
    """Matches what the log tells of."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def reader(self) -> Reader:
        """The reader; it begins where the log ends when it is first started."""
        return Reader(NAME, self.handle, batch=500, start="end")

    async def handle(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """Match records and hand over, in the transaction that moves the reader's place."""
        catalog = self._records.catalog
        for match in sources.matches(catalog):
            item = catalog.object(match.object)
            about = [entry for entry in entries if entry.object_id == item.id]
            for _, run in groupby(about, key=lambda entry: entry.operation):
                await self._follow(tx, match, list(run))

    async def _follow(
        self, tx: Transaction, match: MatchDefinition, entries: Sequence[Entry]
    ) -> None:
        cause = entries[0]
        caller = system_caller(
            "system",
            on_behalf_of=cause.on_behalf_of or cause.actor,
            cause=cause.operation,
            root=cause.root or cause.operation,
            depth=cause.depth + 1,
        )
        found_by = self._found_by(match)
        joining = [entry.record_id for entry in entries if is_to_join(entry, found_by)]
        if joining:
            await matching.join(tx, self._records, caller, match.object, joining)
        owned = {entry.record_id: entry.owner_after for entry in entries if is_given(entry)}
        if owned:
            await self._hand_over(tx, match, caller, owned)

    def _found_by(self, match: MatchDefinition) -> frozenset[str]:
        """Ids of the fields that records are found by."""
        item = self._records.catalog.object(match.object)
        return frozenset(item.fields[name].id for group in match.by for name in group)

    async def _hand_over(
        self, tx: Transaction, match: MatchDefinition, caller: Caller, owned: dict[UUID, Any]
    ) -> None:
        """Give what a match made for records, and nobody owns, to the records' owners."""
        catalog = self._records.catalog
        if not catalog.object(match.target).owned:
            return
        cursor = await tx.execute(
            queries.load("sanhuan.touchpoints")["made_for"],
            {
                "object": catalog.object(match.object).id,
                "target_object": catalog.object(match.target).id,
                "records": list(owned),
            },
        )
        made = {target: owned[record] for record, target in await cursor.fetchall()}
        if not made:
            return
        shown = await self._records.get_many(tx, caller, match.target, list(made), ["owner"])
        free = [i for i, body in shown.items() if msgspec.json.decode(body)["owner"] is None]
        writes = [Write("update", {"owner": str(made[i])}, id=i) for i in sorted(free)]
        if writes:
            await self._records.save(tx, caller, Batch(match.target, writes, mode="each"))


def is_to_join(entry: Entry, found_by: Iterable[str]) -> bool:
    """Whether a change may let a record join another."""
    if entry.kind == "create":
        return True
    return entry.kind in ("update", "restore") and any(
        (entry.after or {}).get(field_id) is not None for field_id in found_by
    )


def is_given(entry: Entry) -> bool:
    """Whether a change gave a record another owner."""
    return entry.owner_after is not None and entry.owner_after != entry.owner_before
