"""Every case of the specification, by the Python evaluator."""

from __future__ import annotations

import pytest

from sanhuan import expressions
from sanhuan.expressions import ErrorValue
from tests.unit.expressions import cases

FORMULAS = [case for case in cases.load() if case.kind == "formula"]


def outcome(case: cases.Case) -> object:
    """What checking and running the formula of a case gives."""
    try:
        checked = expressions.check(
            case.expr, cases.case_scope(case), language=case.language, allow=case.allow
        )
    except expressions.ExpressionError as error:
        return ErrorValue(error.code)
    run = expressions.compile_python(checked)
    return run(cases.case_record(case), cases.case_context(case))


@pytest.mark.parametrize("case", FORMULAS, ids=lambda case: str(case.id))
def test_formula_case_gives_its_value_or_code(case: cases.Case) -> None:
    assert outcome(case) == cases.expected(case), case.data["why"]
