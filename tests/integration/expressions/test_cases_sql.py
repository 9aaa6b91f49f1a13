"""Every case of the specification, by the SQL evaluator."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sanhuan import expressions
from sanhuan.expressions import FUNCTIONS, ErrorValue
from tests.integration.expressions import tables
from tests.unit.expressions import cases

FORMULAS = [case for case in cases.load() if case.kind == "formula"]
WAITING = {
    **dict.fromkeys((353, 354, 355), "WORKDAYS"),
    **dict.fromkeys((356, 357, 358, 485), "WORKDAYADD"),
    **dict.fromkeys((359, 360), "WORKTIME"),
    361: "WORKTIMEADD",
    **dict.fromkeys((422, 426, 430), "OLD"),
    **dict.fromkeys((423, 424, 425, 428), "CHANGED"),
    **dict.fromkeys((427, 429), "ISNEW"),
}
"""Cases that SQL cannot run yet, with the function that they wait for."""


def outcome(engine: sa.Engine, case: cases.Case, *, fold: bool) -> object:
    """What checking a formula and running it in the database gives."""
    try:
        checked = expressions.check(
            case.expr, cases.case_scope(case), language=case.language, allow=case.allow
        )
        result = expressions.compile_sql(
            checked, tables.case_scope(case), cases.case_context(case), fold=fold
        )
    except expressions.ExpressionError as error:
        return ErrorValue(error.code)
    code = sa.cast(sa.null(), sa.Text()) if result.code is None else result.code
    with engine.connect() as connection:
        value, failed = connection.execute(
            sa.select(result.value.label("v"), code.label("c"))
        ).one()
    if failed is not None:
        assert value is None
        return ErrorValue(failed)
    return value


RUN = [case for case in FORMULAS if case.id not in WAITING]


@pytest.mark.parametrize("fold", [False, True], ids=["computed", "folded"])
@pytest.mark.parametrize("case", RUN, ids=lambda case: str(case.id))
def test_formula_case_gives_its_value_or_code(
    engine: sa.Engine, case: cases.Case, fold: bool
) -> None:
    assert outcome(engine, case, fold=fold) == cases.expected(case), case.data["why"]


@pytest.mark.parametrize("case_id", WAITING)
def test_waiting_case_is_refused_for_its_function(engine: sa.Engine, case_id: int) -> None:
    """A case that starts to pass, or a wrong name in the list, fails here."""
    case = next(case for case in FORMULAS if case.id == case_id)
    checked = expressions.check(case.expr, cases.case_scope(case))
    assert FUNCTIONS[WAITING[case_id]].sql is None
    with pytest.raises(expressions.ExpressionError) as raised:
        expressions.compile_sql(
            checked, tables.case_scope(case), cases.case_context(case), fold=False
        )
    assert raised.value.code == "not_allowed"
    assert WAITING[case_id] in raised.value.message["en"]


def test_functions_that_wait_in_sql_are_known() -> None:
    lists = {"FILTER", "UNIQUE"}
    waiting = {f.name for f in FUNCTIONS.values() if f.sql is None} - lists
    assert waiting == set(WAITING.values())
