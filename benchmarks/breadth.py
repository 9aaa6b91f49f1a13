"""Whether many objects make one of them slower."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks import load, machine
from benchmarks.figures import Figure
from benchmarks.ground import Ground, connected, publisher
from benchmarks.installation import PORT
from benchmarks.lists import path
from sanhuan.catalog.publish import Change

TITLE = "Many objects"
NOTES = (
    "The list of opportunities (CPU of all processes a request) in an installation of some 50"
    " objects, and again once it has 500 objects with 10,000 fields, median of rounds; the objects"
    " stay, so run it last: what is measured after it runs among them."
)
OBJECTS = (50, 500)
FIELDS = 20
ROUNDS = 5
REQUESTS = 600


def measure(ground: Ground) -> Sequence[Figure]:
    asyncio.run(_grow(ground, OBJECTS[0]))
    few = _list_ms(ground)
    asyncio.run(_grow(ground, OBJECTS[1]))
    many = _list_ms(ground)
    return [
        Figure(f"list at {OBJECTS[1]} objects / at {OBJECTS[0]}", many / few, "x", 1.2),
        Figure(f"CPU of a list, {OBJECTS[0]} objects", few, "ms"),
        Figure(f"CPU of a list, {OBJECTS[1]} objects", many, "ms"),
        Figure("memory, everything", machine.pss_mib(ground.running.pids()), "MiB"),
    ]


def _list_ms(ground: Ground) -> float:
    request = load.http("GET", path(), ground.people["own"].token)
    asyncio.run(load.run(PORT, lambda _: request, connections=4, count=200))
    return median(_round_ms(ground, request) for _ in range(ROUNDS))


def _round_ms(ground: Ground, request: bytes) -> float:
    pids = ground.running.pids()
    before = machine.cpu_s(pids)
    done = asyncio.run(load.run(PORT, lambda _: request, connections=4, count=REQUESTS))
    if done.failed:
        raise RuntimeError(f"{done.failed} requests failed")
    return (machine.cpu_s(pids) - before) / REQUESTS * 1_000


async def _grow(ground: Ground, wanted: int) -> None:
    """Publish objects until there are so many."""
    async with connected(ground.access.owner) as connection:
        row = await (
            await connection.execute(
                "select count(*), count(*) filter (where tablename like 'o_wide%')"
                " from pg_tables where schemaname = 'data' and tablename like 'o\\_%'"
            )
        ).fetchone()
    assert row is not None
    there, ours = row
    await publisher(ground.access).publish(
        [_object(number) for number in range(ours, ours + max(0, wanted - there))]
    )


def _object(number: int) -> Change:
    name = f"wide{number}"
    label = {"zh": f"宽表 {number}", "en": f"Wide {number}"}
    fields: list[dict[str, Any]] = [
        {"id": f"f{place}", "name": f"f{place}", "type": "text", "label": label}
        for place in range(FIELDS)
    ]
    body = {"id": name, "name": name, "label": label, "title_field": "f0", "fields": fields}
    return Change("object", name, "local", "local", body)
