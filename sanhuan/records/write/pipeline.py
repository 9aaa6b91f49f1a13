"""The one way in which a business record changes.

    parse -> may this person? -> defaults -> set rules -> own formulas -> check, warn, block
    -> right on the result -> write row and entry in one statement -> parents' rollups

A form's save is a batch of one. What a batch needs from elsewhere is read once for all its rows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, sql
from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan import expressions
from sanhuan.catalog.fields import AutoNumberField, Problem, ReferencesField, RollupField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.database import queries
from sanhuan.errors import Text
from sanhuan.identity.access import SYSTEM_USER, Caller, system_caller
from sanhuan.records import errors, ids
from sanhuan.records.read.statements import Statements, compiled
from sanhuan.records.requests import MOST_WRITES, Batch, Result, Saved, Write
from sanhuan.records.write import (
    current,
    deletion,
    entries,
    far,
    judge,
    lines,
    parse,
    rights,
    rollups,
)
from sanhuan.records.write.compiled import CompiledObject, Compiler
from sanhuan.records.write.drafts import Draft, Far, View
from sanhuan.records.write.statements import WriteStatements, execute

Reaction = Callable[[AsyncConnection[Any]], Awaitable[None]]
ACTS = {"create": "create", "update": "edit", "delete": "delete", "restore": "delete"}
STATUSES = {"create": "created", "update": "updated", "delete": "deleted", "restore": "restored"}
CHUNK = 1_000


@dataclass
class Work:
    """One batch in the pipeline, with what it goes by."""

    tx: AsyncConnection[Any]
    catalog: Catalog
    caller: Caller
    item: ObjectType
    rules: CompiledObject
    batch: Batch
    context: expressions.Context
    now: datetime
    operation: UUID
    far: Far = field(default_factory=Far)
    current: dict[UUID, current.Current] = field(default_factory=dict)
    line_rules: Mapping[str, CompiledObject] = field(default_factory=dict)
    line_items: Mapping[str, ObjectType] = field(default_factory=dict)


class Writer:
    """Saves batches. `reactions` run in the transaction after records of an object changed."""

    def __init__(
        self,
        statements: Statements,
        secret: bytes,
        reactions: Mapping[str, Reaction] | None = None,
    ) -> None:
        self._statements = statements
        self._writes = WriteStatements()
        self.compiler = Compiler()
        self._secret = secret
        self._reactions = dict(reactions or {})
        self._tools = rollups.Tools(statements, self._writes, self.compiler)

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
        drafts = parse.drafts(catalog, work.item, batch, now, trusted=caller.user == SYSTEM_USER)
        await self._resolve(work, drafts)
        await self._load(work, drafts)
        await self._prepare(work, drafts)
        await self._plan_deletions(work, drafts)
        self._raise_refused(work, drafts)
        if not batch.check_only:
            await self._write(work, [draft for draft in drafts if not _stopped(draft)])
        return Saved(work.operation, tuple(self._result(work, draft) for draft in drafts))

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
            tx=tx,
            catalog=catalog,
            caller=caller,
            item=item,
            rules=self.compiler.of(catalog, item),
            batch=batch,
            context=context,
            now=now,
            operation=caller.operation or ids.uuid7(),
            line_items=line_items,
            line_rules={i: self.compiler.of(catalog, one) for i, one in line_items.items()},
        )

    # What is there

    async def _resolve(self, work: Work, drafts: Sequence[Draft]) -> None:
        """Turn upserts whose key is known into updates."""
        if not any(draft.write.operation == "upsert" for draft in drafts):
            return
        one = work.item.fields.get(work.batch.key or "")
        if one is None or not one.unique or not one.stored:
            raise errors.BadRequest(
                "bad_key",
                Text("匹配字段要是唯一的", "The key has to be a unique field"),
                field="key",
            )
        column = work.item.table.c[one.columns()[0].name]
        chosen = select(column, work.item.table.c.id).where(
            column == any_(bindparam("values", type_=ARRAY(column.type))),
            work.item.table.c.deleted_at.is_(None),
        )
        statement = compiled(chosen, ())
        wanted = [draft.values[one.id] for draft in drafts if draft.values.get(one.id) is not None]
        cursor = await work.tx.execute(statement.sql, {**statement.values, "values": wanted})
        known: dict[Any, UUID] = dict(await cursor.fetchall())
        for draft in drafts:
            if draft.write.operation == "upsert" and draft.values.get(one.id) in known:
                draft.operation = "update"
                draft.id = known[draft.values[one.id]]

    async def _load(self, work: Work, drafts: Sequence[Draft]) -> None:
        """Lock what is changed, and compare versions and rights with it."""
        old = [d for d in drafts if d.operation != "create" and not d.refused]
        if not old:
            return
        work.current = await current.load(
            work.tx,
            self._statements,
            work.catalog,
            work.caller,
            work.context,
            work.item,
            [draft.id for draft in old],
        )
        for draft in old:
            self._meet(work, draft, work.current.get(draft.id))

    def _meet(self, work: Work, draft: Draft, there: current.Current | None) -> None:
        wants_bin = draft.operation == "restore"
        if there is None or there.deleted != wants_bin or not self._sees(work, there):
            draft.fault("not_found", "没有这条记录，或你看不到它", "No such record, or not for you")
            return
        act = ACTS[draft.operation]
        if not any(
            took and act in grant.acts
            for took, grant in zip(there.changes, work.caller.grants[work.item.id], strict=True)
        ):
            draft.fault("forbidden", "你没有权限改这条记录", f"You may not {act} this record")
            return
        wanted = draft.write.version
        if wanted is not None and wanted != int(there.values["_version"]):
            draft.fault("version_conflict", "别人先改过了", "Someone changed it first")
            return
        written = {i: draft.values.get(i) for i in draft.written if i not in draft.lines}
        draft.before = dict(there.values)
        draft.values = {**there.values, **written}
        for field_id, value in written.items():
            if value is None:
                draft.values.pop(field_id, None)
        draft.errors, draft.errors_before = dict(there.errors), dict(there.errors)

    def _sees(self, work: Work, there: current.Current) -> bool:
        grants = work.caller.grants[work.item.id]
        return any(
            took and "see" in grant.acts for took, grant in zip(there.sees, grants, strict=True)
        )

    # What it is to be

    async def _prepare(self, work: Work, drafts: Sequence[Draft]) -> None:
        """Defaults, rules, formulas and checks, for rows that nothing stands against yet."""
        rows = [d for d in drafts if d.operation in ("create", "update", "restore")]
        await self._own(work, rows)
        await self._number(work, rows)
        await lines.attach(
            work.tx,
            self._statements,
            work.catalog,
            work.item,
            rows,
            needed=self._lines_needed(work),
        )
        for draft in rows:
            self._defaults(work, draft)
        await self._beyond(work, rows)
        for draft in rows:
            if not draft.refused:
                self._decide(work, draft)
        await self._beyond(work, rows)
        await self._check_unique(work, rows)

    def _lines_needed(self, work: Work) -> frozenset[str]:
        """Lines that rules or formulas of the record itself read."""
        read: set[str] = set()
        for rule in (*work.rules.setting, *work.rules.judging):
            read |= {path[0] for path in rule.uses}
        for _, formula in work.rules.formulas:
            read |= {path[0] for path in formula.uses}
        return frozenset(read & set(work.line_items))

    async def _own(self, work: Work, drafts: Sequence[Draft]) -> None:
        """A new record is its maker's; the department is the owner's unless it is written."""
        for draft in drafts:
            draft.values["_id"] = draft.id
            self._note_assigning(work, draft)
            is_own = "_owner" not in draft.written and work.caller.user != SYSTEM_USER
            if draft.operation == "create" and work.item.owned and is_own:
                draft.values["_owner"] = work.caller.user
        if not work.item.owned:
            return
        moved = [
            draft
            for draft in drafts
            if draft.values.get("_owner") != draft.before.get("_owner")
            and "_department" not in draft.written
        ]
        owners = {draft.values["_owner"] for draft in moved if draft.values.get("_owner")}
        unknown = owners - {work.caller.user}
        known: dict[UUID, UUID | None] = {work.caller.user: work.caller.department}
        if unknown:
            statements = queries.load("sanhuan.records", "log.sql")
            cursor = await work.tx.execute(
                statements["departments_of_owners"], {"ids": list(unknown)}
            )
            known.update(dict(await cursor.fetchall()))
        for draft in moved:
            department = known.get(draft.values.get("_owner") or UUID(int=0))
            if department is not None:
                draft.values["_department"] = department
            elif draft.values.get("_owner") is not None:
                draft.values.pop("_department", None)

    def _note_assigning(self, work: Work, draft: Draft) -> None:
        """Giving a record to someone else, or another department, takes the right to assign."""
        for field_id in draft.written & {"_owner", "_department"}:
            value = draft.values.get(field_id)
            mine = (work.caller.user, work.caller.department)
            if draft.operation == "create" and value in mine and value is not None:
                continue
            if value == draft.before.get(field_id):
                continue
            if not self._may_assign(work, draft):
                one = work.item.by_id[field_id]
                draft.fault("read_only", "你没有分配的权限", "You may not assign", one)

    def _may_assign(self, work: Work, draft: Draft) -> bool:
        if draft.operation == "create":
            return work.caller.may("assign", work.item.id)
        there = work.current.get(draft.id)
        grants = work.caller.grants.get(work.item.id, ())
        return there is not None and any(
            took and "assign" in grant.acts
            for took, grant in zip(there.changes, grants, strict=True)
        )

    async def _number(self, work: Work, drafts: Sequence[Draft]) -> None:
        """Give new records their numbers."""
        new = [d for d in drafts if d.operation == "create" and not d.refused]
        for one in work.item.own_fields:
            if isinstance(one, AutoNumberField) and new and not work.batch.check_only:
                sequence = f"data.s_{work.item.id}_{one.id}"
                statements = queries.load("sanhuan.records", "log.sql")
                cursor = await work.tx.execute(
                    statements["next_numbers"], {"sequence": sequence, "count": len(new)}
                )
                for draft, (number,) in zip(new, await cursor.fetchall(), strict=True):
                    day = (draft.occurred_at or work.now).astimezone(work.context.zone)
                    draft.values[one.id] = one.write(number, day)

    def _defaults(self, work: Work, draft: Draft) -> None:
        context = judge.at(work.context, draft, None)
        if draft.operation == "create":
            self._default(work.rules, draft, context)
        for field_id, rows in draft.lines.items():
            for line in rows:
                if line.operation == "create":
                    self._default(work.line_rules[field_id], line, context)

    def _default(self, rules: CompiledObject, draft: Draft, context: expressions.Context) -> None:
        view = View(draft.values, Far())
        for one, formula in rules.defaults:
            if one.id in draft.written:
                continue
            value = formula.run(view, context)
            if value is None or isinstance(value, expressions.ErrorValue):
                continue
            try:
                draft.values[one.id] = one.settle(value)
                draft.written.add(one.id)
            except Problem as problem:
                draft.problem(one, problem)

    async def _beyond(self, work: Work, drafts: Sequence[Draft]) -> None:
        """References that were written, and what formulas read through references."""
        alive = [draft for draft in drafts if not draft.refused]
        await far.check_references(
            work.tx, self._statements, work.catalog, work.caller, work.context, work.item,
            alive, work.far,
        )  # fmt: skip
        await far.read(work.tx, self._statements, work.catalog, work.rules, alive, work.far)
        for field_id, target in work.line_items.items():
            rows = [line for draft in alive for line in draft.lines.get(field_id, ())]
            if rows:
                await far.check_references(
                    work.tx, self._statements, work.catalog, work.caller, work.context, target,
                    rows, work.far,
                )  # fmt: skip
                rules = work.line_rules[field_id]
                await far.read(work.tx, self._statements, work.catalog, rules, rows, work.far)

    def _decide(self, work: Work, draft: Draft) -> None:
        """Rules and formulas of one row, then what judges the result."""
        view, line_views = self._views(work, draft)
        old = View(draft.before, work.far) if draft.operation != "create" else None
        context = judge.at(work.context, draft, old)
        for field_id, rows in draft.lines.items():
            self._decide_lines(work, field_id, rows, line_views[field_id], context)
        rollups.over_lines(work.rules.line_sums, draft, line_views, context)
        if draft.operation == "create":
            self._empty_rollups(work, draft)
        judge.apply_sets(work.rules, draft, view, context)
        judge.compute(work.rules, draft, view, context)
        judge.check_required(work.rules, draft)
        judge.check_ways(work.rules, draft, view, context)
        judge.judge(work.rules, draft, view, context, work.caller, self._secret)
        self._check_rights(work, draft, view)
        if draft.trace and (inputs := judge.far_inputs(work.rules, draft, view)):
            draft.trace.append({"inputs": inputs})

    def _views(self, work: Work, draft: Draft) -> tuple[View, dict[str, list[View]]]:
        views: dict[str, list[View]] = {}
        alive: dict[str, list[View]] = {}
        view = View(draft.values, work.far, alive)
        for field_id, rows in draft.lines.items():
            views[field_id] = [View(line.values, work.far, parent=view) for line in rows]
            alive[field_id] = [
                one
                for one, line in zip(views[field_id], rows, strict=True)
                if line.operation != "delete"
            ]
        return view, views

    def _decide_lines(
        self,
        work: Work,
        field_id: str,
        rows: Sequence[Draft],
        views: Sequence[View],
        context: expressions.Context,
    ) -> None:
        rules = work.line_rules[field_id]
        for line, view in zip(rows, views, strict=True):
            if line.operation == "delete":
                continue
            ours = judge.at(context, line, View(line.before, work.far) if line.before else None)
            judge.apply_sets(rules, line, view, ours)
            judge.compute(rules, line, view, ours)
            judge.check_required(rules, line)
            judge.check_ways(rules, line, view, ours)
            judge.judge(rules, line, view, ours, work.caller, self._secret)

    def _empty_rollups(self, work: Work, draft: Draft) -> None:
        """What a record without rows counts and sums to."""
        for one in work.item.own_fields:
            if isinstance(one, RollupField) and one.function in rollups.MOVING:
                draft.values.setdefault(one.id, one.settle(Decimal(0)))

    def _check_rights(self, work: Work, draft: Draft, view: View) -> None:
        """Right on the result: the rows and fields that the caller's grants let him write."""
        if work.caller.user == SYSTEM_USER and work.caller.scopes is None:
            return
        own = rights.Rights(work.catalog, work.caller, work.item, work.context)
        act = "create" if draft.operation == "create" else ACTS[draft.operation]
        there = work.current.get(draft.id)
        before = there.changes if there is not None else [False] * len(own.grants)
        took = [
            grant
            for grant, takes in zip(own.grants, before, strict=True)
            if takes and act in grant.acts
        ]
        after = own.on_result(act, draft, view, before)
        allowing = after if draft.operation == "create" else took
        if not after and not self._was_assigned(work, draft):
            draft.fault(
                "forbidden", "改成这样就超出你的权限了", "The result lies outside your rights"
            )
        for field_id in draft.written:
            self._check_field(work, draft, field_id, allowing)

    def _was_assigned(self, work: Work, draft: Draft) -> bool:
        """A record may leave one's rows when its owner or department was changed by right."""
        return (
            draft.operation == "update"
            and any(draft.values.get(i) != draft.before.get(i) for i in ("_owner", "_department"))
            and self._may_assign(work, draft)
        )

    def _check_field(
        self, work: Work, draft: Draft, field_id: str, allowing: Sequence[Any]
    ) -> None:
        one = work.item.by_id[field_id]
        if field_id in ("_owner", "_department") or (
            one.default is not None
            and (draft.operation == "create" and one.name not in draft.write.values)
        ):
            return
        right = rights.writable(allowing, one)
        if right == "write":
            return
        if right == "hidden":
            shown = one.name
            draft.fault("unknown_field", f"没有字段 {shown}", f"There is no field {shown}")
        elif right == "masked":
            draft.fault(
                "masked", f"{one.label.zh}对你打码，不能改", "Masked for you, can't be changed", one
            )
        else:
            draft.fault("read_only", f"{one.label.zh}对你只读", "Read-only for you", one)

    async def _check_unique(self, work: Work, drafts: Sequence[Draft]) -> None:
        """In batches: which rows repeat a value that is taken, or each other."""
        if len(drafts) < 2 and not work.batch.check_only:
            return
        for group in work.rules.unique:
            await self._check_group(work, drafts, group)

    async def _check_group(self, work: Work, drafts: Sequence[Draft], group: Sequence[Any]) -> None:
        keyed: dict[tuple[Any, ...], Draft] = {}
        for draft in drafts:
            key = tuple(draft.values.get(one.id) for one in group)
            if draft.refused or None in key:
                continue
            if key == tuple(draft.before.get(one.id) for one in group):
                continue
            if key in keyed:
                _note_taken(draft, group)
            else:
                keyed[key] = draft
        if not keyed:
            return
        columns = [work.item.table.c[one.columns()[0].name] for one in group]
        first = columns[0]
        chosen = select(work.item.table.c.id, *columns).where(
            first == any_(bindparam("values", type_=ARRAY(first.type))),
            work.item.table.c.deleted_at.is_(None),
        )
        statement = compiled(chosen, ())
        values = list({key[0] for key in keyed})
        cursor = await work.tx.execute(statement.sql, {**statement.values, "values": values})
        for record, *found in await cursor.fetchall():
            taken = keyed.get(tuple(found))
            if taken is not None and taken.id != record:
                _note_taken(taken, group)

    # Refusing

    def _raise_refused(self, work: Work, drafts: Sequence[Draft]) -> None:
        """In mode `all`, and for a batch of one, what stands against any row ends it."""
        if work.batch.mode == "each" or work.batch.check_only:
            return
        faults = [fault for draft in drafts for fault in draft.faults]
        if faults:
            raise _refusal(drafts, faults)
        warnings = [warning for draft in drafts for warning in draft.warnings]
        if warnings:
            raise errors.NeedsConsent(warnings)

    def _result(self, work: Work, draft: Draft) -> Result:
        if _stopped(draft):
            known = None if draft.operation == "create" else draft.id
            return Result(
                draft.index, "refused", known, None, tuple(draft.faults), tuple(draft.warnings)
            )
        status: Any = STATUSES[draft.operation]
        version = draft.version + 1
        if draft.operation == "update" and not _moves(draft):
            status, version = "unchanged", draft.version
        return Result(draft.index, status, draft.id, version)

    # Writing

    async def _write(self, work: Work, drafts: Sequence[Draft]) -> None:
        created = [d for d in drafts if d.operation == "create"]
        updated = [d for d in drafts if d.operation == "update" and _moves(d)]
        binned = [d for d in drafts if d.operation == "delete"]
        restored = [d for d in drafts if d.operation == "restore"]
        shared = entries.shared(work.catalog, work.caller, work.item, work.operation, work.now)
        try:
            await self._create(work, created, shared)
            await self._update(work, updated, shared)
            await self._bin(work, binned, shared)
            await self._restore(work, restored, shared)
        except psycopg.errors.UniqueViolation as error:
            raise self._taken(work, error) from error
        moved = [rollups.Moved(None, d.values) for d in (*created, *restored)]
        moved += [rollups.Moved(d.before, d.values) for d in updated]
        moved += [rollups.Moved(d.before, None) for d in binned]
        if moved:
            await rollups.follow(work.tx, self._tools, work.catalog, work.item, moved, work.context)
        reaction = self._reactions.get(work.item.id)
        if reaction is not None and moved:
            await reaction(work.tx)

    async def _create(self, work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any]) -> None:
        if not drafts:
            return
        columns = entries.created_columns(work.item)
        statement = self._writes.insert(work.item, columns, logged=True)
        for chunk in _chunks(drafts):
            rows = [self._row(work, draft, "create", 1) for draft in chunk]
            await execute(work.tx, statement, rows, shared)
        await self._write_lines(work, drafts)
        await self._write_links(work, drafts)

    async def _update(self, work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any]) -> None:
        if not drafts:
            return
        columns = entries.changed_columns(work.item, drafts)
        statement = self._writes.update(work.item, columns, logged=True)
        for chunk in _chunks(drafts):
            rows = [self._row(work, draft, "update", draft.version + 1) for draft in chunk]
            await execute(work.tx, statement, rows, shared)
        await self._write_lines(work, drafts)
        await self._write_links(work, drafts)

    async def _bin(self, work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any]) -> None:
        await self._mark(work, drafts, shared, "delete")

    async def _restore(
        self, work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any]
    ) -> None:
        await self._mark(work, drafts, shared, "restore")
        for draft in drafts:
            for object_id, other in await deletion.gone_along(work.tx, draft.id):
                item = work.catalog.objects_by_id.get(object_id)
                if item is not None:
                    rows = [Write("restore", id=other)]
                    await self._along(work, item.name, rows, mode="each")

    async def _mark(
        self, work: Work, drafts: Sequence[Draft], shared: Mapping[str, Any], kind: str
    ) -> None:
        """Set or clear the marks of the bin."""
        if not drafts:
            return
        columns = ["id", "version", "updated_at", "updated_by", "deleted_at", "deleted_by"]
        statement = self._writes.update(work.item, columns, logged=True)
        rows = []
        for draft in drafts:
            built = self._row(work, draft, kind, draft.version + 1)
            gone = kind == "delete"
            built["deleted_at"] = built["updated_at"] if gone else None
            built["deleted_by"] = str(work.caller.user) if gone else None
            rows.append(built)
        await execute(work.tx, statement, rows, shared)

    def _row(self, work: Work, draft: Draft, kind: str, version: int) -> dict[str, Any]:
        built = entries.row(work.item, draft, version, work.now, work.caller)
        return built | entries.entry(work.item, draft, kind, work.line_items)

    async def _write_lines(self, work: Work, drafts: Sequence[Draft]) -> None:
        for field_id, target in work.line_items.items():
            rows = [line for draft in drafts for line in draft.lines.get(field_id, ())]
            new = [line for line in rows if line.operation == "create"]
            old = [line for line in rows if line.operation == "update" and line.changed()]
            gone = [line for line in rows if line.operation == "delete" and line.before]
            if new:
                statement = self._writes.insert(
                    target, entries.created_columns(target), logged=False
                )
                await self._run_lines(work, target, statement, new)
            if old:
                columns = entries.changed_columns(target, old)
                statement = self._writes.update(target, columns, logged=False)
                await self._run_lines(work, target, statement, old)
            if gone:
                statement = self._writes.update(target, ["id", "deleted_at"], logged=False)
                marked = [{"id": str(line.id), "deleted_at": work.now.isoformat()} for line in gone]
                await execute(work.tx, statement, marked, {})
            moved = [rollups.Moved(None, line.values) for line in new]
            moved += [rollups.Moved(line.before, line.values) for line in old]
            moved += [rollups.Moved(line.before, None) for line in gone]
            if moved:
                await rollups.follow(
                    work.tx, self._tools, work.catalog, target, moved, work.context
                )

    async def _run_lines(
        self, work: Work, target: ObjectType, statement: bytes, rows: Sequence[Draft]
    ) -> None:
        for chunk in _chunks(rows):
            built = [
                entries.row(target, line, line.version + 1, work.now, work.caller) for line in chunk
            ]
            await execute(work.tx, statement, built, {})

    async def _write_links(self, work: Work, drafts: Sequence[Draft]) -> None:
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

    def _taken(self, work: Work, error: psycopg.errors.UniqueViolation) -> errors.Refused:
        """The field whose value another record holds, without that record."""
        name = error.diag.constraint_name or ""
        group = next(
            (g for g in work.rules.unique if name == _unique_name(work.item, g)),
            work.rules.unique[0] if work.rules.unique else (),
        )
        draft = Draft(0, Write("create"), "create", UUID(int=0))
        _note_taken(draft, group)
        return errors.NotUnique(draft.faults)

    # Binning

    async def _plan_deletions(self, work: Work, drafts: Sequence[Draft]) -> None:
        """What points at records to be binned: it refuses, lets go, or goes along."""
        gone = [d for d in drafts if d.operation == "delete" and not d.refused]
        if not gone:
            return
        ids_gone = [draft.id for draft in gone]
        for item, one in work.catalog.incoming.get(work.item.name, ()):
            if item.is_line:
                continue
            found = await deletion.pointing(
                work.tx, self._statements, work.catalog, item, one, ids_gone
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
                    await self._along(work, item.name, writes)

    async def _along(
        self,
        work: Work,
        name: str,
        writes: Sequence[Write],
        mode: Literal["all", "each"] = "all",
    ) -> None:
        """Changes that follow from this one: by the platform, on behalf of the person."""
        platform = system_caller(
            work.caller.via,
            on_behalf_of=work.caller.user,
            operation=work.operation,
            cause=work.operation,
            root=work.caller.root or work.operation,
            depth=work.caller.depth + 1,
        )
        batch = Batch(name, writes, mode, occurred_at=_moment(work.batch))
        await self.save(work.tx, work.catalog, platform, batch, work.context, work.now)


def _moment(batch: Batch) -> datetime | None:
    """When a batch of history happened; None for now."""
    given = batch.occurred_at
    return given if given is None or isinstance(given, datetime) else max(given, default=None)


def _stopped(draft: Draft) -> bool:
    return bool(draft.faults or draft.warnings)


def _moves(draft: Draft) -> bool:
    """Whether the draft changes anything that people wrote, or formulas of the record."""
    if draft.changed() - {"_version"} or draft.errors != draft.errors_before:
        return True
    return any(
        line.operation != "update" or line.changed()
        for rows in draft.lines.values()
        for line in rows
    )


def _note_taken(draft: Draft, group: Sequence[Any]) -> None:
    one = group[0] if group else None
    shown = "、".join(item.label.zh for item in group) or "值"
    named = ", ".join(item.label.text("en") for item in group) or "The value"
    draft.fault("not_unique", f"{shown}已被用过", f"{named} is already used", one)


def _unique_name(item: ObjectType, group: Sequence[Any]) -> str:
    return (f"u_{item.id}_" + "_".join(one.id for one in group))[:63]


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
