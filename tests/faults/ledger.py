"""What writers were told is saved, and whether it is: nothing lost, nothing twice, nothing half.

Each record that writers make holds a text of theirs, its mark, which nobody else writes. Once all
writers have their answers, the database has to hold exactly what the ledger holds.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg
from psycopg import rows, sql

from tests.faults.served import Answer, Request, Served


class Watched(NamedTuple):
    """Where the text of an object's records stands: the field in the API, table and column."""

    field: str
    table: str
    column: str


WATCHED: Mapping[str, Watched] = {
    "lead": Watched("need", "o_lead", "f_need"),
    "activity": Watched("content", "o_activity", "f_content"),
    "opportunity": Watched("next_step", "o_opportunity", "f_next_step"),
    "order": Watched("note", "o_order", "f_note"),
    "order_line": Watched("note", "o_order_line", "f_note"),
}
WITH_KEY = ("lead", "activity", "opportunity", "order")

ROWS = sql.SQL(
    "select id::text, {column} as text, version, deleted_at is not null as binned"
    " from data.{table} where {column} is not null"
)
# The answer is kept in the transaction of what it tells: that of the records' entries.
ANSWERS = """
select key, route, sha256(answer) as answer, exists (
    select from kernel.change where xid(xid) = idempotency.xmin
) as told
from kernel.idempotency
where key like 'key-%'
"""
# Lines aside: they come with changes of their parents as well, which have no key.
UNKEPT = """
select object_id || ' ' || record_id from kernel.change
where object_id = any(%(objects)s) and kind = 'create' and not exists (
    select from kernel.idempotency where xmin = xid(change.xid)
)
"""


@dataclass(frozen=True)
class Fact:
    """A record as an answer told it. `text` None: it is in the bin; `version` None: not told."""

    object: str
    id: str
    text: str | None
    version: int | None = None

    @property
    def mark(self) -> str:
        """What stays of the text through all changes: the part before the space."""
        return (self.text or "").partition(" ")[0]


@dataclass
class Ledger:
    """What all writers were told, and counts of what happened on the way."""

    facts: dict[tuple[str, str], Fact] = field(default_factory=dict)
    answers: dict[tuple[str, str], bytes] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: Request, answer: Answer, told: Iterable[Fact]) -> None:
        """An answer was read to its end, and tells this."""
        told = list(told)
        with self._lock:
            self.facts.update({(fact.object, fact.id): fact for fact in told})
            self.counts["acknowledged"] += 1
            self.counts["rows"] += len(told)
            if request.key is not None:
                route = f"{request.method} /api/v1{request.path}"
                self.answers[route, request.key] = hashlib.sha256(answer.body).digest()

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def surprise(self, request: Request, answer: Answer) -> None:
        """An answer that no fault explains."""
        with self._lock:
            self.counts["surprising"] += 1
            said = answer.body.decode(errors="replace")[:300]
            self.surprises.append(f"{request.method} {request.path}: {answer.status} {said}")


def failures(served: Served, ledger: Ledger) -> list[str]:
    """In what the database and the ledger differ, each in a line; to be asked when all is quiet."""
    with served.owner() as owner:
        found = [*differing_records(owner, ledger), *differing_answers(owner, ledger)]
    return [*found, *(f"surprise: {line}" for line in ledger.surprises)]


def differing_records(owner: psycopg.Connection[Any], ledger: Ledger) -> Iterator[str]:
    """Records that are lost, stale, there twice, or that nobody was told of."""
    seen: Counter[str] = Counter()
    there: dict[tuple[str, str], dict[str, Any]] = {}
    for name, watched in WATCHED.items():
        for row in read(owner, watched):
            there[name, row["id"]] = row
            seen[f"{name} {Fact(name, row['id'], row['text']).mark}"] += 1
    yield from (f"twice: {what} ({times})" for what, times in seen.items() if times > 1)
    for key, fact in ledger.facts.items():
        stored = there.pop(key, None)
        if stored is None:
            yield f"lost: {fact}"
        elif not agrees(fact, stored):
            yield f"stale: {fact} is {stored}"
    yield from (f"unknown: {name} {row}" for (name, _), row in there.items())


def read(owner: psycopg.Connection[Any], watched: Watched) -> list[dict[str, Any]]:
    """The rows of an object: id, text, version, binned."""
    statement = ROWS.format(
        table=sql.Identifier(watched.table), column=sql.Identifier(watched.column)
    )
    with owner.cursor(row_factory=rows.dict_row) as cursor:
        return cursor.execute(statement).fetchall()


def agrees(fact: Fact, stored: Mapping[str, Any]) -> bool:
    """Whether a row is as it was told, or further: dispatch writes other fields of leads."""
    if fact.text is None:
        return bool(stored["binned"])
    return (
        not stored["binned"]
        and stored["text"] == fact.text
        and (fact.version or 0) <= stored["version"]
        and (fact.object == "lead" or fact.version in (None, stored["version"]))
    )


def differing_answers(owner: psycopg.Connection[Any], ledger: Ledger) -> Iterator[str]:
    """Kept answers without what they tell, records without their answer, and other answers."""
    kept: dict[tuple[str, str], bytes] = {}
    for key, route, answer, told in owner.execute(ANSWERS):
        kept[route, key] = bytes(answer)
        if not told:
            yield f"half: the answer to {key} is kept without an entry in the log"
    for place, answer in ledger.answers.items():
        found = kept.pop(place, None)
        if found is None:
            yield f"half: the answer to {place} is not kept"
        elif found != answer:
            yield f"stale: another answer to {place} is kept"
    yield from (f"unknown: an answer to {place} is kept" for place in kept)
    unkept = owner.execute(UNKEPT, {"objects": [*WITH_KEY]})
    yield from (f"half: {what} was created without a kept answer" for (what,) in unkept)
