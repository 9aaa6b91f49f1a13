"""Functions about the record's history, the person asking, and departments."""

from __future__ import annotations

from typing import Any

from sanhuan.expressions import nodes, numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import Closure, Compiler, Env
from sanhuan.expressions.functions import surroundings_sql as sql
from sanhuan.expressions.nodes import Call
from sanhuan.expressions.signature import SCALARS, Allowed, Arguments, Function


def _field_type(gives: t.Type | None) -> Any:
    def typing(arguments: Arguments) -> t.Type:
        node = arguments.items[0].node
        if not isinstance(node, nodes.Field) or node.up:
            arguments.refuse_count("只能写一个字段", "wants one field of the record")
        if gives is None and node.type.kind not in SCALARS | {"list"}:
            arguments.mismatch(0, ["text", "number"])
        return gives or node.type

    return typing


def _root(env: Env) -> Env:
    while env.outer is not None:
        env = env.outer
    return env


def _old_value(inner: Closure, env: Env) -> Any:
    """The value before the change; the caller knows that there is a record before."""
    old = env.context.old
    assert old is not None
    before = Env(old, env.context)
    return inner(before)


def _is_new(env: Env) -> bool:
    return env.context.is_new or env.context.old is None


def _old(compiler: Compiler, call: Call) -> Closure:
    inner = compiler(call.args[0])
    none: Any = [] if isinstance(call.type, t.ListOf) else None
    return lambda env: none if _is_new(env) else _old_value(inner, env)


def _changed(compiler: Compiler, call: Call) -> Closure:
    inner = compiler(call.args[0])

    def run(env: Env) -> bool:
        return _is_new(env) or bool(_old_value(inner, env) != inner(_root(env)))

    return run


def _isnew(compiler: Compiler, call: Call) -> Closure:
    return _is_new


def _choice_index(compiler: Compiler, call: Call) -> Closure:
    kind = call.args[0].type
    keys = kind.keys() if isinstance(kind, t.Choice) else ()
    places = {key: (place + 1) * numbers.ONE for place, key in enumerate(keys)}
    inner = compiler(call.args[0])
    return lambda env: places.get(inner(env))


def _under(compiler: Compiler, call: Call) -> Closure:
    one, other = (compiler(arg) for arg in call.args)

    def run(env: Env) -> bool | None:
        department, ancestor = one(env), other(env)
        tree = env.context.departments
        if department is None or ancestor is None or tree is None:
            return None
        return tree.is_under(department, ancestor)

    return run


FUNCTIONS = (
    Function(
        "CHOICEINDEX", "context", "c", t.NUMBER, "选项", python=_choice_index, sql=sql.choice_index,
        zh="选项在列表中的位置,从 1 起", en="The place of an option in its list, from 1",
        example=("CHOICEINDEX(阶段) >= 3", ""),
    ),
    Function(
        "OLD", "context", "x", None, "字段", typing=_field_type(None), python=_old,
        needs=Allowed.OLD, zh="修改前的值,新建时为空",
        en="The value before the change, null for a new record", example=("OLD(阶段)", ""),
    ),
    Function(
        "CHANGED", "context", "x", t.BOOLEAN, "字段", typing=_field_type(t.BOOLEAN),
        python=_changed, needs=Allowed.OLD, never_null=True,
        zh="是否改动,新建时都算", en="Whether it changed; always for a new record",
        example=("CHANGED(阶段)", ""),
    ),
    Function(
        "ISNEW", "context", "", t.BOOLEAN, "", python=_isnew, needs=Allowed.OLD,
        never_null=True, zh="是否新建", en="Whether the record is new", example=("ISNEW()", ""),
    ),
    Function(
        "UNDER", "context", "p p", t.BOOLEAN, "部门, 上级部门", python=_under, sql=sql.under,
        zh="同一部门或其下级", en="The same department or one below",
        example=("UNDER(部门, ME.部门)", ""),
    ),
)  # fmt: skip
