"""Uploading a file, and who may have it."""

from __future__ import annotations

import asyncio
import dataclasses
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final
from uuid import UUID

import msgspec

from sanhuan import errors
from sanhuan.catalog.fields import FileField
from sanhuan.changes.entries import Entry
from sanhuan.changes.reader import Reader
from sanhuan.database import jobs, pool, queries
from sanhuan.files.store import Store, Stored
from sanhuan.identity.access import Caller, system_caller
from sanhuan.records import Batch, NotFound, Write
from sanhuan.records.service import Records, Transaction

OBJECT: Final = "file"
LONGEST_NAME: Final = 255


class BadName(errors.SanhuanError):
    """A file without a name."""

    code = "bad_file_name"

    def __init__(self) -> None:
        super().__init__(errors.Text("文件没有名字。", "The file has no name."), field="file")


class FileRecord(msgspec.Struct, frozen=True):
    """A file's record, as far as it takes to hand the file out."""

    id: UUID
    name: str
    type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Files:
    """Uploads and downloads of one process."""

    records: Records
    store: Store

    async def keep(self, source: BinaryIO) -> Stored:
        """Write a content into the data folder, before any connection is taken."""
        return await asyncio.to_thread(self.store.keep, source)

    async def note(self, tx: Transaction, caller: Caller, name: str, stored: Stored) -> UUID:
        """Make the record of a file that was kept; its maker is the caller. Raises BadName."""
        await tx.execute(
            queries.load("sanhuan.files", "files.sql")["store"],
            {"sha256": stored.sha256, "size": stored.size},
        )
        values = {**stored._asdict(), "name": clean_name(name)}
        saving = dataclasses.replace(system_caller(caller.via), user=caller.user)
        saved = await self.records.save(tx, saving, Batch(OBJECT, [Write("create", values)]))
        made = saved.results[0].id
        assert made is not None, "what was created has an id"
        return made

    async def find(self, tx: Transaction, caller: Caller, file: UUID) -> FileRecord:
        """The record of a file that the caller may have. Raises NotFound."""
        if not await self._may_have(tx, caller, file):
            raise NotFound
        body = await self.records.get(tx, system_caller(), OBJECT, file)
        return msgspec.json.decode(body, type=FileRecord)

    async def _may_have(self, tx: Transaction, caller: Caller, file: UUID) -> bool:
        """Whether he sees the file's own record, or one that names the file."""
        catalog = self.records.catalog
        if caller.may("see", catalog.object(OBJECT).id) and await self.records.get_many(
            tx, caller, OBJECT, [file], ["id"]
        ):
            return True
        statement = queries.load("sanhuan.files", "files.sql")["places"]
        found = await tx.execute(statement, {"file": file})
        for object_id, record, field_id in await found.fetchall():
            item = catalog.objects_by_id.get(object_id)
            one = None if item is None else item.by_id.get(field_id)
            if item is None or one is None or not caller.may("see", object_id):
                continue
            if await self._names(tx, caller, item.name, record, one.name, file):
                return True
        return False

    async def _names(
        self, tx: Transaction, caller: Caller, name: str, record: UUID, field: str, file: UUID
    ) -> bool:
        """Whether a record that the caller sees names the file in a field that he sees."""
        grants = caller.grants_for(self.records.catalog.object(name).id, "see")
        one = self.records.catalog.object(name).fields[field]
        if all(grant.field_right(one.id) in ("hidden", "masked") for grant in grants):
            return False
        found = await self.records.get_many(tx, caller, name, [record], [field])
        if record not in found:
            return False
        listed = msgspec.json.decode(found[record]).get(field) or ()
        return str(file) in listed

    # What workers do

    def reader(self) -> Reader:
        """The reader that keeps which records name which files."""
        return Reader("files", self.place)

    async def place(self, connection: pool.Connection, entries: Sequence[Entry]) -> None:
        """Note the files that records came to name."""
        statement = queries.load("sanhuan.files", "files.sql")["add_places"]
        for entry in entries:
            item = self.records.catalog.objects_by_id.get(entry.object_id)
            for field_id, value in (entry.after or {}).items():
                one = None if item is None else item.by_id.get(field_id)
                if isinstance(one, FileField) and value:
                    await connection.execute(
                        statement,
                        {
                            "files": [UUID(each) for each in value],
                            "object": entry.object_id,
                            "record": entry.record_id,
                            "field": field_id,
                            "actor": entry.actor,
                        },
                    )

    async def sweep(self, connections: pool.Pool) -> int:
        """Remove contents that no upload got to note; how many."""
        digests = await asyncio.to_thread(lambda: list(self.store.left_over()))
        statement = queries.load("sanhuan.files", "files.sql")["not_stored"]
        async with connections.connection() as connection:
            found = await connection.execute(statement, {"digests": digests})
            unknown = [str(digest) for (digest,) in await found.fetchall()]
        for digest in unknown:
            await asyncio.to_thread(self.store.drop, digest)
        return len(unknown)

    def sweep_task(self, connections: pool.Pool) -> jobs.Task:
        """The daily job that sweeps."""

        async def run() -> None:
            await self.sweep(connections)

        return jobs.Task(name="files.sweep", run=run, cron="41 3 * * *")


def clean_name(name: str) -> str:
    """A file's name without folders and control characters. Raises BadName for an empty one."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in last if unicodedata.category(each)[0] != "C").strip(" .")
    shown = unicodedata.normalize("NFC", kept)
    if not shown:
        raise BadName
    if len(shown) <= LONGEST_NAME:
        return shown
    stem, dot, ending = shown.rpartition(".")
    ending = f"{dot}{ending}"[:20] if dot else ""
    return stem[: LONGEST_NAME - len(ending)] + ending if stem else shown[:LONGEST_NAME]
