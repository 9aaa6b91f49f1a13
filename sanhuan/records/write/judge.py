"""Rules in front: what they set, what they warn of, what they block, with a trace of each.

What is unknown is not met. What errs: a rule that sets does nothing, one that judges refuses and
is named (FORMULAS.md section 5).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec

from sanhuan import expressions
from sanhuan.catalog.definitions import BlockEffect, WarnEffect
from sanhuan.catalog.fields import Problem
from sanhuan.errors import Text
from sanhuan.identity.access import Caller
from sanhuan.records.errors import Fault
from sanhuan.records.write.compiled import Compiled, CompiledObject, Rule
from sanhuan.records.write.drafts import Draft, View

TOKEN_LENGTH = 32


def moment_of(draft: Draft) -> str:
    """When in a record's life the save is, as rules name it."""
    return (
        "delete"
        if draft.operation == "delete"
        else ("create" if draft.operation == "create" else "update")
    )


def apply_sets(
    rules: CompiledObject, draft: Draft, view: View, context: expressions.Context
) -> None:
    """Run the rules that set, once each, in their order."""
    for rule in rules.setting:
        if moment_of(draft) not in rule.definition.moments:
            continue
        met = _met(rule.when, view, context)
        if met is not True:
            _trace(draft, rule, met)
            continue
        done = _set(rule, draft, view, context)
        _trace(draft, rule, True, **done)


def _met(when: Compiled | None, view: View, context: expressions.Context) -> Any:
    """True, or False, None (unknown), or an error."""
    return True if when is None else when.run(view, context)


def _set(rule: Rule, draft: Draft, view: View, context: expressions.Context) -> dict[str, Any]:
    outcomes = [(one, formula.run(view, context)) for one, formula in rule.sets]
    hits: dict[str, Any] = {}
    for one, table in rule.tables:
        decided = expressions.evaluate(table, view, context)
        hits = {"rows": list(decided.hits)}
        outcomes.append((one, decided.outcome))
    done: dict[str, Any] = {}
    for one, value in outcomes:
        if isinstance(value, expressions.ErrorValue):
            done[one.id] = {"error": value.code}
            continue
        try:
            settled = one.settle(value)
        except Problem as problem:
            done[one.id] = {"error": problem.code}
            continue
        if settled is None:
            draft.values.pop(one.id, None)
        else:
            draft.values[one.id] = settled
        done[one.id] = one.to_json(settled)
    return {"set": done, **hits}


def compute(rules: CompiledObject, draft: Draft, view: View, context: expressions.Context) -> None:
    """Stored formulas: a value, or empty with the code of its error."""
    for one, formula in rules.formulas:
        value = formula.run(view, context)
        draft.errors.pop(one.id, None)
        if isinstance(value, expressions.ErrorValue):
            draft.errors[one.id] = value.code
            value = None
        else:
            try:
                value = one.settle(value)
            except Problem as problem:
                draft.errors[one.id] = problem.code
                value = None
        if value is None:
            draft.values.pop(one.id, None)
        else:
            draft.values[one.id] = value


def check_required(rules: CompiledObject, draft: Draft) -> None:
    """New records have all that is required; a change may not empty what is."""
    for one in rules.item.own_fields:
        if one.required and not one.computed and draft.values.get(one.id) is None:
            is_new = draft.operation == "create"
            if one.id in draft.lines or (not is_new and draft.before.get(one.id) is None):
                continue
            draft.fault(
                "required", f"要填{one.label.zh}", f"{one.label.text('en')} is required", one
            )


def check_ways(
    rules: CompiledObject, draft: Draft, view: View, context: expressions.Context
) -> None:
    """State transitions: only the ways that are open, each under its condition."""
    for field_id, ways in rules.ways.items():
        source, target = draft.before.get(field_id), draft.values.get(field_id)
        if source == target or target is None:
            continue
        one = rules.item.by_id[field_id]
        open_ways = [
            way for way in ways if way.definition.source == source and target in way.definition.to
        ]
        if draft.operation == "create" and not any(way.definition.source is None for way in ways):
            continue
        if not open_ways:
            draft.fault(
                "transition",
                f"{one.label.zh}不能这样变：{source or '新建'} → {target}",
                f"{one.label.text('en')} can't go from {source or 'new'} to {target}",
                one,
            )
        elif not any(_met(way.when, view, context) is True for way in open_ways):
            message = next((w.definition.message for w in open_ways if w.definition.message), None)
            zh = message.zh if message else f"还不满足进入「{target}」的条件"
            en = message.text("en") if message else f"The conditions for {target} are not met"
            draft.fault("transition", zh, en, one)


