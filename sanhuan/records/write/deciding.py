"""What each row is to be: defaults, rules, formulas, checks, and right on the result."""

from __future__ import annotations

from collections.abc import Sequence

from sanhuan import expressions
from sanhuan.catalog.fields import AutoNumberField, Problem
from sanhuan.database import queries
from sanhuan.identity.access import SYSTEM_USER
from sanhuan.records.write import far, judge, lines, ownership, rollups, uniqueness
from sanhuan.records.write.compiled import CompiledObject
from sanhuan.records.write.drafts import Draft, Far, View
from sanhuan.records.write.work import ACTS, Work


async def prepare(work: Work, drafts: Sequence[Draft]) -> None:
    """Defaults, rules, formulas and checks, for rows that nothing stands against yet."""
    rows = [d for d in drafts if d.operation in ("create", "update", "restore") and not d.refused]
    await ownership.settle(work, rows)
    await _number(work, rows)
    await lines.attach(
        work.tx,
        work.tools.statements,
        work.catalog,
        work.item,
        rows,
        needed=_lines_needed(work),
    )
    for draft in rows:
        _defaults(work, draft)
    await _beyond(work, rows)
    for draft in rows:
        if not draft.refused and draft.operation != "restore":
            _decide(work, draft)
    await _beyond(work, rows)
    for draft in rows:
        if not draft.refused:
            _check_rights(work, draft)
    await uniqueness.check(work, [draft for draft in rows if not draft.refused])


def _lines_needed(work: Work) -> frozenset[str]:
    """Lines that rules or formulas of the record itself read."""
    read: set[str] = set()
    for rule in (*work.rules.setting, *work.rules.judging):
        read |= {path[0] for path in rule.uses}
    for _, formula in work.rules.formulas:
        read |= {path[0] for path in formula.uses}
    read |= {path[0] for path in work.rights.uses}
    return frozenset(read & set(work.line_items))


async def _number(work: Work, drafts: Sequence[Draft]) -> None:
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


def _defaults(work: Work, draft: Draft) -> None:
    context = work.new_context
    if draft.operation == "create":
        _default(work.rules, draft, context)
    for field_id, rows in draft.lines.items():
        for line in rows:
            if line.operation == "create":
                _default(work.line_rules[field_id], line, context)


def _default(rules: CompiledObject, draft: Draft, context: expressions.Context) -> None:
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


async def _beyond(work: Work, drafts: Sequence[Draft]) -> None:
    """References that were written, and what formulas read through references."""
    alive = [draft for draft in drafts if not draft.refused]
    await far.check_references(
        work.tx, work.tools.statements, work.catalog, work.caller, work.context, work.item,
        alive, work.far,
    )  # fmt: skip
    await far.read(
        work.tx, work.tools.statements, work.catalog, work.item, work.far_paths, alive, work.far
    )
    for field_id, target in work.line_items.items():
        rows = [line for draft in alive for line in draft.lines.get(field_id, ())]
        if rows:
            await far.check_references(
                work.tx, work.tools.statements, work.catalog, work.caller, work.context, target,
                rows, work.far,
            )  # fmt: skip
            wanted = work.line_rules[field_id].far
            await far.read(
                work.tx, work.tools.statements, work.catalog, target, wanted, rows, work.far
            )


def _decide(work: Work, draft: Draft) -> None:
    """Rules and formulas of one row, then what judges the result."""
    view, line_views = _views(work, draft)
    context = work.context_of(draft)
    for field_id, rows in draft.lines.items():
        _decide_lines(work, field_id, rows, line_views[field_id])
    rollups.over_lines(work.rules.line_sums, draft, line_views, context)
    if draft.operation == "create":
        for field_id, zero in work.rules.zeros.items():
            draft.values.setdefault(field_id, zero)
    judge.apply_sets(work.rules, draft, view, context)
    judge.compute(work.rules, draft, view, context)
    judge.check_required(work.rules, draft)
    judge.check_ways(work.rules, draft, view, context)
    judge.judge(work.rules, draft, view, context, work.caller, work.tools.secret)
    if draft.trace and (inputs := judge.far_inputs(work.rules, draft, view)):
        draft.trace.append({"inputs": inputs})


def _views(work: Work, draft: Draft) -> tuple[View, dict[str, list[View]]]:
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
    work: Work,
    field_id: str,
    rows: Sequence[Draft],
    views: Sequence[View],
) -> None:
    rules = work.line_rules[field_id]
    for line, view in zip(rows, views, strict=True):
        if line.operation == "delete":
            continue
        ours = work.context_of(line)
        judge.apply_sets(rules, line, view, ours)
        judge.compute(rules, line, view, ours)
        judge.check_required(rules, line)
        judge.check_ways(rules, line, view, ours)
        judge.judge(rules, line, view, ours, work.caller, work.tools.secret)


def _check_rights(work: Work, draft: Draft) -> None:
    """Right on the result: the rows that the caller's grants let him make, and a new one's fields.

    The fields of a record that was there are judged by what it was (see `meeting`).
    """
    if work.caller.user == SYSTEM_USER and work.caller.scopes is None:
        return
    own = work.rights
    view, _ = _views(work, draft)
    there = work.current.get(draft.id)
    before = there.changes if there is not None else [False] * len(own.grants)
    allowing = own.on_result(ACTS[draft.operation], draft, view, before)
    if not allowing and not ownership.was_assigned(work, draft):
        draft.fault("forbidden", "改成这样就超出你的权限了", "The result lies outside your rights")
    if draft.operation != "create":
        return
    given = ownership.given(work, draft)
    if given and not own.on_result("assign", draft, view, before):
        ownership.refuse(work, draft, given)
    own.check_fields(draft, work.item, allowing)
