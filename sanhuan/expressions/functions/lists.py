"""Functions over lists: sub-table rows, their columns, and list values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sanhuan.expressions import limits, nodes, numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import Closure, Compiler, Env, PythonRule
from sanhuan.expressions.errors import Failure
from sanhuan.expressions.functions import lists_sql as sql
from sanhuan.expressions.functions.lowering import lowered
from sanhuan.expressions.nodes import Call, Column
from sanhuan.expressions.signature import ORDERED, SCALARS, Arguments, Function


def _item(arguments: Arguments, index: int) -> t.Type:
    kind = arguments.type(index)
    return kind.item if isinstance(kind, t.ListOf) else kind


def _same_items(arguments: Arguments, allowed: frozenset[str]) -> t.Type:
    found: t.Type = t.NULL
    for index in range(len(arguments)):
        kind = _item(arguments, index)
        if kind.kind not in allowed or (
            found.kind != "null" and kind.kind not in ("null", found.kind)
        ):
            arguments.mismatch(index, [found.kind if found.kind != "null" else "number"])
        found = kind if found.kind == "null" else found
    for index in range(len(arguments)):
        if arguments.type(index).kind == "null":
            arguments.fit(index, found if found.kind != "null" else t.NUMBER)
    return found if found.kind != "null" else t.NUMBER


_ADDED = frozenset({"number", "duration", "null"})


def _sum_type(arguments: Arguments) -> t.Type:
    return _same_items(arguments, _ADDED)


def _extreme_type(arguments: Arguments) -> t.Type:
    return _same_items(arguments, ORDERED)


def _count_type(arguments: Arguments) -> t.Type:
    for index in range(len(arguments)):
        if not isinstance(arguments.type(index), t.Rows) and (
            _item(arguments, index).kind not in SCALARS
        ):
            arguments.mismatch(index, ["list"])
        if arguments.type(index).kind == "null":
            arguments.fit(index, t.NUMBER)
    return t.NUMBER


def _conditional_type(kinds: frozenset[str]) -> Callable[[Arguments], t.Type]:
    def typing(arguments: Arguments) -> t.Type:
        column = arguments.items[0].node
        if not isinstance(column, Column):
            arguments.mismatch(0, ["list"])
        if column.type.item.kind not in kinds:
            arguments.mismatch(0, ["number"])
        arguments.take(1, "b")
        return column.type.item

    return typing


def _rows_type(gives: t.Type | None) -> Callable[[Arguments], t.Type]:
    def typing(arguments: Arguments) -> t.Type:
        if not isinstance(arguments.type(0), t.Rows):
            arguments.mismatch(0, ["rows"])
        arguments.take(1, "b")
        return gives or arguments.type(0)

    return typing


def _list_type(arguments: Arguments) -> t.ListOf:
    kind = arguments.type(0)
    if not isinstance(kind, t.ListOf):
        arguments.mismatch(0, ["list"])
    return kind


def _element_type(arguments: Arguments) -> t.Type:
    return _list_type(arguments).item


def gathered(compiler: Compiler, call: Call) -> Closure:
    """All values of the arguments in one list, nulls left out."""
    parts = [(compiler(arg), isinstance(arg.type, t.ListOf | t.Rows)) for arg in call.args]

    def run(env: Env) -> list[Any]:
        found: list[Any] = []
        for part, is_list in parts:
            value = part(env)
            found.extend(v for v in (value if is_list else (value,)) if v is not None)
        return found

    return run


def over_list(function: Callable[[list[Any]], Any]) -> PythonRule:
    def rule(compiler: Compiler, call: Call) -> Closure:
        values = gathered(compiler, call)
        return lambda env: function(values(env))

    return rule


def _lowered_rule(compiler: Compiler, call: Call) -> Closure:
    return compiler(lowered(call))


def _average(values: list[int]) -> int | None:
    return numbers.half_away(sum(values), len(values)) if values else None


def _count(values: list[Any]) -> int:
    return len(values) * numbers.ONE


def _unique(compiler: Compiler, call: Call) -> Closure:
    inner = compiler(call.args[0])
    return lambda env: list(dict.fromkeys(v for v in inner(env) if v is not None))


def per_row(compiler: Compiler, call: Call) -> tuple[Closure, Callable[[Env], list[Any]]]:
    """The rows of the first argument, and the condition's value for each of them."""
    rows, condition = compiler(call.args[0]), compiler(call.args[1])
    cost = nodes.size(call.args[1])

    def truths(env: Env) -> list[Any]:
        records = rows(env)
        env.charge(cost * len(records))
        return [(record, condition(Env(record, env.context, env))) for record in records]

    return rows, truths


def _filter(compiler: Compiler, call: Call) -> Closure:
    _, truths = per_row(compiler, call)
    return lambda env: [record for record, truth in truths(env) if truth]


def _any(compiler: Compiler, call: Call) -> Closure:
    _, truths = per_row(compiler, call)

    def run(env: Env) -> bool | None:
        found = [truth for _, truth in truths(env)]
        return True if True in found else None if None in found else False

    return run


