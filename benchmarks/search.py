"""Search in a million names: Chinese words, pinyin, initials."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from urllib.parse import quote

import psycopg

from benchmarks import load, machine
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.installation import PORT

TITLE = "Search"
NOTES = (
    "The first 20 of the opportunities that hold the text, asked as an administrator over one"
    " connection, each request another text: the whole request is timed, so the server's part is"
    " less. Names are eight characters, six of them random of 3,000."
)
REQUESTS = 300
SEED = 11


def measure(ground: Ground) -> Sequence[Figure]:
    """p95 of each way to search."""
    token = ground.people["everything"].token
    figures = []
    for what, texts in _texts(ground).items():
        requests = [
            load.http(
                "GET",
                f"/api/v1/records/opportunity?q={quote(text)}&fields=name&limit=20",
                token,
            )
            for text in texts
        ]
        pids = ground.running.pids()
        before = machine.cpu_s(pids)
        done = asyncio.run(load.run(PORT, requests.__getitem__, connections=1, count=len(requests)))
        cpu_ms = (machine.cpu_s(pids) - before) / len(requests) * 1_000
        figures.append(Figure(f"p95, {what}", done.percentile_ms(0.95), "ms", 15))
        figures.append(Figure(f"median, {what}", done.percentile_ms(0.5), "ms"))
        figures.append(Figure(f"CPU of all processes a search, {what}", cpu_ms, "ms"))
        figures.append(Figure(f"failed, {what}", done.failed, "", 0))
    return figures


def _texts(ground: Ground) -> dict[str, list[str]]:
    drawn = random.Random(SEED)
    with psycopg.connect(ground.access.owner) as connection:
        rows = connection.execute(
            "select f_name, pinyin from data.o_opportunity tablesample bernoulli (1)"
            " where pinyin is not null limit %s",
            (REQUESTS,),
        ).fetchall()
    places = [drawn.randrange(5) for _ in rows]
    initials = [keys.split()[-1] for _, keys in rows]
    return {
        "two Chinese characters": [
            name[place : place + 2] for (name, _), place in zip(rows, places, strict=True)
        ],
        "pinyin (ten letters)": [keys.split()[0][:10] for _, keys in rows],
        "initials (four letters)": [
            each[place : place + 4] for each, place in zip(initials, places, strict=True)
        ],
    }
