"""Choosing between values: IF and its kin. Only what is taken is evaluated."""

from __future__ import annotations

from typing import Any

from sanhuan.expressions import numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import Closure, Compiler, Env
from sanhuan.expressions.errors import Failure
from sanhuan.expressions.functions import logic_sql as sql
from sanhuan.expressions.functions.operators import ordered
from sanhuan.expressions.nodes import Call
from sanhuan.expressions.signature import Arguments, Function, scalar


def _branches(arguments: Arguments, indices: list[int]) -> t.Type:
    for index in indices:
        scalar(arguments, index)
    return arguments.common(indices)


def _if_type(arguments: Arguments) -> t.Type:
    arguments.take(0, "b")
    return _branches(arguments, list(range(1, len(arguments))))


def _if(compiler: Compiler, call: Call) -> Closure:
    condition, yes, *rest = (compiler(arg) for arg in call.args)
    no = rest[0] if rest else _nothing
    return lambda env: yes(env) if condition(env) else no(env)


def _nothing(env: Env) -> None:
    return None


def _ifs_type(arguments: Arguments) -> t.Type:
    count = len(arguments)
    for index in range(0, count - 1, 2):
        arguments.take(index, "b")
    values = list(range(1, count, 2))
    return _branches(arguments, values if count % 2 == 0 else [*values, count - 1])


def _ifs(compiler: Compiler, call: Call) -> Closure:
    args = [compiler(arg) for arg in call.args]
    pairs = list(zip(args[0::2], args[1::2], strict=False))
    default = args[-1] if len(args) % 2 else _nothing

    def run(env: Env) -> Any:
        for condition, value in pairs:
            if condition(env):
                return value(env)
        return default(env)

    return run


def _switch_type(arguments: Arguments) -> t.Type:
    count = len(arguments)
    if count < 3:
        arguments.refuse_count(
            "需要被比较的值、一个比较值和结果", "wants a value, a key and a result"
        )
    for index in range(count):
        scalar(arguments, index)
    keys = list(range(1, count - 1, 2))
    arguments.common([0, *keys])
    results = list(range(2, count, 2))
    return _branches(arguments, results if count % 2 else [*results, count - 1])


def _switch(compiler: Compiler, call: Call) -> Closure:
    first, *args = (compiler(arg) for arg in call.args)
    pairs = list(zip(args[0::2], args[1::2], strict=False))
    default = args[-1] if len(args) % 2 else _nothing

    def run(env: Env) -> Any:
        value = first(env)
        for key, result in pairs:
            if key(env) == value:
                return result(env)
        return default(env)

    return run


def _isblank_type(arguments: Arguments) -> t.Type:
    if arguments.type(0).kind == "null":
        arguments.fit(0, t.TEXT)
    return t.BOOLEAN


def _isblank(compiler: Compiler, call: Call) -> Closure:
    (arg,) = call.args
    inner = compiler(arg)
    if isinstance(arg.type, t.ListOf | t.Rows):
        return lambda env: not inner(env)
    return lambda env: inner(env) is None


def _ifblank(compiler: Compiler, call: Call) -> Closure:
    args = [compiler(arg) for arg in call.args]

    def run(env: Env) -> Any:
        for arg in args:
            value = arg(env)
            if value is not None:
                return value
        return None

    return run


def _all_common(arguments: Arguments) -> t.Type:
    return _branches(arguments, list(range(len(arguments))))


def _iferror(compiler: Compiler, call: Call) -> Closure:
    tried, instead = (compiler(arg) for arg in call.args)
    check = checked_size(call.type)

    def run(env: Env) -> Any:
        try:
            value = tried(env)
            return value if value is None else check(value)
        except Failure:
            return instead(env)

    return run


def checked_size(kind: t.Type) -> Any:
    """What checks the size of a final value of that type."""
    if kind.kind == "number":
        return numbers.within
    return numbers.duration_within if kind.kind == "duration" else _same


def _same(value: Any) -> Any:
    return value


def _between_type(arguments: Arguments) -> t.Type:
    ordered(arguments)
    return t.BOOLEAN


def _between(compiler: Compiler, call: Call) -> Closure:
    one, low, high = (compiler(arg) for arg in call.args)

    def run(env: Env) -> bool | None:
        value, least, most = one(env), low(env), high(env)
        if value is None:
            return None
        above = None if least is None else value >= least
        below = None if most is None else value <= most
        if above is False or below is False:
            return False
        return None if above is None or below is None else True

    return run


FUNCTIONS = (
    Function(
        "IF", "logic", "b x x?", None, "条件, 值, 否则", typing=_if_type, python=_if, sql=sql.if_,
        zh="条件成立取第一个值,否则取第二个;未知算不成立",
        en="The first value when the condition holds, else the second; unknown does not hold",
        example=("IF(2 > 1, 10, 20)", "10"),
    ),
    Function(
        "IFS", "logic", "b x x*", None, "条件, 值, …, 否则", typing=_ifs_type, python=_ifs,
        sql=sql.ifs,
        zh="第一个成立的条件的值", en="The value of the first condition that holds",
        example=("IFS(1 > 2, 10, 2 > 1, 20, 30)", "20"),
    ),
    Function(
        "SWITCH", "logic", "x x x*", None, "值, 等于, 结果, …, 否则", typing=_switch_type,
        python=_switch, sql=sql.switch, zh="按值取结果", en="The result beside the equal value",
        example=('SWITCH("B", "A", 30, "B", 20)', "20"),
    ),
    Function(
        "ISBLANK", "logic", "x", t.BOOLEAN, "值", typing=_isblank_type, python=_isblank,
        sql=sql.isblank,
        zh="是否为空", en="Whether it is null or an empty list",
        example=('ISBLANK("")', "TRUE"), never_null=True,
    ),
    Function(
        "IFBLANK", "logic", "x x*", None, "值, …", typing=_all_common, python=_ifblank,
        sql=sql.ifblank,
        zh="第一个不为空的值", en="The first value that is not null",
        example=("IFBLANK(NULL, 0)", "0"), aliases=("COALESCE",),
    ),
    Function(
        "IFERROR", "logic", "x x", None, "值, 出错时", typing=_all_common, python=_iferror,
        sql=sql.iferror,
        zh="出错时改用另一个值", en="Another value in place of an error",
        example=("IFERROR(1 / 0, 0)", "0"),
    ),
    Function(
        "BETWEEN", "logic", "x x x", t.BOOLEAN, "值, 下限, 上限", typing=_between_type,
        python=_between,
        sql=sql.between, zh="在两者之间,含两端", en="Between the two, both ends included",
        example=("BETWEEN(5, 1, 10)", "TRUE"),
    ),
)  # fmt: skip
