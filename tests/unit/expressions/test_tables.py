"""Decision tables: a table is its IF chain, bad cells are refused with their place."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sanhuan import expressions
from sanhuan.expressions import Context, ErrorValue, ExpressionError
from tests.unit.expressions import cases

TYPES: dict[str, Any] = {"金额": "number", "等级": "choice:A|B|C", "签约日": "date", "零": "number"}
SCOPE = cases.scope_of(TYPES, {}, {})
CONTEXT = Context(ZoneInfo("Asia/Shanghai"), dt.datetime(2025, 3, 31, 16, 30, tzinfo=dt.UTC))


def record(**values: Any) -> cases.Row:
    return cases.Row(dict.fromkeys(TYPES) | values)


def decide(table: dict[str, Any], **values: Any) -> expressions.Decision:
    return expressions.evaluate(expressions.check_table(table, SCOPE), record(**values), CONTEXT)


def test_decision_names_the_rows_hit() -> None:
    table = {"hit": "all", "inputs": ["金额"], "rows": [["> 1", "a"], ["> 5", "b"], ["> 2", "c"]]}
    assert decide(table, 金额=Decimal(3)) == expressions.Decision(["a", "c"], (1, 3))


def test_outcome_may_be_a_formula() -> None:
    table = {"inputs": ["等级"], "rows": [["A", "=金额 * 2"], ["-", "=金额"]]}
    assert decide(table, 等级="A", 金额=Decimal(4)).outcome == Decimal(8)


def test_outcomes_of_two_types_are_refused() -> None:
    table = {"inputs": ["等级"], "rows": [["A", "=金额"], ["-", "总监"]]}
    with pytest.raises(ExpressionError) as raised:
        expressions.check_table(table, SCOPE)
    assert raised.value.code == "type_mismatch"


def test_outcome_kind_reads_literals() -> None:
    rows = [["A", "0.05"], ["-", "0.03"]]
    table = {"inputs": ["等级"], "rows": rows, "outcome": "number", "default": "0"}
    assert decide(table, 等级="A").outcome == Decimal("0.05")


def test_error_before_the_first_hit_is_the_error_of_the_table() -> None:
    rows = [["A", "-", "x"], ["-", "> 1", "y"], ["-", "-", "z"]]
    table = {"inputs": ["等级", "1 / 零"], "rows": rows}
    assert decide(table, 等级="A", 零=Decimal(0)).outcome == "x"
    assert decide(table, 等级="B", 零=Decimal(0)).outcome == ErrorValue("division_by_zero")


def test_sum_of_outcomes_is_exact_and_its_size_checked() -> None:
    big = "9" * 26
    table = {"hit": "sum", "inputs": ["金额"], "rows": [["-", big], ["> 0", "1"]]}
    assert decide(table, 金额=Decimal(0)).outcome == Decimal(big)
    assert decide(table, 金额=Decimal(1)).outcome == ErrorValue("overflow")


@pytest.mark.parametrize(
    ("table", "where", "code"),
    [
        ({"inputs": ["金额"], "rows": [["> 1", "a"], ["[[bad", "b"]]}, "rows[1][0]", "syntax"),
        ({"inputs": ["金额"], "rows": [["-", "=利润"]]}, "rows[0][1]", "unknown_name"),
        ({"inputs": ["利润"], "rows": []}, "inputs[0]", "unknown_name"),
        ({"inputs": ["金额"], "rows": [["-", "a", "b"]]}, "rows[0]", "syntax"),
        ({"inputs": ["金额"], "rows": [], "hit": "any"}, "hit", "syntax"),
        ({"inputs": ["等级"], "rows": [["Z", "a"]]}, "rows[0][0]", "unknown_choice"),
        ({"hit": "sum", "inputs": [], "rows": [["x"]]}, "rows[0][0]", "bad_literal"),
    ],
)
def test_bad_table_is_refused_with_its_place(table: dict[str, Any], where: str, code: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        expressions.check_table(table, SCOPE)
    assert (raised.value.where, raised.value.code) == (where, code)


CELLS = {
    "金额": [
        "-",
        "> 5",
        "<= 0",
        "[1..10)",
        "5~7",
        "not(3)",
        "blank",
        "1, 3, [5..7]",
        "= ? > 2 AND ? < 9",
    ],
    "等级": ["-", "A", "A, B", "not(A)", "空", "非(A、B)"],
    "签约日": [
        "-",
        "本月",
        "最近7天",
        "< today-30",
        "[2025-01-01..2025-03-31]",
        ">= 今天+1",
        "not(blank)",
    ],
}
VALUES: dict[str, list[Any]] = {
    "金额": [None, *map(Decimal, (-1, 0, 1, 3, 5, 7, 10))],
    "等级": [None, "A", "B", "C"],
    "签约日": [None, *(dt.date(2025, 4, 1) + dt.timedelta(days) for days in (-90, -31, -6, 0, 1))],
}


def test_table_is_its_chain_of_ifs() -> None:
    """Law: policy first gives what IFS over the rows' conditions gives."""
    chance = random.Random(7)
    names = list(CELLS)
    for _ in range(200):
        rows = [
            [*(chance.choice(CELLS[name]) for name in names), f"r{place}"]
            for place in range(chance.randrange(1, 5))
        ]
        table = expressions.check_table({"inputs": names, "rows": rows, "default": "none"}, SCOPE)
        printed = [expressions.print_expression(row.condition, SCOPE, "zh") for row in table.rows]
        pairs = ", ".join(f'{text}, "r{place}"' for place, text in enumerate(printed))
        run = expressions.compile_python(expressions.check(f'IFS({pairs}, "none")', SCOPE))
        for _ in range(20):
            given = record(**{name: chance.choice(VALUES[name]) for name in names})
            decision = expressions.evaluate(table, given, CONTEXT)
            assert decision.outcome == run(given, CONTEXT)
