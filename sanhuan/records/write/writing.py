"""Rows and their entries, lines, links, and what follows from them in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from sanhuan.catalog.fields import ReferencesField
from sanhuan.catalog.runtime import ObjectType
from sanhuan.records.requests import Write
from sanhuan.records.write import deletion, entries, rollups, uniqueness
from sanhuan.records.write.drafts import Draft, moves
from sanhuan.records.write.statements import execute
from sanhuan.records.write.work import Work

CHUNK = 1_000


async def write(work: Work, drafts: Sequence[Draft]) -> None:
    created = [d for d in drafts if d.operation == "create"]
    updated = [d for d in drafts if d.operation == "update" and moves(d)]
    binned = [d for d in drafts if d.operation == "delete"]
    restored = [d for d in drafts if d.operation == "restore"]
    shared = entries.shared(work.catalog, work.caller, work.item, work.operation, work.now)
    try:
        await _create(work, created, shared)
        await _update(work, updated, shared)
        await _bin(work, binned, shared)
        await _restore(work, restored, shared)
    except psycopg.errors.UniqueViolation as error:
        raise uniqueness.taken(work, error) from error
    moved = [rollups.Moved(None, d.values) for d in (*created, *restored)]
    moved += [rollups.Moved(d.before, d.values) for d in updated]
    moved += [rollups.Moved(d.before, None) for d in binned]
    if moved:
        await rollups.follow(work.tx, work.tools, work.catalog, work.item, moved, work.context)
    reaction = work.tools.reactions.get(work.item.id)
    if reaction is not None and moved:
        await reaction(work.tx)


async def _create(work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any]) -> None:
    if not drafts:
        return
    columns = entries.created_columns(work.item)
    statement = work.tools.writes.insert(work.item, columns, logged=True)
    for chunk in _chunks(drafts):
        rows = [_row(work, draft, "create", 1) for draft in chunk]
        await execute(work.tx, statement, rows, shared)
    await _write_lines(work, drafts)
    await _write_links(work, drafts)


async def _update(work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any]) -> None:
    if not drafts:
        return
    columns = entries.changed_columns(work.item, drafts)
    statement = work.tools.writes.update(work.item, columns, logged=True)
    only = frozenset(columns)
    for chunk in _chunks(drafts):
        rows = [_row(work, draft, "update", draft.version + 1, only) for draft in chunk]
        await execute(work.tx, statement, rows, shared)
    await _write_lines(work, drafts)
    await _write_links(work, drafts)


async def _bin(work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any]) -> None:
    await mark(work, drafts, shared, "delete")


async def _restore(work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any]) -> None:
    await mark(work, drafts, shared, "restore")
    for draft in drafts:
        for object_id, other in await deletion.gone_along(work.tx, draft.id):
            item = work.catalog.objects_by_id.get(object_id)
            if item is not None:
                rows = [Write("restore", id=other)]
                await work.along(item.name, rows, mode="each")


async def mark(work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any], kind: str) -> None:
    """Set or clear the marks of the bin."""
    if not drafts:
        return
    columns = ["id", "version", "updated_at", "updated_by", "deleted_at", "deleted_by"]
    statement = work.tools.writes.update(work.item, columns, logged=True)
    rows = []
    for draft in drafts:
        built = _row(work, draft, kind, draft.version + 1, columns)
        gone = kind == "delete"
        built["deleted_at"] = built["updated_at"] if gone else None
        built["deleted_by"] = str(work.caller.user) if gone else None
        rows.append(built)
    await execute(work.tx, statement, rows, shared)


def _row(
    work: Work, draft: Draft, kind: str, version: int, only: Collection[str] | None = None
) -> dict[str, Any]:
    built = entries.row(work.rules, draft, version, work.now, work.caller, only)
    return built | entries.entry(work.rules, draft, kind, work.line_items)


async def _write_lines(work: Work, drafts: Sequence[Draft]) -> None:
    for field_id, target in work.line_items.items():
        rows = [line for draft in drafts for line in draft.lines.get(field_id, ())]
        new = [line for line in rows if line.operation == "create"]
        old = [line for line in rows if line.operation == "update" and line.changed()]
        gone = [line for line in rows if line.operation == "delete" and line.before]
        if new:
            statement = work.tools.writes.insert(
                target, entries.created_columns(target), logged=False
            )
            await _run_lines(work, target, statement, new)
        if old:
            columns = entries.changed_columns(target, old)
            statement = work.tools.writes.update(target, columns, logged=False)
            await _run_lines(work, target, statement, old)
        if gone:
            statement = work.tools.writes.update(target, ["id", "deleted_at"], logged=False)
            marked = [{"id": str(line.id), "deleted_at": work.now.isoformat()} for line in gone]
            await execute(work.tx, statement, marked, {})
        moved = [rollups.Moved(None, line.values) for line in new]
        moved += [rollups.Moved(line.before, line.values) for line in old]
        moved += [rollups.Moved(line.before, None) for line in gone]
        if moved:
            await rollups.follow(work.tx, work.tools, work.catalog, target, moved, work.context)


async def _run_lines(
    work: Work, target: ObjectType, statement: bytes, rows: Sequence[Draft]
) -> None:
    rules = work.tools.compiler.of(work.catalog, target)
    for chunk in _chunks(rows):
        built = [
            entries.row(rules, line, line.version + 1, work.now, work.caller) for line in chunk
        ]
        await execute(work.tx, statement, built, {})


async def _write_links(work: Work, drafts: Sequence[Draft]) -> None:
    """Pairs of many-to-many fields: those that came and those that went."""
    for one in work.item.own_fields:
        if not isinstance(one, ReferencesField):
            continue
        came, went = _pairs(drafts, one.id)
        link = work.item.links[one.id]
        if came:
            await work.tx.execute(_link_statement(link, "insert"), came)
        if went:
            await work.tx.execute(_link_statement(link, "delete"), went)


def _chunks(drafts: Sequence[Draft]) -> Iterable[Sequence[Draft]]:
    for start in range(0, len(drafts), CHUNK):
        yield drafts[start : start + CHUNK]


def _pairs(
    drafts: Sequence[Draft], field_id: str
) -> tuple[dict[str, list[UUID]], dict[str, list[UUID]]]:
    came: dict[str, list[UUID]] = {"records": [], "targets": []}
    went: dict[str, list[UUID]] = {"records": [], "targets": []}
    for draft in drafts:
        before = set(draft.before.get(field_id) or ())
        after = set(draft.values.get(field_id) or ())
        for target in sorted(after - before):
            came["records"].append(draft.id)
            came["targets"].append(target)
        for target in sorted(before - after):
            went["records"].append(draft.id)
            went["targets"].append(target)
    return (came if came["records"] else {}), (went if went["records"] else {})


def _link_statement(link: Any, what: str) -> Any:
    table = sql.Identifier("data", link.name)
    pairs = sql.SQL("unnest(%(records)s::uuid[], %(targets)s::uuid[]) as p(record, target)")
    if what == "insert":
        return sql.SQL(
            "insert into {} (record, target) select record, target from {} on conflict do nothing"
        ).format(table, pairs)
    return sql.SQL(
        "delete from {} l using {} where l.record = p.record and l.target = p.target"
    ).format(table, pairs)
