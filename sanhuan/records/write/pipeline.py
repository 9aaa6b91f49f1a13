"""The one way in which a business record changes.

    parse -> may this person? -> defaults -> set rules -> own formulas -> check, warn, block
    -> right on the result -> write row and entry in one statement -> parents' rollups

A form's save is a batch of one. What a batch needs from elsewhere is read once for all its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from sanhuan import expressions
from sanhuan.catalog.runtime import Catalog
from sanhuan.errors import Text
from sanhuan.identity.access import Caller
from sanhuan.records import errors, ids
from sanhuan.records.read.statements import Statements
from sanhuan.records.requests import MOST_WRITES, Batch, Result, Saved, Write
from sanhuan.records.write import deciding, deletion, meeting, parse, writing
from sanhuan.records.write.compiled import Compiler
from sanhuan.records.write.drafts import Draft, moves
from sanhuan.records.write.statements import WriteStatements
from sanhuan.records.write.work import ACTS, Reaction, Tools, Work

STATUSES = {"create": "created", "update": "updated", "delete": "deleted", "restore": "restored"}


class Writer:
    """Saves batches. `reactions` run in the transaction after records of an object changed."""

    def __init__(
        self,
        statements: Statements,
        secret: bytes,
        reactions: Mapping[str, Reaction] | None = None,
    ) -> None:
        self.tools = Tools(statements, WriteStatements(), Compiler(), secret, dict(reactions or {}))

    async def save(
        self,
        tx: AsyncConnection[Any],
        catalog: Catalog,
        caller: Caller,
        batch: Batch,
        context: expressions.Context,
        now: datetime,
    ) -> Saved:
        """Judge and write a batch; all or nothing lasts with the caller's transaction.

        Raises `errors.RecordsError`: in mode `all` for the first row that can't be saved.
        """
        work = self._work(tx, catalog, caller, batch, context, now)
        how = parse.reading(catalog, caller, work.item, batch)
        drafts = parse.drafts(work.item, batch, now, how)
        await meeting.resolve(work, drafts)
        await meeting.load(work, drafts)
        await deciding.prepare(work, drafts)
        await _plan_deletions(work, drafts)
        _raise_refused(work, drafts)
        if not batch.check_only:
            await writing.write(work, [draft for draft in drafts if not _stopped(draft)])
        return Saved(work.operation, tuple(_result(work, draft) for draft in drafts))

    def _work(
        self,
        tx: AsyncConnection[Any],
        catalog: Catalog,
        caller: Caller,
        batch: Batch,
        context: expressions.Context,
        now: datetime,
    ) -> Work:
        item = catalog.object(batch.object)
        if item.is_line:
            raise errors.BadRequest(
                "lines", Text("明细随主记录保存", "Lines are saved with their record")
            )
        if len(batch.rows) > MOST_WRITES:
            raise errors.TooMany(MOST_WRITES)
        acts = {ACTS.get(row.operation, "create") for row in batch.rows}
        if any(row.operation == "upsert" for row in batch.rows):
            acts |= {"create", "edit"}
        for act in sorted(acts):
            if not caller.may(act, item.id):
                if not caller.may("see", item.id):
                    raise errors.NotFound
                raise errors.Forbidden(act)
        line_items = {one.id: catalog.objects[one.object] for one in item.lines}
        return Work(
            tools=self.tools,
            save=self.save,
            tx=tx,
            catalog=catalog,
            caller=caller,
            item=item,
            rules=self.tools.compiler.of(catalog, item),
            batch=batch,
            context=context,
            now=now,
            operation=caller.operation or ids.uuid7(),
            line_items=line_items,
            line_rules={i: self.tools.compiler.of(catalog, one) for i, one in line_items.items()},
        )


def _raise_refused(work: Work, drafts: Sequence[Draft]) -> None:
    """In mode `all`, and for a batch of one, what stands against any row ends it."""
    if work.batch.mode == "each" or work.batch.check_only:
        return
    faults = [fault for draft in drafts for fault in draft.faults]
    if faults:
        raise _refusal(drafts, faults)
    warnings = [warning for draft in drafts for warning in draft.warnings]
    if warnings:
        raise errors.NeedsConsent(warnings)


def _result(work: Work, draft: Draft) -> Result:
    if _stopped(draft):
        # An upsert finds its record by a value: its id is not told to who may not change it.
        is_named = draft.operation != "create" and draft.write.id is not None
        known = draft.id if is_named else None
        return Result(
            draft.index, "refused", known, None, tuple(draft.faults), tuple(draft.warnings)
        )
    status: Any = STATUSES[draft.operation]
    version = draft.version + 1
    if draft.operation == "update" and not moves(draft):
        status, version = "unchanged", draft.version
    return Result(draft.index, status, draft.id, version)


async def _plan_deletions(work: Work, drafts: Sequence[Draft]) -> None:
    """What points at records to be binned: it refuses, lets go, or goes along."""
    gone = [d for d in drafts if d.operation == "delete" and not d.refused]
    if not gone:
        return
    ids_gone = [draft.id for draft in gone]
    for item, one in work.catalog.incoming.get(work.item.name, ()):
        if item.is_line:
            continue
        found = await deletion.pointing(
            work.tx, work.tools.statements, work.catalog, item, one, ids_gone
        )
        for draft in gone:
            pointing = [i for i in found.get(draft.id, ()) if i not in ids_gone]
            if not pointing:
                continue
            too_many = len(pointing) > deletion.MOST_FOLLOWING
            if one.on_delete == "restrict" or too_many:
                deletion.refuse(draft, item, len(pointing))
            elif not draft.refused and not work.batch.check_only:
                writes = [
                    Write("delete", id=i)
                    if one.on_delete == "cascade"
                    else Write("update", {one.name: None}, id=i)
                    for i in pointing
                ]
                await work.along(item.name, writes)


def _stopped(draft: Draft) -> bool:
    return bool(draft.faults or draft.warnings)


def _refusal(drafts: Sequence[Draft], faults: Sequence[errors.Fault]) -> errors.RecordsError:
    """The error that fits: a batch of one answers as its one row does."""
    if len(drafts) == 1:
        code = faults[0].code
        if code == "not_found" and faults[0].field is None:
            return errors.NotFound()
        if code == "forbidden":
            return errors.Forbidden("edit")
        if code == "version_conflict":
            return errors.VersionConflict(drafts[0].id)
    if all(fault.code == "not_unique" for fault in faults):
        return errors.NotUnique(faults)
    return errors.Refused(faults)
