"""One record by its id, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg

from benchmarks import load, machine
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.installation import PORT

TITLE = "Reads by id"
NOTES = "Whole opportunities (all fields and titles), each request another one, 16 connections."
CONNECTIONS = 16
REQUESTS = 6_000
PEER_PER_S = 209


def measure(ground: Ground) -> Sequence[Figure]:
    """Records that the head of ten departments sees."""
    person = ground.people["head"]
    with psycopg.connect(ground.access.owner) as connection:
        found = connection.execute(
            "select id from data.o_opportunity where department_id in"
            " (select f_department from data.o_post where f_user = %s) limit %s",
            (person.id, REQUESTS),
        ).fetchall()
    requests = [
        load.http("GET", f"/api/v1/records/opportunity/{id_}", person.token) for (id_,) in found
    ]
    before = machine.cpu_s(ground.running.pids())
    done = asyncio.run(
        load.run(PORT, requests.__getitem__, connections=CONNECTIONS, count=len(requests))
    )
    cpu_ms = (machine.cpu_s(ground.running.pids()) - before) / len(requests) * 1_000
    return [
        Figure("reads", done.rate, "/s", 4 * PEER_PER_S, at_least=True),
        Figure("CPU of the stack a read", cpu_ms, "ms"),
        Figure("p99", done.percentile_ms(0.99), "ms"),
        Figure("failed requests", done.failed, "", 0),
    ]