def judge(
    rules: CompiledObject,
    draft: Draft,
    view: View,
    context: expressions.Context,
    caller: Caller,
    secret: bytes,
) -> None:
    """Warnings and blocks, on the result. Consent to a warning lets it pass, with its reason."""
    for rule in rules.judging:
        if moment_of(draft) not in rule.definition.moments:
            continue
        met = _met(rule.when, view, context)
        if met is True:
            _note(rule, draft, caller, secret)
        elif isinstance(met, expressions.ErrorValue):
            _note_error(rule, draft, met)
        else:
            _trace(draft, rule, met)


def _note(rule: Rule, draft: Draft, caller: Caller, secret: bytes) -> None:
    effect = rule.definition.effect
    if isinstance(effect, BlockEffect):
        _trace(draft, rule, True, blocked=True)
        message = Text(effect.message.zh, effect.message.text("en"))
        draft.faults.append(
            Fault("rule_blocked", message, effect.field, draft.index, rule=rule.definition.name)
        )
    elif isinstance(effect, WarnEffect):
        token = _token(rule, draft, caller, secret)
        reason = next((c.reason for c in draft.write.consent if c.token == token), None)
        if reason is not None and reason.strip():
            _trace(draft, rule, True, consent=reason[:1_000])
            return
        _trace(draft, rule, True, warned=True)
        message = Text(effect.message.zh, effect.message.text("en"))
        draft.warnings.append(
            Fault(
                "needs_consent",
                message,
                effect.field,
                draft.index,
                rule=rule.definition.name,
                token=token,
            )
        )


def _note_error(rule: Rule, draft: Draft, error: expressions.ErrorValue) -> None:
    """A rule that can't decide refuses: fail closed."""
    _trace(draft, rule, None, error=error.code)
    name = rule.definition.label
    draft.faults.append(
        Fault(
            "rule_failed",
            Text(
                f"规则「{name.zh}」算不出来（{error.code}），先改数据或找管理员",
                f"Rule “{name.text('en')}” failed ({error.code}): mend the data"
                " or ask an administrator",
            ),
            None,
            draft.index,
            rule=rule.definition.name,
        )
    )


def _token(rule: Rule, draft: Draft, caller: Caller, secret: bytes) -> str:
    """Names this warning about this content for this person, so that consent can't be reused."""
    written = {
        field_id: _json(draft, field_id) for field_id in sorted(draft.changed() & draft.written)
    }
    record = str(draft.id) if draft.operation != "create" else "new"
    said = msgspec.json.encode([rule.definition.id, record, str(caller.user), written])
    return hmac.new(secret, b"consent\0" + said, hashlib.sha256).hexdigest()[:TOKEN_LENGTH]


def _json(draft: Draft, field_id: str) -> Any:
    return str(draft.values.get(field_id))


def _trace(draft: Draft, rule: Rule, met: Any, **more: Any) -> None:
    """Keep what was decided and all that it took from beyond the record."""
    known = met if isinstance(met, bool) else None
    if known is False and not rule.reads_beyond:
        return
    entry: dict[str, Any] = {"rule": rule.definition.id, "met": known, **more}
    draft.trace.append(entry)


def far_inputs(rules: CompiledObject, draft: Draft, view: View) -> dict[str, Any]:
    """By dotted path of ids: what rules of this object read from beyond the record."""
    paths: set[tuple[str, ...]] = set()
    for rule in (*rules.setting, *rules.judging):
        paths |= {path for path in rule.uses if len(path) > 1}
    return {".".join(path): _as_json(view.get(path)) for path in sorted(paths)}


def _as_json(value: object) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, Iterable):
        return [str(item) for item in value]
    return str(value)
