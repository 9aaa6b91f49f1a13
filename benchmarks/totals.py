"""Counts that stop at 1,001, and sums by stage over what a person may see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from statistics import median

import msgspec
import psycopg

from benchmarks import load
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.installation import PORT
from benchmarks.lists import FILTER
from benchmarks.people import Person

TITLE = "Counts and sums"
NOTES = (
    "A list of one record with its capped count, over one connection. Sums: the amount by stage of"
    " what each person may see, through the API, beside the same figure written by hand in SQL;"
    " median of runs in turn."
)
ROUNDS = 9
WRITTEN = {
    "seller": (
        "select f_stage, sum(f_amount) from (select id, f_stage, f_amount from data.o_opportunity"
        " where deleted_at is null and owner_id = %(me)s union select id, f_stage, f_amount"
        " from data.o_opportunity where deleted_at is null and department_id = any(%(in)s)"
        " union select id, f_stage, f_amount from data.o_opportunity where deleted_at is null"
        " and id = any(array(select record_id from kernel.share where principal_id = %(me)s))) o"
        " group by 1"
    ),
    "head": (
        "select f_stage, sum(f_amount) from data.o_opportunity"
        " where deleted_at is null and department_id = any(%(in)s) group by 1"
    ),
    "everything": (
        "select f_stage, sum(f_amount) from data.o_opportunity where deleted_at is null group by 1"
    ),
}
SUM = {"group_by": ["stage"], "measures": [{"function": "sum", "field": "amount", "as": "total"}]}


def measure(ground: Ground) -> Sequence[Figure]:
    return [*_counts(ground), *_sums(ground)]


def _counts(ground: Ground) -> Sequence[Figure]:
    asked = msgspec.json.encode({"filter": FILTER, "limit": 1, "count": "capped"})
    figures = []
    for name, person in ground.people.items():
        request = load.http("POST", "/api/v1/records/opportunity/query", person.token, asked)
        done = _send(request, 60)
        figures.append(Figure(f"capped count, {name}, median", done.percentile_ms(0.5), "ms", 20))
        figures.append(Figure(f"failed, {name}", done.failed, "", 0))
    return figures


def _sums(ground: Ground) -> Sequence[Figure]:
    figures = []
    for name, sql in WRITTEN.items():
        person = ground.people[name]
        request = load.http(
            "POST",
            "/api/v1/records/opportunity/aggregate",
            person.token,
            msgspec.json.encode(SUM),
        )
        ours, written, failed = [], [], 0
        for _ in range(ROUNDS):
            done = _send(request, 1)
            failed += done.failed
            ours.append(done.percentile_ms(0.5))
            written.append(_by_hand_ms(ground, sql, person))
        figures.append(
            Figure(
                f"sum by stage / by hand, {name} ({median(ours):.0f} / {median(written):.0f} ms)",
                median(ours) / median(written),
                "x",
                1.3,
            )
        )
        figures.append(Figure(f"failed sums, {name}", failed, "", 0))
    return figures


def _send(request: bytes, count: int) -> load.Load:
    return asyncio.run(load.run(PORT, lambda _: request, connections=1, count=count))


def _by_hand_ms(ground: Ground, sql: str, person: Person) -> float:
    with psycopg.connect(ground.access.app, autocommit=True) as connection:
        departments = [
            id_
            for (id_,) in connection.execute(
                "select f_department from data.o_post where f_user = %(me)s and deleted_at is null"
                " union select f_department from data.o_user where id = %(me)s",
                {"me": person.id},
            ).fetchall()
        ]
        given = {"me": person.id, "in": departments}
        return _timed_ms(connection, sql, given)


def _timed_ms(
    connection: psycopg.Connection[tuple[object, ...]], sql: str, given: dict[str, object]
) -> float:
    connection.execute(sql.encode(), given).fetchall()  # the connection's first is no measure
    begun = time.perf_counter()
    connection.execute(sql.encode(), given).fetchall()
    return (time.perf_counter() - begun) * 1_000
