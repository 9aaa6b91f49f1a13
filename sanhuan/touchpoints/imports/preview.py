"""What an import would do, before anybody says yes: columns, fields, the first rows with faults."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sanhuan.catalog.fields import SelectField
from sanhuan.catalog.runtime import ObjectType
from sanhuan.errors import Text
from sanhuan.identity import Caller
from sanhuan.records import Records, Transaction
from sanhuan.touchpoints.imports import cells, columns, ledger, reading, running
from sanhuan.touchpoints.imports.cells import Row
from sanhuan.touchpoints.imports.columns import Column
from sanhuan.touchpoints.imports.layout import Layout

ROWS: Final = 100
SAMPLES: Final = 3
MOST_CHOICES: Final = 50
LONGEST_SAMPLE: Final = 200


@dataclass
class Looked:
    """What looking through the whole file found, by column."""

    rows: int = 0
    unreadable: int = 0
    samples: list[list[str]] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    counts: list[Counter[str]] = field(default_factory=list)
    first: list[Row] = field(default_factory=list)


async def preview(
    records: Records,
    tx: Transaction,
    caller: Caller,
    item: ObjectType,
    path: Path,
    *,
    mapping: Mapping[str, Column] | None,
    wanted: Layout | None,
    key: str | None = None,
) -> dict[str, Any]:
    """The answer of `POST /imports/preview`, JSON-ready.

    None of `mapping` takes what the person did with such columns last, else guesses. Raises
    `errors.UnreadableFile`, `errors.BadMapping`.
    """
    known = {name for one in columns.fields(item, caller) for name in columns.names_of(one)}
    table = await asyncio.to_thread(
        reading.open_table, path, wanted=wanted, known=lambda name: columns.plain(name) in known
    )
    chosen, is_remembered = await _mapping(tx, caller, item, table.columns, mapping)
    columns.check(chosen, table.columns, item, caller, some=False)
    looked = await asyncio.to_thread(look_through, table)
    shown = await _first_rows(records, tx, caller, item, table.columns, chosen, looked, key)
    return {
        "encoding": table.layout.encoding,
        "separator": table.layout.separator,
        "sheet": table.layout.sheet,
        "sheets": list(table.sheets),
        "header_row": table.layout.header_row,
        "remembered": is_remembered,
        "columns": [
            _column(item, name, chosen.get(name, Column()), place, looked)
            for place, name in enumerate(table.columns)
        ],
        "fields": [one.name for one in columns.fields(item, caller)],
        "keys": [one.name for one in columns.fields(item, caller) if one.unique],
        "rows": looked.rows,
        "unreadable": looked.unreadable,
        "preview": shown,
    }


async def _mapping(
    tx: Transaction,
    caller: Caller,
    item: ObjectType,
    names: Sequence[str],
    mapping: Mapping[str, Column] | None,
) -> tuple[dict[str, Column], bool]:
    """The mapping to show, and whether it is the one of last time."""
    if mapping is not None:
        return dict(mapping), False
    guessed = columns.guess(names, item, caller)
    last = await ledger.remembered(tx, caller.user, item.id, columns.digest(names))
    if last is None:
        return guessed, False
    allowed = {one.name for one in columns.fields(item, caller)}
    kept = {
        name: column
        for name, column in last.items()
        if column.field is None or column.field in allowed
    }
    return {name: kept.get(name, Column()) for name in names}, True


def look_through(table: reading.Table) -> Looked:
    """Read the whole file once. Raises `errors.UnreadableFile`."""
    width = len(table.columns)
    looked = Looked(
        samples=[[] for _ in range(width)],
        damaged=[0] * width,
        lost=[0] * width,
        counts=[Counter() for _ in range(width)],
    )
    for row in table.rows():
        looked.rows += 1
        if len(looked.first) < ROWS:
            looked.first.append(Row(looked.rows, row))
        if row.fault is not None:
            looked.unreadable += 1
            continue
        for place, cell in enumerate(row.cells):
            if cell:
                _note(looked, place, cell)
    return looked


def _note(looked: Looked, place: int, cell: str) -> None:
    samples, counts = looked.samples[place], looked.counts[place]
    if len(samples) < SAMPLES and cell not in samples:
        samples.append(cell)
    if len(counts) <= MOST_CHOICES or cell in counts:
        counts[cell] += 1
    if cell[-1] in "0123456789":
        looked.damaged[place] += cells.DAMAGED.fullmatch(cell) is not None
        looked.lost[place] += cells.DIGITS_LOST.fullmatch(cell) is not None


def _column(
    item: ObjectType, name: str, column: Column, place: int, looked: Looked
) -> dict[str, Any]:
    one = item.fields.get(column.field or "")
    shown: dict[str, Any] = {
        "name": name,
        "samples": [sample[:LONGEST_SAMPLE] for sample in looked.samples[place]],
        "field": column.field,
        "warnings": [
            {"code": code, "message": {"zh": text.zh, "en": text.en}}
            for code, text in _warnings(place, looked)
        ],
    }
    if isinstance(one, SelectField):
        counts = {value.strip(): rows for value, rows in looked.counts[place].most_common()}
        shown["choices"] = columns.unknown_choices(one, column, counts)
    return shown


def _warnings(place: int, looked: Looked) -> Iterator[tuple[str, Text]]:
    damaged, lost = looked.damaged[place], looked.lost[place]
    if damaged:
        yield (
            "damaged_number",
            Text(
                f"{damaged} 个号码被写成了 1.38E+10 这样，会被拒绝",
                f"{damaged} numbers look like 1.38E+10 and will be refused",
            ),
        )
    if lost:
        yield (
            "digits_lost",
            Text(
                f"{lost} 个长号码以 000 结尾，可能被表格软件改过",
                f"{lost} long numbers end in 000: a spreadsheet may have changed them",
            ),
        )


def _as_written(row: Row, taken: Sequence[cells.Taken]) -> dict[str, str]:
    """The cells of a row by field, as the file has them; of what can't be read none."""
    if row.line.fault is not None:
        return {}
    return {one.field.name: cell for one in taken if (cell := row.line.cells[one.place].strip())}


async def _first_rows(
    records: Records,
    tx: Transaction,
    caller: Caller,
    item: ObjectType,
    names: Sequence[str],
    mapping: Mapping[str, Column],
    looked: Looked,
    key: str | None,
) -> list[dict[str, Any]]:
    """The first rows as they would be saved, each with what stands against it."""
    taken = cells.taken(names, mapping, item)
    if not taken:
        return []
    rows = list(islice(looked.first, ROWS))
    for row in rows:
        cells.read(row, taken)
    shown = [_as_written(row, taken) for row in rows]
    await cells.Names(records).resolve(tx, caller, rows, taken)
    saving = running.Saving(records, caller, item.name, key, check_only=True)
    await saving.save(tx, [row for row in rows if not row.faults])
    return [
        {
            "index": row.number - 1,
            "line": row.line.line,
            "values": values,
            "errors": [
                {
                    "field": fault.field,
                    "code": fault.code,
                    "message": fault.message.en if caller.language == "en" else fault.message.zh,
                }
                for fault in row.faults
            ],
        }
        for row, values in zip(rows, shown, strict=True)
    ]
