"""The operators, and the turning of values into text.

Chains of numbers are flat: `a + b - c` is one `+` whose last argument is
`@minus(c)`, `a * b / c` one `*` with `@over(c)`, so that long sums stay shallow.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable
from typing import Any

from sanhuan.expressions import moments, numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import Closure, Compiler, Env, limited, over, strict
from sanhuan.expressions.functions import operators_sql as sql
from sanhuan.expressions.nodes import Call
from sanhuan.expressions.signature import ORDERED, SCALARS, Arguments, Function
from sanhuan.expressions.truth import conjunction, disjunction

_SUMS = {
    ("number", "number"): t.NUMBER,
    ("date", "number"): t.DATE,
    ("number", "date"): t.DATE,
    ("duration", "duration"): t.DURATION,
    ("datetime", "duration"): t.DATETIME,
    ("duration", "datetime"): t.DATETIME,
}
_DIFFERENCES = {
    ("number", "number"): t.NUMBER,
    ("date", "number"): t.DATE,
    ("date", "date"): t.NUMBER,
    ("duration", "duration"): t.DURATION,
    ("datetime", "duration"): t.DATETIME,
    ("datetime", "datetime"): t.DURATION,
}
_PRODUCTS = {
    ("number", "number"): t.NUMBER,
    ("duration", "number"): t.DURATION,
    ("number", "duration"): t.DURATION,
}
_QUOTIENTS = {
    ("number", "number"): t.NUMBER,
    ("duration", "number"): t.DURATION,
    ("duration", "duration"): t.NUMBER,
}


def _pair(table: dict[tuple[str, str], t.Type]) -> Callable[[Arguments], t.Type]:
    def typing(arguments: Arguments) -> t.Type:
        if len(arguments) > 2 or arguments.name == "@minus":
            return _numbers(arguments)
        left, right = arguments.type(0).kind, arguments.type(1).kind
        if left == "null" or right == "null":
            left, right = _with_null(arguments, table)
        found = table.get((left, right))
        if found is None:
            index = 0 if not any(key[0] == left for key in table) else 1
            wanted = [key[1] for key in table if key[0] == left] if index else ["number"]
            arguments.mismatch(index, wanted)
        return found

    return typing


def _with_null(arguments: Arguments, table: dict[tuple[str, str], t.Type]) -> tuple[str, str]:
    left, right = arguments.type(0).kind, arguments.type(1).kind
    for index, kind in enumerate((left, right)):
        if kind == "null":
            other = right if index == 0 else left
            fits = [key[index] for key in table if key[1 - index] == other]
            wanted = t.DURATION if fits == ["duration"] else t.NUMBER
            if other == "datetime":
                wanted = t.DURATION
            arguments.fit(index, wanted)
    return arguments.type(0).kind, arguments.type(1).kind


def _numbers(arguments: Arguments) -> t.Type:
    for index in range(len(arguments)):
        arguments.take(index, "n")
    return t.NUMBER


def _product(arguments: Arguments) -> t.Type:
    if len(arguments) == 2 and "@over" in getattr(arguments.items[1].node, "name", ""):
        return _numbers(arguments)
    return _pair(_PRODUCTS)(arguments)


def _sign(arguments: Arguments) -> t.Type:
    return arguments.take(0, "nu")


def _add(compiler: Compiler, call: Call) -> Closure:
    kinds = tuple(arg.type.kind for arg in call.args)
    args = [compiler(arg) for arg in call.args]
    if call.type.kind == "number":
        return _number_sum(args)
    function: Callable[[Any, Any], Any] = {
        ("date", "number"): _day_plus,
        ("number", "date"): lambda days, day: _day_plus(day, days),
        ("datetime", "duration"): moments.add_milliseconds,
        ("duration", "datetime"): lambda span, at: moments.add_milliseconds(at, span),
        ("duration", "duration"): operator.add,
    }[kinds[0], kinds[1]]
    return over(function, args)


def _number_sum(args: list[Closure]) -> Closure:
    if len(args) == 2:
        return over(operator.add, args)

    def run(env: Env) -> int | None:
        values = [arg(env) for arg in args]
        return None if None in values else sum(values)

    return run


def _day_plus(day: dt.date, days: int) -> dt.date:
    return moments.add_days(day, _days(days))


def _days(days: int) -> int:
    return numbers.whole(days, -4_000_000, 4_000_000, code="bad_date")


def _day_minus(day: dt.date, days: int) -> dt.date:
    return moments.add_days(day, -_days(days))


def _subtract(compiler: Compiler, call: Call) -> Closure:
    kinds = tuple(arg.type.kind for arg in call.args)
    function: Callable[[Any, Any], Any] = {
        ("date", "number"): _day_minus,
        ("date", "date"): lambda a, b: (a - b).days * numbers.ONE,
        ("datetime", "duration"): lambda at, span: moments.add_milliseconds(at, -span),
        ("datetime", "datetime"): lambda a, b: moments.milliseconds_between(b, a),
        ("duration", "duration"): operator.sub,
        ("number", "number"): operator.sub,
    }[kinds[0], kinds[1]]
    return over(function, [compiler(arg) for arg in call.args])


def _multiply(compiler: Compiler, call: Call) -> Closure:
    kinds = [arg.type.kind for arg in call.args]
    if "duration" in kinds:
        return over(numbers.multiply, [compiler(arg) for arg in call.args])
    steps = [
        (numbers.divide, compiler(arg.args[0]))
        if isinstance(arg, Call) and arg.name == "@over"
        else (numbers.multiply, compiler(arg))
        for arg in call.args
    ]
    first = steps[0][1]
    if len(steps) == 2:
        return over(steps[1][0], [first, steps[1][1]])

    def run(env: Env) -> int | None:
        values = [arg(env) for _, arg in steps]
        if None in values:
            return None
        total: int = values[0]
        for (function, _), value in zip(steps[1:], values[1:], strict=True):
            total = function(total, value)
        return total

    return run


def _divide(compiler: Compiler, call: Call) -> Closure:
    # duration / duration is a number; duration / number a duration, so the
    # scale of 10^-12 cancels in both.
    return over(numbers.divide, [compiler(arg) for arg in call.args])


def _percent(value: int) -> int:
    return numbers.half_away(value, 100)


def join(compiler: Compiler, call: Call) -> Closure:
    """Texts one after the other; null joins as nothing."""
    args = [compiler(arg) for arg in call.args]

    def run(env: Env) -> str | None:
        return limited("".join([value for arg in args if (value := arg(env)) is not None]))

    return run


def texts(arguments: Arguments) -> t.Type:
    """Every argument joins into text; lists are refused."""
    for index in range(len(arguments)):
        if isinstance(arguments.type(index), t.ListOf):
            arguments.mismatch(index, ["text"])
        arguments.text(index)
    return t.TEXT


def _to_text(compiler: Compiler, call: Call) -> Closure:
    (arg,) = call.args
    inner = compiler(arg)
    if isinstance(arg.type, t.ListOf):
        one = text_form(arg.type.item)

        def many(env: Env) -> list[str | None]:
            return [None if v is None else one(env, v) for v in inner(env)]

        return many
    form = text_form(arg.type)

    def run(env: Env) -> str | None:
        value = inner(env)
        return None if value is None else form(env, value)

    return run


def text_form(kind: t.Type) -> Callable[[Env, Any], str | None]:
    """How a value of that type joins into text."""
    if isinstance(kind, t.Choice):
        options = {option.key: option for option in kind.options}
        return lambda env, key: options[key].label(env.context.language) if key in options else key
    if kind.kind == "number":
        return lambda env, number: numbers.text_of(number)
    if kind.kind == "date":
        return lambda env, day: day.isoformat()
    if kind.kind == "datetime":
        return lambda env, at: moments.local(at, env.context.zone).isoformat(" ", "minutes")
    return lambda env, text: text


def _no_typing(arguments: Arguments) -> t.Type:
    kind = arguments.type(0)
    return t.ListOf(t.TEXT) if isinstance(kind, t.ListOf) else t.TEXT


def _equality(arguments: Arguments) -> t.Type:
    for index in range(len(arguments)):
        if arguments.type(index).kind not in SCALARS:
            arguments.mismatch(index, ["number", "text"])
    arguments.common(range(len(arguments)))
    return t.BOOLEAN


def ordered(arguments: Arguments) -> t.Type:
    """All arguments of one type that has an order; gives that type."""
    for index in range(len(arguments)):
        if arguments.type(index).kind not in ORDERED:
            arguments.mismatch(index, ["number", "text", "date"])
    return arguments.common(range(len(arguments)))


def _order(arguments: Arguments) -> t.Type:
    ordered(arguments)
    return t.BOOLEAN


def _equal(compiler: Compiler, call: Call) -> Closure:
    left, right = (compiler(arg) for arg in call.args)
    return lambda env: left(env) == right(env)


def _unequal(compiler: Compiler, call: Call) -> Closure:
    left, right = (compiler(arg) for arg in call.args)
    return lambda env: left(env) != right(env)


def _membership(arguments: Arguments) -> t.Type:
    if len(arguments) == 2 and isinstance(arguments.type(1), t.ListOf):
        item = arguments.type(1)
        assert isinstance(item, t.ListOf)
        if isinstance(item.item, t.Opaque):
            arguments.mismatch(1, ["text", "number"])
        arguments.fit(0, item.item)
        return t.BOOLEAN
    return _equality(arguments)


def is_listed(call: Call) -> bool:
    """Whether IN asks a list value rather than written items."""
    return len(call.args) == 2 and isinstance(call.args[1].type, t.ListOf)


def _member(compiler: Compiler, call: Call) -> Closure:
    one = compiler(call.args[0])
    if is_listed(call):
        many = compiler(call.args[1])

        def listed(env: Env) -> bool:
            value = one(env)
            return value in many(env)

        return listed
    items = [compiler(arg) for arg in call.args[1:]]

    def run(env: Env) -> bool:
        value = one(env)
        return value in [item(env) for item in items]

    return run


def _not_member(compiler: Compiler, call: Call) -> Closure:
    inside = _member(compiler, call)
    return lambda env: not inside(env)


def _booleans(arguments: Arguments) -> t.Type:
    for index in range(len(arguments)):
        arguments.take(index, "b")
    return t.BOOLEAN


def _all(compiler: Compiler, call: Call) -> Closure:
    return conjunction([compiler(arg) for arg in call.args])


def _any(compiler: Compiler, call: Call) -> Closure:
    return disjunction([compiler(arg) for arg in call.args])


def _operator(name: str, takes: str, gives: t.Type | None, **rest: Any) -> Function:
    return Function(name, "operator", takes, gives, **rest)


OPERATORS = (
    _operator(
        "+", "x x*", None, parameters="a, b", typing=_pair(_SUMS), python=_add, sql=sql.add,
        zh="相加;日期加天数,时间加时长", en="Adds; days to a date, a duration to a time",
        example=("1 + 2", "3"),
    ),
    _operator(
        "-", "x x", None, parameters="a, b", typing=_pair(_DIFFERENCES), python=_subtract,
        sql=sql.subtract,
        zh="相减;日期相减得天数,时间相减得时长",
        en="Subtracts; dates give days, times a duration",
        example=("#2025-03-01# - #2025-02-01#", "28"),
    ),
    _operator(
        "@minus", "n", t.NUMBER, parameters="a", python=strict(operator.neg), sql=sql.negative,
        zh="加法中的减项", en="What a sum takes away", example=("3 - 1", "2"),
    ),
    _operator(
        "neg", "x", None, parameters="a", typing=_sign, python=strict(operator.neg),
        sql=sql.negative,
        zh="取负", en="Changes the sign", example=("-(1 + 2)", "-3"),
    ),
    _operator(
        "*", "x x*", None, parameters="a, b", typing=_product, python=_multiply, sql=sql.multiplied,
        zh="相乘,保留 12 位小数", en="Multiplies, to 12 places", example=("2 * 1.5", "3"),
    ),
    _operator(
        "@over", "n", t.NUMBER, parameters="a", python=strict(lambda value: value), sql=sql.same,
        zh="乘法中的除数", en="What a product is divided by", example=("6 / 2", "3"),
    ),
    _operator(
        "/", "x x", None, parameters="a, b", typing=_pair(_QUOTIENTS), python=_divide,
        sql=sql.divided,
        zh="相除,保留 12 位小数", en="Divides, to 12 places",
        example=('DURATION(90,"minute") / DURATION(1,"hour")', "1.5"),
    ),
    _operator(
        "^", "n n", t.NUMBER, parameters="a, n", python=strict(numbers.power), sql=sql.power,
        zh="整数次方,-100 到 100", en="Whole powers from -100 to 100", example=("2 ^ 10", "1024"),
    ),
    _operator(
        "%", "n", t.NUMBER, parameters="a", python=strict(_percent), sql=sql.percent,
        zh="百分之", en="Hundredths", example=("6%", "0.06"),
    ),
    _operator(
        "&", "k k*", t.TEXT, parameters="a, b", typing=texts, python=join, sql=sql.joined,
        zh="连接文本,空值略过", en="Joins texts; null joins as nothing",
        example=('"A" & 1', "A1"),
    ),
    _operator(
        "@text", "x", t.TEXT, parameters="a", typing=_no_typing, python=_to_text, sql=sql.to_text,
        zh="值的文本形式", en="The text form of a value", example=('"" & 1.50', "1.5"),
    ),
    _operator(
        "=", "x x", t.BOOLEAN, parameters="a, b", typing=_equality, python=_equal, sql=sql.equal,
        zh="等于;空值只等于空值", en="Equal; null equals null only",
        example=("NULL = 0", "FALSE"), never_null=True,
    ),
    _operator(
        "<>", "x x", t.BOOLEAN, parameters="a, b", typing=_equality, python=_unequal,
        sql=sql.unequal,
        zh="不等于;空值不等于任何值", en="Not equal; null differs from every value",
        example=("NULL <> 0", "TRUE"), never_null=True,
    ),
    *(
        _operator(
            name, "x x", t.BOOLEAN, parameters="a, b", typing=_order, python=strict(function),
            sql=sql.order(name),
            zh=zh, en=en, example=example,
        )
        for name, function, zh, en, example in (
            ("<", operator.lt, "小于;遇空为未知", "Less; unknown beside null", ("1 < 2", "TRUE")),
            ("<=", operator.le, "不大于", "Less or equal", ("2 <= 2", "TRUE")),
            (">", operator.gt, "大于", "Greater", ("1 > 2", "FALSE")),
            (">=", operator.ge, "不小于", "Greater or equal", ("2 >= 2", "TRUE")),
        )
    ),
    _operator(
        "IN", "x x*", t.BOOLEAN, parameters="a, (b, …)", typing=_membership, python=_member,
        sql=sql.member,
        zh="是其中之一", en="Is one of them", example=("2 IN (1, 2)", "TRUE"), never_null=True,
    ),
    _operator(
        "NOT IN", "x x*", t.BOOLEAN, parameters="a, (b, …)", typing=_membership,
        python=_not_member, sql=sql.not_member, zh="不是其中任何一个", en="Is none of them",
        example=("3 NOT IN (1, 2)", "TRUE"), never_null=True,
    ),
    Function(
        "AND", "logic", "b b*", t.BOOLEAN, "条件, …", typing=_booleans, python=_all,
        sql=sql.conjunction,
        zh="全部成立", en="All are true", example=("AND(1=1, 2=3)", "FALSE"),
    ),
    Function(
        "OR", "logic", "b b*", t.BOOLEAN, "条件, …", typing=_booleans, python=_any,
        sql=sql.disjunction,
        zh="至少一个成立", en="At least one is true", example=("OR(1=1, 2=3)", "TRUE"),
    ),
    Function(
        "NOT", "logic", "b", t.BOOLEAN, "条件", python=strict(operator.not_), sql=sql.negation,
        zh="不成立", en="The opposite", example=("NOT(1=2)", "TRUE"),
    ),
)  # fmt: skip
