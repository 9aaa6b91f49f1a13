"""Records: everything that reads or writes business tables goes through here."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from sanhuan import clock, expressions
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.store import CatalogStore
from sanhuan.database import retry
from sanhuan.identity.access import Caller
from sanhuan.records import errors
from sanhuan.records.read import (
    aggregates,
    composer,
    cursor,
    finding,
    listing,
    searching,
    timeline,
)
from sanhuan.records.read.statements import Statement, Statements, compiled
from sanhuan.records.requests import MOST_ROWS, Aggregate, Batch, Query, Saved
from sanhuan.records.write import refusals
from sanhuan.records.write.pipeline import Writer
from sanhuan.records.write.work import Reaction

Done = TypeVar("Done")
Transaction = AsyncConnection[Any]
Surroundings = Callable[[Caller], Mapping[str, Any]]


def _none(caller: Caller) -> Mapping[str, Any]:
    return {}


class Records:
    """The service over one catalog store and one pool.

    `surroundings` gives what formulas may ask for beyond the record (`expressions.Context`:
    `calendar`, `departments`), by keyword. `reactions` run in the transaction that changed
    records of an object, by object id.
    """

    def __init__(
        self,
        catalogs: CatalogStore,
        pool: AsyncConnectionPool[Any],
        *,
        secret: bytes,
        time: clock.Clock | None = None,
        zone: str = "Asia/Shanghai",
        surroundings: Surroundings = _none,
        reactions: Mapping[str, Reaction] | None = None,
    ) -> None:
        self.catalogs = catalogs
        self.time = time or clock.SystemClock()
        self.zone = ZoneInfo(zone)
        self._pool = pool
        self._random = random.Random()
        self._surroundings = surroundings
        self._statements = Statements()
        self._cursors = cursor.Cursors(secret)
        self.writer = Writer(self._statements, secret, reactions)

    @property
    def catalog(self) -> Catalog:
        return self.catalogs.current

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A connection in a transaction of its own.

        Attempts that end in a refusal are kept although the transaction is rolled back.
        """
        async with self._pool.connection() as connection:
            try:
                async with connection.transaction():
                    yield connection
            except errors.RecordsError as error:
                kept: list[dict[str, Any]] = getattr(error, "attempts", [])
                if kept:
                    await refusals.keep(connection, kept)
                raise

    async def run(self, act: Callable[[Transaction], Awaitable[Done]]) -> Done:
        """Do `act` in a transaction, again when the database lost it to another (40001, 40P01)."""

        async def once() -> Done:
            async with self.transaction() as tx:
                return await act(tx)

        return await retry.run(once, random=self._random)

    def context(self, caller: Caller) -> expressions.Context:
        """What formulas may ask for while this caller acts."""
        return expressions.Context(
            zone=self.zone,
            now=self.time.now(),
            me=str(caller.user),
            language="zh",
            **self._surroundings(caller),
        )

    # Writing

    async def save(self, tx: Transaction, caller: Caller, batch: Batch) -> Saved:
        """Save a batch through the one pipeline. Raises `errors.RecordsError`."""
        catalog = self.catalog
        context = self.context(caller)
        try:
            return await self.writer.save(tx, catalog, caller, batch, context, context.now)
        except errors.RecordsError as error:
            attempts = refusals.of(catalog, caller, batch, error)
            if attempts:
                error.attempts = attempts  # type: ignore[attr-defined]  # read by `transaction`
            raise

    async def lock(self, tx: Transaction, object_name: str, ids: Sequence[UUID]) -> list[UUID]:
        """Lock live records for a decision about them, in id order; those that are there."""
        item = self.catalog.object(object_name)
        key = ("lock", self.catalog.version, item.id)
        statement = self._statements.get(key, lambda: listing.lock_statement(item))
        found = await tx.execute(statement.sql, {**statement.values, "ids": sorted(ids)})
        return [record for (record,) in await found.fetchall()]

    # Reading

    async def list(self, tx: Transaction, caller: Caller, object_name: str, query: Query) -> bytes:
        """A page of records as CONTRACT.md writes it. Raises `errors.RecordsError`."""
        sql, values = self.list_statement(caller, object_name, query)
        found = await tx.execute(sql, values)
        data, rows, last = await found.fetchone() or ("[]", 0, None)
        question = _question(object_name, query)
        following = None
        if rows > values["page"] and last is not None:
            following = self._cursors.write(msgspec.json.decode(last), caller.user, question)
        count = await self._count(tx, caller, self.catalog.object(object_name), query, question)
        page = msgspec.json.encode({"next": following, "count": count})
        return b'{"data":' + data.encode() + b',"page":' + page + b"}"

    def list_statement(
        self, caller: Caller, object_name: str, query: Query
    ) -> tuple[bytes, dict[str, Any]]:
        """The statement of a list with its values. Raises `errors.RecordsError`.

        It gives one row: the page as JSON, how many rows there are (up to one more than the
        page), and the sort keys of the last.
        """
        item = self._seen(caller, object_name)
        limit = max(1, min(query.limit, MOST_ROWS))
        question = _question(object_name, query)
        keys = (
            None if query.after is None else self._cursors.read(query.after, caller.user, question)
        )
        places = tuple(key is None for key in keys) if keys is not None else None
        context = self.context(caller)
        key = self._key("list", caller, context, question, places)
        statement = self._statements.get(
            key, lambda: self._list_statement(caller, context, item, query, keys)
        )
        extra: dict[str, Any] = {"page": limit, "more": limit + 1}
        for place, value in enumerate(keys or ()):
            extra[f"key_{place}"] = value
        return statement.sql, statement.bound(caller, extra)

    async def _count(
        self,
        tx: Transaction,
        caller: Caller,
        item: ObjectType,
        query: Query,
        question: str,
    ) -> int | None:
        if query.count == "none":
            return None
        context = self.context(caller)
        capped = query.count == "capped"
        key = self._key("count", caller, context, question, capped)

        def make() -> Statement:
            here = composer.Composer.start(self.catalog, caller, context, item)
            return compiled(listing.count_statement(here, query, capped=capped), here.used)

        statement = self._statements.get(key, make)
        found = await tx.execute(statement.sql, statement.bound(caller, {}))
        row = await found.fetchone()
        return None if row is None else int(row[0])

    async def get(
        self,
        tx: Transaction,
        caller: Caller,
        object_name: str,
        record: UUID,
        fields: Sequence[str] | None = None,
    ) -> bytes:
        """One record's JSON, lines included. Raises `errors.NotFound`."""
        found = await self.get_many(tx, caller, object_name, [record], fields)
        if record not in found:
            raise errors.NotFound
        return found[record]

    async def get_many(
        self,
        tx: Transaction,
        caller: Caller,
        object_name: str,
        ids: Sequence[UUID],
        fields: Sequence[str] | None = None,
    ) -> dict[UUID, bytes]:
        """The JSON of those of the records that the caller sees, by id."""
        item = self._seen(caller, object_name)
        context = self.context(caller)
        asked = None if fields is None else tuple(fields)
        single = len(ids) == 1
        key = self._key("get", caller, context, item.id, asked, single)

        def make() -> Statement:
            here = composer.Composer.start(self.catalog, caller, context, item)
            return compiled(listing.one_statement(here, fields, single=single), here.used)

        statement = self._statements.get(key, make)
        bound = statement.bound(caller, {"id": ids[0]} if single else {"ids": list(ids)})
        found = await tx.execute(statement.sql, bound, prepare=single)
        return {row[0]: row[1].encode() for row in await found.fetchall()}

    async def fetch(
        self, tx: Transaction, caller: Caller, object_name: str, query: Query
    ) -> Sequence[dict[str, Any]]:
        """The records of a list as Python values of their JSON, for code above."""
        answer = msgspec.json.decode(await self.list(tx, caller, object_name, query))
        found: Sequence[dict[str, Any]] = answer["data"]
        return found

    async def find(
        self,
        tx: Transaction,
        caller: Caller,
        object_name: str,
        field_name: str,
        values: Sequence[Any],
    ) -> dict[Any, Sequence[UUID]]:
        """Which records have one of these values in a stored field, by value, the oldest first.

        Values are as the field stores them (`parse` of its definition). Raises
        `errors.UnknownField`.
        """
        item = self._seen(caller, object_name)
        context = self.context(caller)
        key = self._key("find", caller, context, item.id, field_name)

        def make() -> Statement:
            here = composer.Composer.start(self.catalog, caller, context, item)
            return compiled(finding.statement(here, here.field(field_name)), here.used)

        statement = self._statements.get(key, make)
        found = await tx.execute(statement.sql, statement.bound(caller, {"values": [*values]}))
        records: dict[Any, list[UUID]] = {}
        for value, record in await found.fetchall():
            records.setdefault(value, []).append(record)
        return {value: tuple(ids) for value, ids in records.items()}

    async def aggregate(
        self, tx: Transaction, caller: Caller, object_name: str, asked: Aggregate
    ) -> bytes:
        """Figures over what the caller sees, `{"data": [...]}`."""
        item = self._seen(caller, object_name)
        context = self.context(caller)
        key = self._key("aggregate", caller, context, item.id, repr(asked))

        def make() -> Statement:
            here = composer.Composer.start(self.catalog, caller, context, item)
            return compiled(aggregates.statement(here, asked), here.used)

        statement = self._statements.get(key, make)
        found = await tx.execute(statement.sql, statement.bound(caller, {}))
        (data,) = await found.fetchone() or ("[]",)
        return b'{"data":' + data.encode() + b"}"

    async def search(self, tx: Transaction, caller: Caller, q: str, limit: int = 20) -> bytes:
        """Records of all objects whose visible texts hold `q`, `{"data": [...]}`."""
        context = self.context(caller)
        parts: list[bytes] = []
        for item in searching.objects(self.catalog, caller):
            key = self._key("search", caller, context, item.id, None)

            def make(item: ObjectType = item) -> Statement:
                here = composer.Composer.start(self.catalog, caller, context, item)
                return compiled(searching.statement(here), here.used)

            statement = self._statements.get(key, make)
            extra = searching.parameters(q, limit)
            if extra is None:
                break
            found = await tx.execute(statement.sql, statement.bound(caller, extra))
            parts.extend(text.encode() for (text,) in await found.fetchall())
        return b'{"data":[' + b",".join(parts[:limit]) + b"]}"

    async def timeline(
        self,
        tx: Transaction,
        caller: Caller,
        object_name: str,
        record: UUID,
        after: str | None = None,
        limit: int = 50,
    ) -> bytes:
        """A record's entries, newest first, as today's rights show them."""
        item = self._seen(caller, object_name)
        reader = timeline.Timeline(self, tx, caller, item)
        return await reader.read(record, after, max(1, min(limit, MOST_ROWS)), self._cursors)

    def _seen(self, caller: Caller, object_name: str) -> ObjectType:
        """The object, when the caller may see any of its records. Raises as if it were not."""
        from sanhuan.catalog.runtime import UnknownObject

        item = self.catalog.object(object_name)
        if item.is_line or not caller.may("see", item.id):
            raise UnknownObject(object_name)
        return item

    def _list_statement(
        self,
        caller: Caller,
        context: expressions.Context,
        item: ObjectType,
        query: Query,
        keys: Sequence[str | None] | None,
    ) -> Statement:
        here = composer.Composer.start(self.catalog, caller, context, item)
        statement = listing.statement(here, query, keys)
        return compiled(statement, here.used)

    def _key(
        self, what: str, caller: Caller, context: expressions.Context, *question: Any
    ) -> tuple[Any, ...]:
        """What a kept statement is found by; persons and days only where the question has them."""
        asked = repr(question)
        personal = caller.user if "'me'" in asked or '"me"' in asked else None
        daily = context.today if "relative" in asked else None
        shape = self._statements.shape(caller, context)
        return (what, self.catalog.version, shape, personal, daily, *question)


def _question(object_name: str, query: Query) -> str:
    """A list's question as text, without the place in it."""
    asked = [object_name, query.filter, query.sort, query.fields, query.q]
    return msgspec.json.encode(asked, enc_hook=str).decode()
