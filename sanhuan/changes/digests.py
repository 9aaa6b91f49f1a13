"""The chain of digests over the log: who alters an entry afterwards is found out.

One reader chains the entries in the order in which it handles them, and notes the place of each.
An entry goes into its link through a digest of what it changed, which is kept beside the link. So
what an entry says of a person can be erased, and the chain still holds; the erasure itself is on
record. When old partitions are dropped, the chain holds from the first entry that is left.
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import UUID

from psycopg import rows

from sanhuan.changes import canonical
from sanhuan.changes.entries import Entry
from sanhuan.changes.reader import Reader
from sanhuan.database import queries
from sanhuan.database.pool import Connection

NAME = "digests"
PAGE = 5_000

Fault = Literal["missing", "altered", "emptied", "broken", "gap"]
"""The entry is gone; it says something else; it was emptied with no erasure on record; the link
does not follow from the one before; a place is missing."""


def reader() -> Reader:
    """The reader that keeps the chain."""
    return Reader(NAME, chain)


async def chain(connection: Connection, entries: Sequence[Entry]) -> None:
    """Add entries to the chain, in this order."""
    place, digest = await end(connection)
    payloads, digests = [], []
    for entry in entries:
        payload = canonical.payload_digest(entry)
        digest = canonical.chained(digest, entry, payload)
        payloads.append(payload)
        digests.append(digest)
    await connection.execute(
        queries.load("sanhuan.changes", "digests.sql")["add_links"],
        {
            "place": place,
            "changes": [entry.id for entry in entries],
            "ats": [entry.at for entry in entries],
            "payloads": payloads,
            "digests": digests,
        },
    )


class End(NamedTuple):
    """The last place of the chain and its digest; place 0 while there is none."""

    place: int = 0
    digest: bytes = canonical.START


async def end(connection: Connection) -> End:
    """Where the chain ends: kept outside, it tells later whether the end was cut off."""
    async with connection.cursor(row_factory=rows.class_row(End)) as cursor:
        await cursor.execute(queries.load("sanhuan.changes", "digests.sql")["last_link"])
        return await cursor.fetchone() or End()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of the chain: `erased` is on record, `kept` whether the log goes back so far."""

    place: int
    change_id: int
    at: datetime.datetime
    payload: bytes
    digest: bytes
    erased: bool
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """The first place where the chain does not hold, and what is wrong there."""

    place: int
    change_id: int
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What verifying found. `bad` None: the chain holds from its first kept place to its end.

    `dropped` counts places whose entries are older than the oldest partition, `unchained` entries
    that the reader has not come to yet.
    """

    links: int
    erased: int
    dropped: int
    unchained: int
    bad: Bad | None


async def verify_chain(connection: Connection, *, page: int = PAGE) -> Report:
    """Compute the whole chain anew and compare; stops at the first bad place."""
    links = erased = dropped = 0
    last: Link | None = None
    bad: Bad | None = None
    async for link, entry in _links(connection, page):
        fault = judge(link, entry, last)
        if fault is not None:
            bad = Bad(place=link.place, change_id=link.change_id, fault=fault)
            break
        links += 1
        erased += link.erased
        dropped += entry is None
        last = link
    return Report(
        links=links,
        erased=erased,
        dropped=dropped,
        unchained=await _unchained(connection),
        bad=bad,
    )


def judge(link: Link, entry: Entry | None, last: Link | None) -> Fault | None:
    """What is wrong with a link and its entry after the link `last`; None when it holds.

    Without `last` it is the first that is left: what it follows is known only of the first of all.
    """
    if last is not None and link.place != last.place + 1:
        return "gap"
    if entry is None:
        return "missing" if link.kept else None
    if link.erased and not is_empty(entry):
        return "altered"
    if not link.erased and canonical.payload_digest(entry) != link.payload:
        return "emptied" if is_empty(entry) else "altered"
    if last is None and link.place > 1:
        return None
    before = canonical.START if last is None else last.digest
    return None if canonical.chained(before, entry, link.payload) == link.digest else "broken"


def is_empty(entry: Entry) -> bool:
    """Whether nothing is left of what an entry changed."""
    return all(getattr(entry, name) is None for name in canonical.PAYLOAD)


async def _links(connection: Connection, page: int) -> AsyncIterator[tuple[Link, Entry | None]]:
    """All links in order, each with its entry, None when it is not there."""
    statements = queries.load("sanhuan.changes", "digests.sql")
    place = 0
    while True:
        async with connection.cursor(row_factory=rows.class_row(Link)) as cursor:
            await cursor.execute(statements["links"], {"place": place, "limit": page})
            links = await cursor.fetchall()
        async with connection.cursor(row_factory=rows.class_row(Entry)) as cursor:
            ids, ats = [link.change_id for link in links], [link.at for link in links]
            await cursor.execute(statements["entries"], {"changes": ids, "ats": ats})
            entries = {entry.id: entry for entry in await cursor.fetchall()}
        for link in links:
            yield link, entries.get(link.change_id)
        if len(links) < page:
            return
        place = links[-1].place


async def _unchained(connection: Connection) -> int:
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(queries.load("sanhuan.changes", "digests.sql")["unchained"])
        return int(await cursor.fetchone() or 0)


async def erase(connection: Connection, changes: Sequence[int], *, actor: UUID, reason: str) -> int:
    """Empty entries of what they changed, and note who did it and why; returns how many.

    Their digests stay, so the chain still holds. Only for the owner of the database: the
    application has no right to alter the log. Entries not yet chained are left as they are.
    """
    done = await connection.execute(
        queries.load("sanhuan.changes", "digests.sql")["erase"],
        {"changes": list(changes), "actor": actor, "reason": reason},
    )
    return done.rowcount
