"""Every case of the specification, by the SQL evaluator."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from sanhuan import expressions
from sanhuan.expressions import ErrorValue
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


@pytest.mark.parametrize("fold", [False, True], ids=["computed", "folded"])
@pytest.mark.parametrize("case", FORMULAS, ids=lambda case: str(case.id))
def test_formula_case_gives_its_value_or_code(
    engine: sa.Engine, case: cases.Case, fold: bool
) -> None:
    if case.id in WAITING and (not fold or case.data["types"]):
        pytest.skip(f"waits for {WAITING[case.id]}")
    found = outcome(engine, case, fold=fold)
    assert found == cases.expected(case), case.data["why"]
    assert not isinstance(found, float) or isinstance(found, Decimal)
