"""Every case of the specification: by the Python evaluator, printed, and as JSON."""

from __future__ import annotations

import json

import pytest

from sanhuan import expressions
from sanhuan.expressions import ErrorValue, Expression, calls, cells, dependencies, nodes
from sanhuan.expressions import types as t
from tests.unit.expressions import cases

ALL = cases.load()
WAITING = dict.fromkeys(range(565, 571), "the analysis of decision tables")
"""Cases that nothing runs yet, with what they wait for."""


def of(*kinds: str) -> list[cases.Case]:
    return [case for case in ALL if case.kind in kinds and case.id not in WAITING]


def checked(case: cases.Case) -> Expression:
    """The checked formula, or cell as a formula, of a case."""
    scope = cases.case_scope(case)
    if case.kind == "cell":
        kind = cases.type_of(case.data["types"]["?"], {}, {})
        node = cells.check_cell(case.expr, nodes.Field(("?",), kind), scope)
        return calls.finish(nodes.Literal(True, t.BOOLEAN) if node is None else node)
    return expressions.check(case.expr, scope, language=case.language, allow=case.allow)


def outcome(case: cases.Case) -> object:
    try:
        run = expressions.compile_python(checked(case))
    except expressions.ExpressionError as error:
        return ErrorValue(error.code)
    return run(cases.case_record(case), cases.case_context(case))


@pytest.mark.parametrize("case", of("formula", "cell"), ids=lambda case: str(case.id))
def test_formula_case_gives_its_value_or_code(case: cases.Case) -> None:
    assert outcome(case) == cases.expected(case), case.data["why"]


@pytest.mark.parametrize("case", of("table"), ids=lambda case: str(case.id))
def test_table_case_gives_its_outcome_or_code(case: cases.Case) -> None:
    table = expressions.check_table(case.data["table"], cases.case_scope(case))
    decision = expressions.evaluate(table, cases.case_record(case), cases.case_context(case))
    assert decision.outcome == cases.expected(case), case.data["why"]


@pytest.mark.parametrize("case", of("graph"), ids=lambda case: str(case.id))
def test_graph_case_is_ordered_or_refused_with_its_path(case: cases.Case) -> None:
    formulas = case.data["formulas"]
    if "error" not in case.data:
        levels = dependencies.order(formulas)
        assert sorted(name for level in levels for name in level) == sorted(formulas)
        return
    with pytest.raises(expressions.ExpressionError) as raised:
        dependencies.order(formulas)
    assert raised.value.code == case.data["error"]
    assert list(raised.value.names) == case.data["path"]


def test_waiting_cases_are_those_of_kind_analysis() -> None:
    assert sorted(WAITING) == [case.id for case in ALL if case.kind == "analysis"]


def test_every_case_is_run_or_waits() -> None:
    run = of("formula", "cell", "table", "graph")
    assert len(ALL) == 574
    assert sorted([case.id for case in run] + list(WAITING)) == [case.id for case in ALL]


ACCEPTED = [
    case
    for case in of("formula")
    if case.data.get("error") not in expressions.errors.SAVING_CODES - {"limit"}
    and not isinstance(outcome(case), ErrorValue)
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: str(case.id))
def test_printed_formula_reads_as_the_same_tree(case: cases.Case, language: str) -> None:
    scope = cases.case_scope(case)
    expression = checked(case)
    text = expressions.print_expression(expression, scope, language)
    assert expressions.check(text, scope, language=language) == expression, text


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: str(case.id))
def test_json_form_reads_as_the_same_tree(case: cases.Case) -> None:
    scope = cases.case_scope(case)
    expression = checked(case)
    data = json.loads(json.dumps(expressions.to_json(expression)))
    assert expressions.from_json(data, scope) == expression
