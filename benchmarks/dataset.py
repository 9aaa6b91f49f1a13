"""The data that lists are measured on: 1,000,000 opportunities of 100,000 accounts."""

from __future__ import annotations

import random
from dataclasses import dataclass
from uuid import UUID

import psycopg

from sanhuan.database import queries
from sanhuan.identity.access import SYSTEM_USER
from sanhuan.records import pinyin
from sanhuan.records.read import search

CHUNK = 100_000
SEED = 7


@dataclass(frozen=True)
class Size:
    """How much of each. The default is what the figures are stated for."""

    departments: int = 50
    people: int = 2_000
    accounts: int = 100_000
    opportunities: int = 1_000_000
    names: int = 50_000


def load(owner: str, size: Size) -> UUID:
    """Fill the tables by SQL of the owner; the person whose lists are measured."""
    statements = queries.load("benchmarks.sql", "dataset.sql")
    given = {"system": SYSTEM_USER, **vars(size)}
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("set timezone = 'UTC'")
        for step in ("departments", "people", "numbered_people", "accounts", "numbered_accounts"):
            connection.execute(statements[step], given)
        _names(connection, size.names)
        for first in range(1, size.opportunities + 1, CHUNK):
            last = min(first + CHUNK - 1, size.opportunities)
            connection.execute(statements["opportunities"], {**given, "first": first, "last": last})
        row = connection.execute("select id from kernel.bench_person where n = 5").fetchone()
        assert row is not None
        person: UUID = row[0]
        connection.execute(statements["shares"], {"person": person})
        connection.execute(statements["tidy"])
        connection.execute(statements["tidy_accounts"])
    return person


def _names(connection: psycopg.Connection[tuple[object, ...]], count: int) -> None:
    """Distinct names with what search finds them by, made as the pipeline makes them."""
    drawn = random.Random(SEED)
    connection.execute(
        "create table kernel.bench_name (n int, name text, pinyin text, search text)"
    )
    with connection.cursor().copy("copy kernel.bench_name from stdin") as copy:
        for number in range(1, count + 1):
            letters = (chr(0x4E00 + drawn.randrange(3_000)) for _ in range(6))
            name = "".join(letters) + "工程"
            key = pinyin.key(name) or ""
            copy.write_row((number, name, key, search.vector([name, *key.split()])))
