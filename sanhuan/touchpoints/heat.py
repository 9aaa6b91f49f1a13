"""Heat: how warm a lead is, from what it was at first and what people did since.

A behaviour's points halve every seven days. Their sum lifts the heat from its base towards 100:
sixty points go half of the way. The sum does not depend on the order in which events came.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from sanhuan.catalog.runtime import ObjectType
from sanhuan.database import queries
from sanhuan.identity import Caller
from sanhuan.records import Batch, Records, Transaction, Write

HALF_LIFE: Final = timedelta(days=7)
HALF_WAY: Final = 60.0
"""Points that lift the heat half of the way to 100."""
LOOKED_AT: Final = timedelta(days=90)
"""What is older counts for nothing: it has halved twelve times."""
HOTTEST: Final = 100


@dataclass(frozen=True, slots=True)
class Known:
    """`base` is the heat without behaviour, `given` what was written last."""

    base: int
    given: int


def lifted(base: int, score: float) -> int:
    """The heat, 0 to 100, of a base and decayed points."""
    share = 1 - math.pow(0.5, max(0.0, score) / HALF_WAY)
    return min(HOTTEST, base + round((HOTTEST - base) * share))


def base_of(heat: int | None, known: Known | None) -> int:
    """The base: what the record has, unless that is what behaviour made of it."""
    if known is not None and heat == known.given:
        return known.base
    return heat or 0


async def renew(
    tx: Transaction,
    records: Records,
    caller: Caller,
    item: ObjectType,
    field: str,
    ids: Sequence[UUID],
    *,
    least: int = 1,
) -> int:
    """Bring the heat of records up to now; how many changed.

    `least` is the smallest difference that is written. Records in the bin are passed over.
    """
    now = records.time.now()
    heats = await _heats_now(tx, records, caller, item, field, ids)
    if not heats:
        return 0
    known = await _known(tx, item, list(heats))
    scores = await _scores(tx, item, list(heats), now)
    changed: dict[UUID, Known] = {}
    for record, heat in heats.items():
        base = base_of(heat, known.get(record))
        wanted = lifted(base, scores.get(record, 0.0))
        if heat is None or abs(wanted - heat) >= least:
            changed[record] = Known(base, wanted)
    if not changed:
        return 0
    writes = [Write("update", {field: one.given}, id=i) for i, one in changed.items()]
    saved = await records.save(tx, caller, Batch(item.name, writes, mode="each"))
    done = [r.id for r in saved.results if r.status == "updated" and r.id is not None]
    await _note(tx, item, {record: changed[record] for record in done})
    return len(done)


async def _heats_now(
    tx: Transaction,
    records: Records,
    caller: Caller,
    item: ObjectType,
    field: str,
    ids: Sequence[UUID],
) -> dict[UUID, int | None]:
    """Locked, so that the base is not read from a state that another is changing."""
    alive = await records.lock(tx, item.name, sorted(set(ids)))
    found: dict[UUID, int | None] = {}
    shown = await records.get_many(tx, caller, item.name, alive, [field])
    for record, body in shown.items():
        found[record] = _decoded(body)[field]
    return found


def _decoded(body: bytes) -> Mapping[str, Any]:
    found: Mapping[str, Any] = msgspec.json.decode(body)
    return found


async def _known(tx: Transaction, item: ObjectType, ids: Sequence[UUID]) -> dict[UUID, Known]:
    statements = queries.load("sanhuan.touchpoints")
    cursor = await tx.execute(statements["heats"], {"object": item.id, "records": list(ids)})
    return {record: Known(base, given) for record, base, given in await cursor.fetchall()}


async def _scores(
    tx: Transaction, item: ObjectType, ids: Sequence[UUID], now: datetime
) -> dict[UUID, float]:
    statements = queries.load("sanhuan.touchpoints")
    cursor = await tx.execute(
        statements["scores"],
        {
            "object": item.id,
            "records": list(ids),
            "now": now,
            "since": now - LOOKED_AT,
            "half_life": HALF_LIFE.total_seconds(),
        },
    )
    return dict(await cursor.fetchall())


async def _note(tx: Transaction, item: ObjectType, given: Mapping[UUID, Known]) -> None:
    statements = queries.load("sanhuan.touchpoints")
    await tx.execute(
        statements["note_heats"],
        {
            "object": item.id,
            "records": list(given),
            "bases": [one.base for one in given.values()],
            "givens": [one.given for one in given.values()],
        },
    )
