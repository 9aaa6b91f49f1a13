"""Whether the log and the tables tell the same: replay, versions, and what hooks count anew.

An object's records are gone through in pages, in the order of their ids, log and table in one
snapshot; so it can run beside work. What is computed is no matter of the log: who computes it
gives a `Recount`, which is asked about the same pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import UUID

from psycopg import rows

from sanhuan.catalog.fields import FieldDefinition, LinesField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.changes import replay
from sanhuan.database import queries
from sanhuan.database.pool import Connection

PAGE = 5_000
MOST_SHOWN = 1_000

What = Literal[
    "no_entry", "no_row", "purged", "first", "gap", "version", "value", "owner", "department",
    "bin", "computed",
]  # fmt: skip
"""no_entry: a row without a log; no_row: a log without a row; purged: a row that the log says is
gone; first: the log does not begin with version 1; gap: versions are missing in it; computed: a
stored value is not what counting anew gives; the others name what differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing in which one record differs. `field_id` for values; log and table as JSON has it.

    For `computed`, `logged` is what counting anew gives.
    """

    object_id: str
    record_id: UUID
    what: What
    field_id: str | None = None
    logged: Any = None
    stored: Any = None


@dataclass(slots=True, kw_only=True)
class ObjectReport:
    """What was found in one object: how many records, and in what they differ how often.

    `differences` shows at most MOST_SHOWN of them; `counts` counts them all.
    """

    object_id: str
    name: str
    records: int = 0
    erased: int = 0
    """Records that differ because entries were erased on record: their values can't be replayed."""
    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def note(self, found: Iterable[Difference]) -> None:
        for difference in found:
            self.counts[difference.what] += 1
            if len(self.differences) < MOST_SHOWN:
                self.differences.append(difference)


Recount: TypeAlias = Callable[
    [Connection, ObjectType, Sequence[UUID]], Awaitable[Sequence[Difference]]
]
"""Counts stored computed values of an object anew for records of a page, named by first and last
id: (connection, object, [first, last]). Answers what differs."""


async def verify(
    connection: Connection,
    catalog: Catalog,
    *,
    recounts: Sequence[Recount] = (),
    page: int = PAGE,
) -> list[ObjectReport]:
    """Compare every object of the catalog with its log, lines with those of their parents."""
    return [
        await verify_object(connection, catalog, item, recounts=recounts, page=page)
        for item in sorted(catalog.objects.values(), key=lambda each: each.name)
        if not item.is_line
    ]


async def verify_object(
    connection: Connection,
    catalog: Catalog,
    item: ObjectType,
    *,
    recounts: Sequence[Recount] = (),
    page: int = PAGE,
) -> ObjectReport:
    """Compare the records of one object with its log."""
    statements = replay.statements(catalog, item)
    report = ObjectReport(object_id=item.id, name=item.name)
    after: UUID | None = UUID(int=0)
    while after is not None:
        async with connection.transaction():
            await connection.execute(queries.load("sanhuan.changes", "verify.sql")["one_snapshot"])
            after = await _verify_page(connection, item, statements, report, after, page, recounts)
    return report


async def _verify_page(
    connection: Connection,
    item: ObjectType,
    statements: replay.Statements,
    report: ObjectReport,
    after: UUID,
    page: int,
    recounts: Sequence[Recount],
) -> UUID | None:
    """Compare a page; returns its last id, None when there are no more."""
    cursor = connection.cursor(row_factory=rows.tuple_row)
    await cursor.execute(
        statements.bound.sql, {**statements.bound.values, "after": after, "page": page}
    )
    last, records = await cursor.fetchone() or (None, 0)
    if last is None:
        return None
    report.records += records
    found = connection.cursor(row_factory=rows.class_row(Pair))
    await found.execute(
        statements.differences.sql,
        {**statements.differences.values, "after": after, "upto": last},
    )
    for pair in await found.fetchall():
        report.erased += bool(pair.is_erased)
        report.note(differences(item, pair))
    for recount in recounts:
        report.note(await recount(connection, item, [after, last]))
    return last if records == page else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A record as the log makes it, beside the row: what is not there is None."""

    record_id: UUID
    is_logged: bool
    is_there: bool
    last_kind: str | None
    first_version: int | None
    versions: int | None
    logged_version: int | None
    version: int | None
    is_erased: bool | None
    replayed: dict[str, Any] | None
    fields: dict[str, Any] | None
    logged_owner: UUID | None
    owner_id: UUID | None
    logged_department: UUID | None
    department_id: UUID | None
    binned: bool | None


def differences(item: ObjectType, pair: Pair) -> Iterator[Difference]:
    """In what a record differs from what the log says of it."""

    def found(what: What, logged: Any = None, stored: Any = None, **more: Any) -> Difference:
        return Difference(
            object_id=item.id, record_id=pair.record_id, what=what, logged=logged, stored=stored,
            **more,
        )  # fmt: skip

    if not pair.is_logged:
        yield found("no_entry")
        return
    if pair.first_version != 1:
        yield found("first", logged=pair.first_version)
    elif pair.versions != pair.logged_version:
        yield found("gap", logged=pair.versions, stored=pair.logged_version)
    if pair.last_kind == "purge" or not pair.is_there:
        if pair.is_there:
            yield found("purged")
        elif pair.last_kind != "purge":
            yield found("no_row")
        return
    if pair.version != pair.logged_version:
        yield found("version", pair.logged_version, pair.version)
    if pair.binned != (pair.last_kind == "delete"):
        yield found("bin", pair.last_kind == "delete", pair.binned)
    if item.owned and pair.owner_id != pair.logged_owner:
        yield found("owner", pair.logged_owner, pair.owner_id)
    if item.owned and pair.department_id != pair.logged_department:
        yield found("department", pair.logged_department, pair.department_id)
    if not pair.is_erased:
        for one in replay.written(item):
            logged, stored = (pair.replayed or {}).get(one.id), (pair.fields or {}).get(one.id)
            if not is_same(one, logged, stored):
                yield found("value", logged, stored, field_id=one.id)


def is_same(one: FieldDefinition, logged: Any, stored: Any) -> bool:
    """Whether two JSON values are one value of the field, written differently perhaps.

    The log keeps the text of its day: "12.00" from before the scale became 3.
    """
    if logged == stored:
        return True
    if logged is None or stored is None or isinstance(one, LinesField):
        return False
    try:
        return bool(one.from_json(logged) == one.from_json(stored))
    except (ValueError, TypeError, ArithmeticError):
        return False


async def unknown_objects(connection: Connection, catalog: Catalog) -> dict[str, int]:
    """Objects that the log knows and the catalog does not (dropped ones), with their entries."""
    cursor = connection.cursor(row_factory=rows.tuple_row)
    await cursor.execute(
        queries.load("sanhuan.changes", "verify.sql")["unknown_objects"],
        {"known": [item.id for item in catalog.objects.values()]},
    )
    return dict(await cursor.fetchall())
