"""SQL of IF and its kin. What is not taken does not count, though it is computed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from sanhuan.expressions import types as t
from sanhuan.expressions.functions import lists_sql, values_sql
from sanhuan.expressions.nodes import Call
from sanhuan.expressions.parts import (
    Composer,
    Element,
    Part,
    Truth,
    first_code,
    strict_part,
)

Branch = tuple[Part, Part]
"""A condition (boolean, with its code) and the value taken where it is TRUE."""


def if_(sql: Composer, call: Call) -> Part:
    condition, yes, *rest = call.args
    otherwise = sql(rest[0]) if rest else nothing(sql, call.type)
    return taken(sql, [(sql(condition), sql(yes))], otherwise)


def nothing(sql: Composer, kind: t.Type) -> Part:
    return Part(sa.cast(sa.null(), sql.type(kind)))


def ifs(sql: Composer, call: Call) -> Part:
    args = [sql(arg) for arg in call.args]
    default = args[-1] if len(args) % 2 else nothing(sql, call.type)
    return taken(sql, list(zip(args[0::2], args[1::2], strict=False)), default)


def switch(sql: Composer, call: Call) -> Part:
    first, *args = (sql(arg) for arg in call.args)
    first = sql.once(first)
    branches = [
        (_matches(first, key), value) for key, value in zip(args[0::2], args[1::2], strict=False)
    ]
    default = args[-1] if len(args) % 2 else nothing(sql, call.type)
    result = taken(sql, branches, default)
    return _after(first, result)


def _matches(first: Part, key: Part) -> Part:
    if not (first.nullable or key.nullable):
        return Part(first.value == key.value, key.code, nullable=False)
    return Part(first.value.is_not_distinct_from(key.value), key.code, nullable=False)


def _after(first: Part, result: Part) -> Part:
    """The result, unless what was asked first is in error."""
    if first.code is None:
        return result
    value = sa.case((first.code.is_(None), result.value))
    return Part(value, first_code([first.code, result.code]))


def taken(sql: Composer, branches: Sequence[Branch], otherwise: Part) -> Part:
    """The value of the first condition that is TRUE; errors of what comes before count."""
    conditions = [sql.once(c) if c.code is not None else c for c, _ in branches]
    can_fail = any(p.code is not None for p in (*conditions, *(v for _, v in branches), otherwise))
    if can_fail:
        conditions = [sql.once(condition) for condition in conditions]
    values: list[tuple[Truth, Element]] = []
    codes: list[tuple[Truth, Element]] = []
    for condition, (_, value) in zip(conditions, branches, strict=True):
        if condition.code is not None:
            values.append((condition.code.is_not(None), sa.null()))
            codes.append((condition.code.is_not(None), condition.code))
        values.append((condition.value, value.value))
        codes.append((condition.value, sa.null() if value.code is None else value.code))
    nullable = otherwise.nullable or any(value.nullable for _, value in branches)
    result = sa.case(*values, else_=otherwise.value)
    if not can_fail:
        return Part(result, nullable=nullable)
    last = sa.cast(sa.null(), sa.Text()) if otherwise.code is None else otherwise.code
    return Part(result, sa.case(*codes, else_=last))


def isblank(sql: Composer, call: Call) -> Part:
    (arg,) = call.args
    if isinstance(arg.type, t.ListOf | t.Rows):
        return lists_sql.isblank(sql, arg)
    part = sql(arg)
    if part.code is None:
        return Part(part.value.is_(None), nullable=False)
    part = sql.once(part)
    return lists_sql.guarded(sql, part.value.is_(None), part.code, nullable=False)


def ifblank(sql: Composer, call: Call) -> Part:
    parts = [sql(arg) for arg in call.args]
    nullable = all(part.nullable for part in parts)
    if all(part.code is None for part in parts):
        return Part(sa.func.coalesce(*(part.value for part in parts)), nullable=nullable)
    *first, last = [sql.once(part) for part in parts]
    branches = [(Part(part.value.is_not(None), part.code), part) for part in first]
    return taken(sql, branches, last)


def iferror(sql: Composer, call: Call) -> Part:
    tried, instead = (sql(arg) for arg in call.args)
    tried = sql.once(sql.sized(tried, call.type))
    if tried.code is None:
        return tried
    value = sa.case((tried.code.is_(None), tried.value), else_=instead.value)
    if instead.code is None:
        return Part(value, None, tried.nullable or instead.nullable)
    return Part(value, sa.case((tried.code.is_not(None), instead.code)))


def between(sql: Composer, call: Call) -> Part:
    parts = [sql(arg) for arg in call.args]
    one = sql.once(parts[0])
    kind = call.args[0].type
    above = values_sql.compared(">=", one.value, parts[1].value, kind)
    below = values_sql.compared("<=", one.value, parts[2].value, kind)
    return strict_errors([one, *parts[1:]], sa.and_(above, below))


def strict_errors(parts: Sequence[Part], value: Element) -> Part:
    """Errors pass; nulls are the value's own affair."""
    code = first_code(part.code for part in parts)
    if code is None:
        return strict_part(parts, value)
    return Part(sa.case((code.is_(None), value)), code)