def _all(compiler: Compiler, call: Call) -> Closure:
    _, truths = per_row(compiler, call)

    def run(env: Env) -> bool | None:
        found = [truth for _, truth in truths(env)]
        return False if False in found else None if None in found else True

    return run


def limited_list(values: list[Any]) -> list[Any]:
    """The list itself; raises limit beyond 10,000 items."""
    if len(values) > limits.LIST_ITEMS:
        raise Failure("limit")
    return values


_AGGREGATES = (
    Function(
        "SUM", "list", "l l*", None, "列表或值, …", typing=_sum_type, python=over_list(sum),
        sql=sql.sum_,
        zh="合计,空值略过", en="Total, skipping nulls", example=("SUM(10, NULL, 5)", "15"),
        never_null=True,
    ),
    Function(
        "AVERAGE", "list", "l l*", None, "列表或值, …", typing=_sum_type,
        python=over_list(_average),
        sql=sql.average, zh="平均,空值不计", en="Average of what is not null",
        example=("AVERAGE(1, NULL, 2)", "1.5"),
    ),
    Function(
        "MIN", "list", "l l*", None, "列表或值, …", typing=_extreme_type,
        python=over_list(lambda values: min(values, default=None)), sql=sql.extreme("MIN"),
        zh="最小值", en="The smallest", example=("MIN(3, 1, 2)", "1"),
    ),
    Function(
        "MAX", "list", "l l*", None, "列表或值, …", typing=_extreme_type,
        python=over_list(lambda values: max(values, default=None)), sql=sql.extreme("MAX"),
        zh="最大值", en="The greatest", example=("MAX(3, 1, 2)", "3"),
    ),
    Function(
        "COUNT", "list", "l l*", t.NUMBER, "列表或值, …", typing=_count_type,
        python=over_list(_count), sql=sql.count, never_null=True,
        zh="个数,空值不计", en="How many are not null", example=("COUNT(1, NULL, 2)", "2"),
    ),
)  # fmt: skip

_CONDITIONAL = (
    *(
        Function(
            name, "list", "l b", None, "明细.列, 条件", typing=_conditional_type(kinds),
            python=_lowered_rule,
            sql=sql.lowered_sql, zh=zh, en=en, example=(f"{name}(明细.金额, 数量 > 1)", ""),
            never_null=name == "SUMIF",
        )
        for name, kinds, zh, en in (
            ("SUMIF", _ADDED, "合乎条件的合计", "Total of the rows that fit"),
            ("AVERAGEIF", _ADDED, "合乎条件的平均", "Average of the rows that fit"),
            ("MINIF", ORDERED, "合乎条件的最小值", "Smallest of the rows that fit"),
            ("MAXIF", ORDERED, "合乎条件的最大值", "Greatest of the rows that fit"),
        )
    ),
    Function(
        "COUNTIF", "list", "r b", t.NUMBER, "明细, 条件", typing=_rows_type(t.NUMBER),
        python=_lowered_rule, sql=sql.lowered_sql, never_null=True,
        zh="合乎条件的行数", en="How many rows fit", example=("COUNTIF(明细, 数量 > 1)", ""),
    ),
    Function(
        "FILTER", "list", "r b", None, "明细, 条件", typing=_rows_type(None), python=_filter,
        zh="合乎条件的行,后接列", en="The rows that fit; a column follows",
        example=("SUM(FILTER(明细, 数量 >= 2).金额)", ""), never_null=True,
    ),
    Function(
        "ANY", "list", "r b", t.BOOLEAN, "明细, 条件", typing=_rows_type(t.BOOLEAN), python=_any,
        sql=sql.any_,
        zh="至少一行合乎条件", en="At least one row fits", example=("ANY(明细, 数量 > 1)", ""),
    ),
    Function(
        "ALL", "list", "r b", t.BOOLEAN, "明细, 条件", typing=_rows_type(t.BOOLEAN), python=_all,
        sql=sql.all_,
        zh="每一行都合乎条件", en="Every row fits", example=("ALL(明细, 数量 > 0)", ""),
    ),
)  # fmt: skip

_PICKING = (
    Function(
        "FIRST", "list", "l", None, "列表", typing=_element_type,
        python=over_list(lambda values: values[0] if values else None), sql=sql.end("FIRST"),
        zh="第一个不为空的值", en="The first value that is not null", example=("FIRST(标签)", ""),
    ),
    Function(
        "LAST", "list", "l", None, "列表", typing=_element_type,
        python=over_list(lambda values: values[-1] if values else None), sql=sql.end("LAST"),
        zh="最后一个不为空的值", en="The last value that is not null", example=("LAST(标签)", ""),
    ),
    Function(
        "UNIQUE", "list", "l", None, "列表", typing=_list_type, python=_unique, never_null=True,
        zh="去掉重复", en="Each value once", example=("COUNT(UNIQUE(标签))", ""),
    ),
)  # fmt: skip

FUNCTIONS = _AGGREGATES + _CONDITIONAL + _PICKING
