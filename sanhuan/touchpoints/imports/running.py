"""An import at work: the file is read, its rows are saved in chunks as whoever imports.

Each chunk is a transaction of its own, with the note that it is through, so that work goes on from
there after a crash. Two chunks are on their way at a time: while PostgreSQL writes one, the next
is judged. Who imports, and what he may do, is asked again for each.

In mode `all` every row is checked before the first is written, and a row that is refused refuses
the file; in mode `each` a row that is refused is listed, and checking all rows first would change
nothing but take the time again.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import structlog
from psycopg.types.json import Jsonb

from sanhuan.catalog.runtime import ObjectType
from sanhuan.changes import undo
from sanhuan.database import errors as database_errors
from sanhuan.database import pool
from sanhuan.errors import SanhuanError, Text
from sanhuan.identity import Caller, versions
from sanhuan.identity.directory import Directories
from sanhuan.records import (
    Batch,
    Fault,
    Records,
    RecordsError,
    Result,
    Transaction,
    Write,
    ids,
)
from sanhuan.touchpoints import faults as telling
from sanhuan.touchpoints.imports import cells, errors, ledger, reading
from sanhuan.touchpoints.imports.cells import Row, Taken
from sanhuan.touchpoints.imports.ledger import Counts, Import, Phase

CHUNK: Final = 1_000
AT_ONCE: Final = 2
TRIES: Final = 4

log = structlog.get_logger(__name__)


class Stopped(SanhuanError):
    """The import must not go on; `state` is what it ends in."""

    def __init__(self, state: str, code: str, zh: str, en: str) -> None:
        super().__init__(Text(zh, en))
        self.state = state
        self.code = code


class AtWork(SanhuanError):
    """Another worker has this import: it was thought lost, and lives."""

    code = "at_work"

    def __init__(self) -> None:
        super().__init__(Text("另一个后台进程正在导入它", "Another worker is importing it"))


@dataclass
class Work:
    """One import on its way."""

    known: Import
    table: reading.Table
    object_name: str
    columns: tuple[Taken, ...]
    names: cells.Names
    refused: int = 0


class Running:
    """Runs imports, in a worker."""

    def __init__(self, records: Records, connections: pool.Pool, directories: Directories) -> None:
        self._records = records
        self._pool = connections
        self._directories = directories

    async def run(self, id_: UUID) -> None:
        """Bring an import to its end, from wherever it is. What stops it is kept with it.

        Raises `AtWork` while another worker has it, and errors of a database that is away: the
        same is to be tried again later.
        """
        async with self._pool.connection() as guard:
            if not await ledger.take_turn(guard, id_):
                raise AtWork
            try:
                known = await ledger.find(guard, id_)
                if known.state in ("waiting", "checking", "writing"):
                    await self._run(known)
            finally:
                await ledger.give_up_turn(guard, id_)

    async def _run(self, known: Import) -> None:
        state, failure = await self._end(known)
        async with self._pool.connection() as connection, connection.transaction():
            await ledger.run(
                connection,
                "finish",
                id=known.id,
                state=state,
                failure=None if failure is None else Jsonb(failure),
                now=self._records.time.now(),
            )
            await ledger.run(connection, "drop_parts", id=known.id)

    async def _end(self, known: Import) -> tuple[str, dict[str, Any] | None]:
        """Do it; the state in which it ends, and why it failed."""
        try:
            with tempfile.TemporaryDirectory(prefix="sanhuan-import-") as folder:
                work = await self._open(known, Path(folder) / "file")
                return await self._phases(work), None
        except Stopped as stop:
            return stop.state, _failure(stop) if stop.state == "failed" else None
        except (SanhuanError, psycopg.Error) as error:
            if telling.is_outage(error):
                raise
            log.warning("an import failed", id=str(known.id), error=type(error).__name__)
            return "failed", _failure(telling.of(error)[0])
        except Exception as error:  # a fault of ours must not leave it half said
            log.exception("an import failed", id=str(known.id))
            return "failed", _failure(telling.of(error)[0])

    async def _open(self, known: Import, path: Path) -> Work:
        """Fetch the file, count its rows, and look up what it is to become."""
        async with self._pool.connection() as connection:
            await ledger.fetch_file(connection, known.id, path)
            await self._up_to_date(connection)
            item = self._item(known)
            table = await asyncio.to_thread(reading.open_table, path, wanted=known.how_read())
            table = await asyncio.to_thread(reading.at_hand, table, path.with_suffix(".rows"))
            if known.rows is None:
                count = await asyncio.to_thread(lambda: sum(1 for _ in table.rows()))
                await ledger.run(connection, "count_rows", id=known.id, rows=count)
        columns = cells.taken(table.columns, known.mapped(), item)
        return Work(known, table, item.name, columns, cells.Names(self._records))

    async def _up_to_date(self, connection: pool.Connection) -> None:
        now_is = await versions.read(connection)
        await self._records.catalogs.refresh(connection, now_is.catalog)

    def _item(self, known: Import) -> ObjectType:
        item = self._records.catalog.objects_by_id.get(known.object_id)
        if item is None:
            raise errors.SchemaChanged(known.object_id)
        return item

    async def _phases(self, work: Work) -> str:
        """Check and write; the state in which it ends."""
        known = work.known
        if known.mode != "each":
            await self._phase(work, "check")
            if known.mode == "check":
                return "done"
            if work.refused:
                return "refused"
        await self._phase(work, "write")
        if known.mode == "all" and work.refused:
            # Something changed between checking and writing: all or nothing still holds.
            await self._take_back(work)
            return "refused"
        return "done"

    async def _take_back(self, work: Work) -> None:
        known = work.known

        async def caller(tx: Transaction) -> Caller:
            return await self._caller(tx, known)

        async for _ in undo.Undo(self._records).run(known.operation, ids.uuid7(), caller):
            pass

    async def _phase(self, work: Work, phase: Phase) -> None:
        """Take all chunks through one phase that are not through yet."""
        known = work.known
        async with self._pool.connection() as connection:
            done = await ledger.chunks(connection, known.id, phase)
            counted = await ledger.counts(connection, [known.id])
            await ledger.run(
                connection,
                "start",
                id=known.id,
                state="checking" if phase == "check" else "writing",
                now=self._records.time.now(),
            )
        work.refused = counted.get((known.id, phase), Counts()).refused
        turns = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                async for number, rows in _chunks(work.table):
                    if number in done:
                        continue
                    await turns.acquire()
                    task = group.create_task(self._chunk(work, phase, number, rows))
                    task.add_done_callback(lambda _: turns.release())
        except ExceptionGroup as errors_of_chunks:
            raise errors_of_chunks.exceptions[0] from None

    async def _chunk(self, work: Work, phase: Phase, number: int, rows: Sequence[Row]) -> None:
        """One chunk in a transaction of its own, again where another was in the way."""
        for attempt in range(TRIES):
            try:
                done = await self._records.run(lambda tx: self._save(tx, work, phase, number, rows))
                work.refused += done.refused
                return
            except database_errors.DatabaseError as error:
                if attempt == TRIES - 1 or not error.retryable:
                    raise

    async def _save(
        self, tx: Transaction, work: Work, phase: Phase, number: int, rows: Sequence[Row]
    ) -> Counts:
        caller = await self._caller(tx, work.known)
        fresh = [Row(row.number, row.line) for row in rows]
        for row in fresh:
            cells.read(row, work.columns)
        await work.names.resolve(tx, caller, fresh, work.columns)
        saving = Saving(self._records, caller, work.object_name, work.known.key, phase == "check")
        await saving.save(tx, [row for row in fresh if not row.faults])
        refused = [_refused(row) for row in fresh if row.faults]
        done = Counts(
            rows=len(fresh),
            created=saving.count("created"),
            updated=saving.count("updated"),
            unchanged=saving.count("unchanged"),
            refused=len(refused),
        )
        await ledger.add_refusals(tx, work.known.id, phase, refused)
        await ledger.add_chunk(tx, work.known.id, phase, number, done)
        return done

    async def _caller(self, tx: Transaction, known: Import) -> Caller:
        """Who imports, as of now. Raises `Stopped` when he must not any more, or does not want."""
        if (await ledger.find(tx, known.id)).cancelling:
            raise Stopped("cancelled", "cancelled", "已取消", "Cancelled")
        now_is = await versions.read(tx)
        await self._records.catalogs.refresh(tx, now_is.catalog)
        directory = await self._directories.at(tx, now_is.policies)
        scopes = None if known.scopes is None else frozenset(known.scopes)
        caller = directory.caller(
            known.user_id, via="import", token_scopes=scopes, operation=known.operation
        )
        holds = known.token_id is None or await _token_holds(
            tx, known.token_id, self._records.time.now()
        )
        if caller is None or not holds or not caller.may("import", known.object_id):
            raise Stopped("failed", "forbidden", "导入的人没有权限了", "The right is gone")
        return caller


async def _token_holds(tx: Transaction, token: UUID, now: Any) -> bool:
    cursor = await tx.execute(ledger.statements()["token_holds"], {"token": token, "now": now})
    return await cursor.fetchone() == (True,)


@dataclass
class Saving:
    """Saves the rows of a chunk; a row that ends its batch is found and refused alone."""

    records: Records
    caller: Caller
    object_name: str
    key: str | None
    check_only: bool
    results: list[Result] = field(default_factory=list)

    def count(self, status: str) -> int:
        return sum(result.status == status for result in self.results)

    async def save(self, tx: Transaction, rows: Sequence[Row]) -> None:
        """Save rows that have no faults yet; those that are refused get theirs."""
        if not rows:
            return
        try:
            async with tx.transaction():
                saved = await self._save(tx, rows)
        except (RecordsError, psycopg.Error) as error:
            if _is_of_all(error):
                raise
            if len(rows) == 1:
                rows[0].faults += telling.of(error)
                return
            half = len(rows) // 2
            await self.save(tx, rows[:half])
            await self.save(tx, rows[half:])
            return
        for row, result in zip(rows, saved, strict=True):
            row.faults += [*result.faults, *result.warnings]
            self.results.append(result)

    async def _save(self, tx: Transaction, rows: Sequence[Row]) -> Sequence[Result]:
        operation = "create" if self.key is None else "upsert"
        batch = Batch(
            self.object_name,
            [Write(operation, row.values) for row in rows],  # type: ignore[arg-type]  # a literal
            mode="each",
            key=self.key,
            texts=True,
            check_only=self.check_only,
        )
        return (await self.records.save(tx, self.caller, batch)).results


def _is_of_all(error: Exception) -> bool:
    """Whether no row is at fault: the act is not allowed, or the database is in the way."""
    if isinstance(error, psycopg.Error):
        return telling.is_outage(error)
    return not getattr(error, "faults", ())


async def _chunks(table: reading.Table) -> AsyncIterator[tuple[int, Sequence[Row]]]:
    """The rows of a table in chunks, read beside the event loop; both counted from 1."""
    lines = table.rows()
    number = 0
    while True:
        number += 1
        first = (number - 1) * CHUNK + 1
        found = await asyncio.to_thread(lambda: list(islice(lines, CHUNK)))
        if not found:
            return
        yield number, [Row(first + place, line) for place, line in enumerate(found)]


def _refused(row: Row) -> ledger.Refused:
    return ledger.Refused(
        row=row.number,
        line=row.line.line,
        cells=[cell.replace("\0", "\ufffd") for cell in row.line.cells],
        faults=telling.told(row.faults),
    )


def _failure(error: SanhuanError | Fault) -> dict[str, Any]:
    return {"code": error.code, "message": {"zh": error.message.zh, "en": error.message.en}}
