"""Imports as people meet them: preview, start, watch, cancel, undo, fetch what was refused."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from sanhuan.catalog.runtime import ObjectType, UnknownObject
from sanhuan.changes import undo as undoing
from sanhuan.database import jobs, pool
from sanhuan.identity import Caller, versions
from sanhuan.identity.directory import Directories
from sanhuan.records import Forbidden, Records, Transaction, ids
from sanhuan.touchpoints.imports import columns, errors, ledger, preview, reading, running
from sanhuan.touchpoints.imports.columns import Column
from sanhuan.touchpoints.imports.layout import Layout
from sanhuan.touchpoints.imports.ledger import Counts, Import, Mode, Phase

RUN: Final = "touchpoints.import"
UNDO: Final = "touchpoints.undo_import"
MOST_SHOWN: Final = 100
LONGEST_NAME: Final = 255
RISKY: Final = ("=", "@", "\t", "\r", "+", "-")


class Imports:
    """What an edge needs for importing. `directories` is for those that run later."""

    def __init__(self, records: Records, connections: pool.Pool, directories: Directories) -> None:
        self._records = records
        self._pool = connections
        self._directories = directories

    async def preview(
        self,
        caller: Caller,
        object_name: str,
        path: Path,
        *,
        mapping: Any = None,
        layout: Layout | None = None,
        key: str | None = None,
    ) -> dict[str, Any]:
        """What importing the file at `path` would do, JSON-ready; nothing is kept.

        `mapping` is JSON as `columns.parse` takes it. Raises `errors.UnreadableFile`,
        `errors.BadMapping`, `Forbidden`, `UnknownObject`.
        """
        item = self._item(caller, object_name)
        chosen = None if mapping is None else columns.parse(mapping)
        self._check_key(item, key)
        async with self._records.transaction() as tx:
            return await preview.preview(
                self._records, tx, caller, item, path, mapping=chosen, wanted=layout, key=key
            )

    async def start(
        self,
        caller: Caller,
        object_name: str,
        path: Path,
        file_name: str,
        *,
        mapping: Any = None,
        mode: Mode = "each",
        key: str | None = None,
        layout: Layout | None = None,
        tx: Transaction | None = None,
    ) -> UUID:
        """Keep the file and let a worker import it; the import's id. Raises as `preview` does.

        It is kept in the transaction of `tx`, None: in one of its own.
        """
        item = self._item(caller, object_name)
        self._check_key(item, key)
        table = await asyncio.to_thread(reading.open_table, path, wanted=layout)
        size = await asyncio.to_thread(lambda: path.stat().st_size)
        chosen: Mapping[str, Column]
        if mapping is None:
            chosen = columns.guess(table.columns, item, caller)
        else:
            chosen = columns.parse(mapping)
        columns.check(chosen, table.columns, item, caller)
        if key is not None and key not in {column.field for column in chosen.values()}:
            raise errors.BadMapping(
                f"匹配字段 {key} 没有对应的列", f"No column is mapped to {key}", field="key"
            )
        id_ = ids.uuid7()
        values = {
            "id": id_,
            "user": caller.user,
            "token": None if caller.scopes is None else caller.session,
            "scopes": None if caller.scopes is None else sorted(caller.scopes),
            "object": item.id,
            "file_name": (Path(file_name).name or "file")[:LONGEST_NAME].replace("\0", ""),
            "bytes": size,
            "layout": table.layout,
            "columns": list(table.columns),
            "mapping": dict(chosen),
            "mode": mode,
            "key": key,
            "language": caller.language,
            "operation": ids.uuid7(),
            "now": self._records.time.now(),
        }
        async with self._in(tx) as connection:
            await ledger.begin(connection, values, path, columns.digest(table.columns))
            await jobs.defer(connection, [jobs.Job(task=RUN, args={"id": str(id_)})])
        return id_

    async def get(self, caller: Caller, id_: UUID) -> dict[str, Any]:
        """How an import stands, with the first refused rows. Raises `errors.UnknownImport`."""
        async with self._pool.connection() as connection:
            known = await self._own(connection, caller, id_)
            counts = await ledger.counts(connection, [id_])
            phase = _phase(known, counts)
            refused = await ledger.refusals(connection, id_, phase, limit=MOST_SHOWN)
        language = caller.language
        return {
            **self._shown(known, counts),
            "refused_rows": [_refused(one, language) for one in refused],
        }

    async def list(
        self, caller: Caller, *, before: UUID | None = None, limit: int = 50
    ) -> Sequence[dict[str, Any]]:
        """The imports of a person, of everybody for an administrator; the latest first."""
        whose = None if caller.has("administer") else caller.user
        async with self._pool.connection() as connection:
            found = await ledger.of_user(connection, whose, before, limit)
            counts = await ledger.counts(connection, [one.id for one in found])
        return [self._shown(one, counts) for one in found]

    async def cancel(self, caller: Caller, id_: UUID) -> None:
        """Stop an import; what was written by then stays. Raises `errors.NotNow` at its end."""
        async with self._pool.connection() as connection:
            await self._own(connection, caller, id_)
            now = self._records.time.now()
            if not await ledger.run(connection, "cancel", id=id_, now=now):
                raise errors.NotNow("导入已经结束了，可以撤销", "It has ended: undo it instead")

    async def undo(self, caller: Caller, id_: UUID, *, tx: Transaction | None = None) -> UUID:
        """Let a worker undo an import; the operation that undoes it. Raises `errors.NotNow`."""
        operation = ids.uuid7()
        async with self._in(tx) as connection:
            known = await self._own(connection, caller, id_)
            if not caller.may("import", known.object_id):
                raise Forbidden("import")
            done = await ledger.run(
                connection, "begin_undo", id=id_, operation=operation, user=caller.user
            )
            if not done:
                raise errors.NotNow("这次导入现在不能撤销", "It can't be undone now")
            await jobs.defer(connection, [jobs.Job(task=UNDO, args={"id": str(id_)})])
        return operation

    async def refused_file(self, caller: Caller, id_: UUID) -> AsyncIterator[bytes]:
        """The refused rows as CSV (UTF-8 with BOM), with the reasons; to be mended and imported.

        Cells that a spreadsheet would run as a formula begin with an apostrophe.
        """
        async with self._pool.connection() as connection:
            known = await self._own(connection, caller, id_)
            counts = await ledger.counts(connection, [id_])
            phase = _phase(known, counts)
            yield b"\xef\xbb\xbf" + _csv([[*known.columns, _title(caller.language)]])
            after = 0
            while rows := await ledger.refusals(
                connection, id_, phase, after=after, limit=running.CHUNK
            ):
                after = rows[-1].row
                yield _csv([[*one.cells, _reasons(one, caller.language)] for one in rows])

    # For the worker

    async def run(self, id: str) -> None:  # noqa: A002 - the job's argument
        """The task `touchpoints.import`."""
        runner = running.Running(self._records, self._pool, self._directories)
        await runner.run(UUID(id))

    async def run_undo(self, id: str) -> None:  # noqa: A002 - the job's argument
        """The task `touchpoints.undo_import`."""
        async with self._pool.connection() as connection:
            known = await ledger.find(connection, UUID(id))
        if known.state != "undoing" or known.undo_operation is None or known.undo_by is None:
            return
        by = known.undo_by

        async def caller(tx: Transaction) -> Caller:
            now_is = await versions.read(tx)
            await self._records.catalogs.refresh(tx, now_is.catalog)
            found = (await self._directories.at(tx, now_is.policies)).caller(by, via="import")
            if found is None:
                raise Forbidden("delete")
            return found

        done = undoing.Undone()
        async for done in undoing.Undo(self._records).run(
            known.operation, known.undo_operation, caller
        ):
            await self._note(known.id, done, "undoing")
        await self._note(known.id, done, "undone")

    async def _note(self, id_: UUID, done: undoing.Undone, state: str) -> None:
        async with self._pool.connection() as connection:
            await ledger.run(
                connection, "note_undo", id=id_, undo=Jsonb(_undone(done)), state=state
            )

    # Inside

    @asynccontextmanager
    async def _in(self, tx: Transaction | None) -> AsyncIterator[Transaction]:
        """The transaction given, or one of our own."""
        if tx is not None:
            yield tx
            return
        async with self._pool.connection() as connection, connection.transaction():
            yield connection

    def _item(self, caller: Caller, object_name: str) -> ObjectType:
        item = self._records.catalog.object(object_name)
        if item.is_line or not caller.may("see", item.id):
            raise UnknownObject(object_name)
        if not caller.may("import", item.id):
            raise Forbidden("import")
        return item

    def _check_key(self, item: ObjectType, key: str | None) -> None:
        one = None if key is None else item.fields.get(key)
        if key is not None and (one is None or not one.unique or not one.stored):
            raise errors.BadMapping(
                "匹配字段要是唯一的", "The key has to be a unique field", field="key"
            )

    async def _own(self, connection: pool.Connection, caller: Caller, id_: UUID) -> Import:
        known = await ledger.find(connection, id_)
        if known.user_id != caller.user and not caller.has("administer"):
            raise errors.UnknownImport
        return known

    def _shown(self, known: Import, counts: Mapping[tuple[UUID, str], Counts]) -> dict[str, Any]:
        item = self._records.catalog.objects_by_id.get(known.object_id)
        phase = _phase(known, counts)
        found = counts.get((known.id, phase), Counts())
        checked = counts.get((known.id, "check"), Counts())
        return {
            "id": str(known.id),
            "object": known.object_id if item is None else item.name,
            "file": known.file_name,
            "mode": known.mode,
            "key": known.key,
            "state": known.state,
            "operation": str(known.operation),
            "by": str(known.user_id),
            "rows": known.rows,
            "progress": {"phase": phase, "rows": found.rows, "of": known.rows},
            "checked": checked.rows,
            "created": found.created,
            "updated": found.updated,
            "unchanged": found.unchanged,
            "refused": found.refused,
            "failure": known.failure,
            "cancelling": known.cancelling and known.state in ledger.ACTIVE,
            "created_at": known.created_at.isoformat(),
            "started_at": known.started_at and known.started_at.isoformat(),
            "finished_at": known.finished_at and known.finished_at.isoformat(),
            "undo": known.undo,
        }


def _phase(known: Import, counts: Mapping[tuple[UUID, str], Counts]) -> Phase:
    """The phase whose counts tell: that of writing as soon as there is any."""
    if known.mode == "check" or known.state == "checking":
        return "check"
    if known.mode == "all" and (known.id, "write") not in counts:
        return "check"
    return "write"


def _refused(one: ledger.Refused, language: str) -> dict[str, Any]:
    return {
        "index": one.row - 1,
        "line": one.line,
        "cells": list(one.cells),
        "errors": [
            {"field": f["field"], "code": f["code"], "message": _said(f, language)}
            for f in one.faults
        ],
    }


def _said(fault: Mapping[str, Any], language: str) -> str:
    said: str = fault["message"]["en" if language == "en" else "zh"]
    return said


def _title(language: str) -> str:
    return "Errors" if language == "en" else "错误"


def _reasons(one: ledger.Refused, language: str) -> str:
    return "; ".join(_said(fault, language) for fault in one.faults)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay as they are (CWE-1236)."""
    if not cell.startswith(RISKY) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(cell: str) -> bool:
    return cell[1:].replace(".", "", 1).replace(",", "").isdecimal()


def _undone(done: undoing.Undone) -> dict[str, Any]:
    return {
        "removed": done.removed,
        "put_back": done.put_back,
        "restored": done.restored,
        "left_count": len(done.left),
        "left": [
            {"object": one.object, "id": str(one.id), "reason": one.reason}
            for one in done.left[:1_000]
        ],
    }
