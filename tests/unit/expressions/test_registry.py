"""The registry of functions: documentation in both languages, and examples that are true."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sanhuan import expressions
from sanhuan.expressions import FUNCTIONS, Context, Function
from sanhuan.expressions import types as t
from sanhuan.expressions.nodes import Call
from tests.unit.expressions import cases

CONTEXT = Context(ZoneInfo("Asia/Shanghai"), dt.datetime(2025, 3, 31, 16, 30, tzinfo=dt.UTC))
SCOPE = cases.scope_of(
    {
        "明细": {"rows": {"金额": "number", "数量": "number"}},
        "标签": "list:text",
        "阶段": "choice:线索|商机|报价",
        "创建时间": "datetime",
        "更新时间": "datetime",
    },
    {},
    {},
)
ALL = list(FUNCTIONS.values())
SHOWN = [function for function in ALL if function.example[1]]


@pytest.mark.parametrize("function", ALL, ids=lambda function: function.name)
def test_function_is_documented_in_both_languages(function: Function) -> None:
    assert function.zh
    assert function.en
    assert function.example[0]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in function.zh)
    assert function.en.isascii()


@pytest.mark.parametrize("function", SHOWN, ids=lambda function: function.name)
def test_example_gives_what_the_documentation_says(function: Function) -> None:
    text, shown = function.example
    expression = expressions.check(text, SCOPE)
    value = expressions.compile_python(expression)(cases.Row({}), CONTEXT)
    if isinstance(value, bool):
        assert shown == str(value).upper()
    else:
        assert str(value) == shown


@pytest.mark.parametrize(
    "function",
    [f for f in ALL if not f.example[1] and f.name != "UNDER"],
    ids=lambda function: function.name,
)
def test_example_over_fields_is_accepted(function: Function) -> None:
    expressions.check(function.example[0], SCOPE)


@pytest.mark.parametrize("function", ALL, ids=lambda function: function.name)
def test_example_uses_its_function(function: Function) -> None:
    if function.name == "UNDER":
        return  # its departments are not in this scope
    root = expressions.check(function.example[0], SCOPE).root
    names = {node.name for node in expressions.nodes.walk(root) if isinstance(node, Call)}
    turned = {"-": "@minus", "/": "@over"}
    assert {function.name, turned.get(function.name)} & names


def test_functions_of_the_specification_are_there() -> None:
    specified = (
        "IF IFS SWITCH AND OR NOT ISBLANK IFBLANK IFERROR BETWEEN LEN LEFT RIGHT MID FIND"
        " CONTAINS BEGINS ENDS SUBSTITUTE REPT UPPER LOWER TRIM HALFWIDTH DIGITS PADLEFT CONCAT"
        " JOIN TEXT NUMBER MASK RMBCAP ISMOBILE ISCREDITCODE ABS SIGN INT ROUND ROUNDUP ROUNDDOWN"
        " CEILING FLOOR MOD TIERED TODAY NOW DATE DATETIME TODATE YEAR QUARTER MONTH DAY ISOWEEK"
        " WEEKDAY HOUR MINUTE DATEADD EDATE EOMONTH STARTOF DATEDIF WITHIN DURATION DURATIONAS"
        " WORKDAYS WORKDAYADD WORKTIME WORKTIMEADD SUM AVERAGE MIN MAX COUNT SUMIF AVERAGEIF MINIF"
        " MAXIF COUNTIF FILTER ANY ALL FIRST LAST UNIQUE CHOICEINDEX UNDER OLD CHANGED ISNEW"
    )
    waiting = {"LOOKUP", "USER"}
    assert set(specified.split()) <= set(FUNCTIONS)
    assert not waiting & set(FUNCTIONS)


def test_types_have_names_in_both_languages() -> None:
    kinds = {kind.kind for kind in t.Type.__subclasses__()} | {"user", "department"}
    assert kinds == set(t.NAMES)
    assert all(set(names) == {"zh", "en"} for names in t.NAMES.values())
