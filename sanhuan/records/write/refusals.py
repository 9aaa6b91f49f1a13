"""Attempts that ended in a refusal or a warning, kept so that rules can be explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.database import queries
from sanhuan.identity.access import Caller
from sanhuan.records import errors, ids
from sanhuan.records.errors import Fault
from sanhuan.records.requests import Batch

MOST_KEPT = 100
LARGEST = 100_000


def of(
    catalog: Catalog, caller: Caller, batch: Batch, error: errors.RecordsError
) -> list[dict[str, Any]]:
    """The rows of `kernel.refusal` that an error of a save leaves; none where it says nothing."""
    if isinstance(error, errors.NeedsConsent):
        found: Sequence[Fault] = error.warnings
        kind = "needs_consent"
    elif isinstance(error, errors.Refused):
        found, kind = error.faults, "refused"
    else:
        return []
    item = catalog.objects.get(batch.object)
    if item is None:
        return []
    by_row: dict[int, list[Fault]] = {}
    for fault in found:
        by_row.setdefault(fault.index, []).append(fault)
    return [
        _row(catalog, caller, item, batch, index, faults, kind)
        for index, faults in list(by_row.items())[:MOST_KEPT]
    ]


def _row(
    catalog: Catalog,
    caller: Caller,
    item: ObjectType,
    batch: Batch,
    index: int,
    faults: Sequence[Fault],
    kind: str,
) -> dict[str, Any]:
    write = batch.rows[index] if index < len(batch.rows) else batch.rows[0]
    return {
        "actor": caller.user,
        "via": caller.via,
        "operation": caller.operation or ids.uuid7(),
        "object_id": item.id,
        "record_id": write.id,
        "kind": kind,
        "attempted": Jsonb(_attempted(write.values)),
        "problems": Jsonb(
            [
                {"code": f.code, "field": f.field, "rule": f.rule, "message": f.message.zh}
                for f in faults
            ]
        ),
        "trace": None,
        "catalog_version": catalog.version,
    }


def _attempted(values: Any) -> Any:
    """What was to be written, as JSON without the characters that jsonb can't hold."""
    encoded = msgspec.json.encode(values, enc_hook=str)
    if len(encoded) > LARGEST:
        return {"too_large": len(encoded)}
    return msgspec.json.decode(encoded.replace(b"\\u0000", b""))


async def keep(connection: AsyncConnection[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Write them in a transaction of their own."""
    statements = queries.load("sanhuan.records", "log.sql")
    async with connection.transaction():
        for row in rows:
            await connection.execute(statements["write_refusal"], row)
