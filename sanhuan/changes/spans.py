"""Keeps kernel.state_span: how long records were in which state, for tracked choice fields.

The rows of a record are a function of its history. So whatever an entry says, the rows of its
record are worked out from the log and laid beside those that are there: entries that come late,
twice, or out of order change nothing for the worse.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import TypeAlias
from uuid import UUID

from psycopg import rows
from psycopg.types.json import Jsonb

from sanhuan.catalog.fields import SelectField
from sanhuan.catalog.runtime import Catalog
from sanhuan.catalog.store import CatalogStore
from sanhuan.changes import order, stays
from sanhuan.changes.entries import Entry, Record
from sanhuan.changes.reader import Reader
from sanhuan.changes.stays import Stay
from sanhuan.database import jobs, pool, queries
from sanhuan.database.pool import Connection

NAME = "state_span"
PAGE = 500
FILL_CRON = "* * * * *"

Tracked: TypeAlias = Mapping[str, Sequence[str]]
"""By object id: the ids of its tracked choice fields."""


def tracked(catalog: Catalog) -> Tracked:
    """The choice fields whose states are kept, of the objects that have any."""
    found = {
        item.id: [
            field.id
            for field in item.own_fields
            if isinstance(field, SelectField) and field.tracked
        ]
        for item in catalog.objects.values()
    }
    return {object_id: fields for object_id, fields in found.items() if fields}


class Spans:
    """Keeps the spans of what the catalog says is tracked."""

    def __init__(self, catalogs: CatalogStore) -> None:
        self._catalogs = catalogs
        self._statements = queries.load("sanhuan.changes", "spans.sql")

    def reader(self) -> Reader:
        """The reader that follows the log."""
        return Reader(NAME, self.handle)

    async def handle(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Bring the spans of the records that entries are about to what their histories say."""
        fields = await self._tracked(connection, entries)
        touched = {entry.record for entry in entries if concerns(entry, fields)}
        if touched:
            await self._settle(connection, fields, touched, entries)

    async def fill(self, connection: Connection) -> list[tuple[str, str]]:
        """Work out what is missing for fields that became tracked; returns those that are done.

        In transactions of a few hundred records each, taking turns with the reader. Fields that
        are no longer tracked are forgotten, so that they are filled in when they are again.
        """
        fields = tracked(await self._catalogs.refresh(connection))
        done = []
        for object_id, field_id in await self._incomplete(connection, fields):
            await self._fill_field(connection, object_id, field_id)
            done.append((object_id, field_id))
        return done

    async def _tracked(self, connection: Connection, entries: Sequence[Entry]) -> Tracked:
        """What is tracked, by a catalog at least as new as the entries."""
        newest = max((entry.catalog_version for entry in entries), default=0)
        catalog = self._catalogs.current
        if catalog.version < newest:
            catalog = await self._catalogs.refresh(connection)
        return tracked(catalog)

    async def _settle(
        self,
        connection: Connection,
        fields: Tracked,
        touched: Collection[Record],
        entries: Sequence[Entry] = (),
    ) -> None:
        there = await self._there(connection, touched)
        known = {(stay.object_id, stay.record_id) for stay in there}
        given = order.histories(entries)
        # Made in this batch and not known before: what is given is the history up to here. Of a
        # known one, later entries came before its first.
        made = {
            record: given[record]
            for record in touched
            if record in given and record not in known and given[record][-1].kind == "create"
        }
        older = await self._histories(connection, [each for each in touched if each not in made])
        wanted = {
            stay
            for (object_id, _), history in {**older, **made}.items()
            for field_id in fields.get(object_id, ())
            for stay in stays.of(field_id, history)
        }
        there = {stay for stay in there if stay.field_id in fields.get(stay.object_id, ())}
        await self._remove(connection, there - wanted)
        await self._add(connection, wanted - there)

    async def _histories(
        self, connection: Connection, records: Sequence[Record]
    ) -> Mapping[Record, Sequence[Entry]]:
        """The entries of each record, from its first one on."""
        cursor = connection.cursor(row_factory=rows.class_row(Entry))
        await cursor.execute(
            self._statements["histories"],
            {
                "objects": [object_id for object_id, _ in records],
                "records": [record_id for _, record_id in records],
            },
        )
        return order.histories(await cursor.fetchall())

    async def _there(self, connection: Connection, records: Collection[Record]) -> set[Stay]:
        cursor = connection.cursor(row_factory=rows.class_row(Stay))
        await cursor.execute(
            self._statements["there"],
            {
                "objects": [object_id for object_id, _ in records],
                "records": [record_id for _, record_id in records],
            },
        )
        return set(await cursor.fetchall())

    async def _remove(self, connection: Connection, gone: set[Stay]) -> None:
        if gone:
            await connection.execute(
                self._statements["remove"],
                {
                    "objects": [stay.object_id for stay in gone],
                    "records": [stay.record_id for stay in gone],
                    "fields": [stay.field_id for stay in gone],
                    "versions": [stay.version for stay in gone],
                },
            )

    async def _add(self, connection: Connection, new: set[Stay]) -> None:
        if new:
            encoded = [{key: plain(value) for key, value in asdict(stay).items()} for stay in new]
            await connection.execute(self._statements["add"], {"rows": Jsonb(encoded)})

    async def _incomplete(
        self, connection: Connection, fields: Tracked
    ) -> Sequence[tuple[str, str]]:
        pairs = [(object_id, each) for object_id, found in fields.items() for each in found]
        cursor = connection.cursor(row_factory=rows.tuple_row)
        await cursor.execute(
            self._statements["incomplete"],
            {
                "objects": [object_id for object_id, _ in pairs],
                "fields": [field_id for _, field_id in pairs],
            },
        )
        return await cursor.fetchall()

    async def _fill_field(self, connection: Connection, object_id: str, field_id: str) -> None:
        after: UUID | None = UUID(int=0)
        while after is not None:
            async with connection.transaction():
                await connection.execute(self._statements["take_turn"], {"name": NAME})
                after = await self._fill_page(connection, object_id, field_id, after)
        await connection.execute(
            self._statements["complete"], {"object": object_id, "field": field_id}
        )

    async def _fill_page(
        self, connection: Connection, object_id: str, field_id: str, after: UUID
    ) -> UUID | None:
        """Fill in records after an id; returns the last one, None when there are no more."""
        cursor = connection.cursor(row_factory=rows.scalar_row)
        await cursor.execute(
            self._statements["without"],
            {"object": object_id, "field": field_id, "after": after, "limit": PAGE},
        )
        records: list[UUID] = await cursor.fetchall()
        fields = tracked(self._catalogs.current)
        await self._settle(connection, fields, [(object_id, record) for record in records])
        return records[-1] if len(records) == PAGE else None


def concerns(entry: Entry, fields: Tracked) -> bool:
    """Whether an entry may change a span."""
    wanted = fields.get(entry.object_id)
    if wanted is None or entry.kind == "computed":
        return False
    return (
        entry.kind != "update"
        or any(field_id in (entry.after or ()) for field_id in wanted)
        or entry.owner_before != entry.owner_after
        or entry.department_before != entry.department_after
    )


def plain(value: object) -> object:
    """A column's value as JSON has it."""
    return value if value is None or isinstance(value, (str, int)) else str(value)


def task(spans: Spans, connections: pool.Pool) -> jobs.Task:
    """The periodic task that fills in fields which became tracked."""

    async def run() -> None:
        async with connections.connection() as connection:
            await spans.fill(connection)

    return jobs.Task(name="changes.fill_spans", run=run, cron=FILL_CRON)
