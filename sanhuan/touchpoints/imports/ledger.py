"""What is known of imports: kept in the database, file included, so that any worker can go on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg import rows
from psycopg.types.json import Jsonb

from sanhuan.database import pool, queries
from sanhuan.touchpoints.imports import errors
from sanhuan.touchpoints.imports.columns import Column
from sanhuan.touchpoints.imports.layout import Layout

PART: Final = 1024 * 1024

Mode = Literal["all", "each", "check"]
Phase = Literal["check", "write"]
ACTIVE: Final = ("waiting", "checking", "writing", "undoing")


class Import(NamedTuple):
    """An import as the database has it."""

    id: UUID
    user_id: UUID
    token_id: UUID | None
    scopes: Sequence[str] | None
    object_id: str
    file_name: str
    bytes: int
    layout: Any
    columns: Sequence[str]
    mapping: Any
    mode: Mode
    key: str | None
    language: str
    operation: UUID
    state: str
    rows: int | None
    failure: Any
    cancelling: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undo_operation: UUID | None
    undo: Any
    undo_by: UUID | None

    def how_read(self) -> Layout:
        return msgspec.convert(self.layout, Layout)

    def mapped(self) -> dict[str, Column]:
        return msgspec.convert(self.mapping, dict[str, Column])


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one phase that are through, by what became of them."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0


class Refused(NamedTuple):
    """A row that was refused."""

    row: int
    line: int
    cells: Sequence[str]
    faults: Sequence[Mapping[str, Any]]


def statements() -> queries.Statements:
    """The fixed statements about imports."""
    return queries.load("sanhuan.touchpoints.imports")


async def begin(
    connection: pool.Connection, values: Mapping[str, Any], file: Path, headers: bytes
) -> None:
    """Keep a new import with its file, and how its columns were mapped; in one transaction."""
    await connection.execute(
        statements()["begin"],
        {
            **values,
            "layout": Jsonb(msgspec.to_builtins(values["layout"])),
            "mapping": Jsonb(msgspec.to_builtins(values["mapping"])),
        },
    )
    for number, part in enumerate(_parts(file)):
        await connection.execute(
            statements()["add_part"], {"id": values["id"], "number": number, "content": part}
        )
    await connection.execute(
        statements()["remember"],
        {
            "user": values["user"],
            "object": values["object"],
            "headers": headers,
            "mapping": Jsonb(msgspec.to_builtins(values["mapping"])),
            "now": values["now"],
        },
    )


def _parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while part := opened.read(PART):
            yield part


async def fetch_file(connection: pool.Connection, id_: UUID, path: Path) -> None:
    """Write the file of an import to `path`."""
    with path.open("wb") as out:
        number = 0
        while True:
            cursor = await connection.execute(
                statements()["part"], {"id": id_, "number": number}, binary=True
            )
            row = await cursor.fetchone()
            if row is None:
                return
            out.write(bytes(row[0]))  # type: ignore[call-overload]  # a bytea
            number += 1


async def remembered(
    connection: pool.Connection, user: UUID, object_id: str, headers: bytes
) -> dict[str, Column] | None:
    """How a person mapped these columns last; None for columns not seen before."""
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(
            statements()["remembered"],
            {"user": user, "object": object_id, "headers": headers},
        )
        found = await cursor.fetchone()
    return None if found is None else msgspec.convert(found, dict[str, Column])


async def find(connection: pool.Connection, id_: UUID) -> Import:
    """One import. Raises `errors.UnknownImport`."""
    async with connection.cursor(row_factory=rows.class_row(Import)) as cursor:
        await cursor.execute(statements()["find"], {"id": id_})
        found = await cursor.fetchone()
    if found is None:
        raise errors.UnknownImport
    return found


async def of_user(
    connection: pool.Connection, user: UUID | None, before: UUID | None, limit: int
) -> list[Import]:
    """The imports of a person, None: of everybody, the latest first."""
    async with connection.cursor(row_factory=rows.class_row(Import)) as cursor:
        await cursor.execute(
            statements()["of_user"], {"user": user, "before": before, "limit": limit}
        )
        return await cursor.fetchall()


async def counts(
    connection: pool.Connection, ids: Sequence[UUID]
) -> dict[tuple[UUID, str], Counts]:
    """How far imports are, by import and phase."""
    async with connection.cursor(row_factory=rows.tuple_row) as cursor:
        await cursor.execute(statements()["counts"], {"ids": list(ids)})
        return {
            (id_, phase): Counts(*(int(number) for number in numbers))
            for id_, phase, *numbers in await cursor.fetchall()
        }


async def chunks(connection: pool.Connection, id_: UUID, phase: Phase) -> set[int]:
    """The numbers of the chunks of a phase that are through."""
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements()["chunks"], {"id": id_, "phase": phase})
        return set(await cursor.fetchall())


async def add_chunk(
    connection: pool.Connection, id_: UUID, phase: Phase, number: int, done: Counts
) -> None:
    """Note, in the transaction of its rows, that a chunk is through."""
    await connection.execute(
        statements()["add_chunk"],
        {
            "id": id_,
            "phase": phase,
            "number": number,
            "rows": done.rows,
            "created": done.created,
            "updated": done.updated,
            "unchanged": done.unchanged,
            "refused": done.refused,
        },
    )


async def add_refusals(
    connection: pool.Connection, id_: UUID, phase: Phase, refused: Sequence[Refused]
) -> None:
    """Keep rows that were refused."""
    if refused:
        told = [one._asdict() for one in refused]
        await connection.execute(
            statements()["add_refusals"],
            {"id": id_, "phase": phase, "rows": msgspec.json.encode(told).decode()},
        )


async def refusals(
    connection: pool.Connection, id_: UUID, phase: Phase, *, after: int = 0, limit: int = 100
) -> list[Refused]:
    """Refused rows in the order of the file, from the one after row `after` on."""
    async with connection.cursor(row_factory=rows.class_row(Refused)) as cursor:
        await cursor.execute(
            statements()["refusals"],
            {"id": id_, "phase": phase, "after": after, "limit": limit},
        )
        return await cursor.fetchall()


async def take_turn(connection: pool.Connection, id_: UUID) -> bool:
    """Whether this connection is now the one that runs the import. It ends with the connection."""
    async with connection.cursor(row_factory=rows.scalar_row) as cursor:
        await cursor.execute(statements()["take_turn"], {"id": id_})
        return bool(await cursor.fetchone())


async def give_up_turn(connection: pool.Connection, id_: UUID) -> None:
    """Let another run it; nothing is to be done where the connection is gone."""
    with contextlib.suppress(psycopg.OperationalError):
        await connection.execute(statements()["give_up_turn"], {"id": id_})


async def run(connection: pool.Connection, name: str, **values: Any) -> int:
    """Run one of this package's statements; how many rows it touched."""
    cursor = await connection.execute(statements()[name], values)
    return cursor.rowcount
