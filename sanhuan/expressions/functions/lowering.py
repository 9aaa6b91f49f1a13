"""Functions that are short for others.

`SUMIF(明细.金额, b)` means `SUM(FILTER(明细, b).金额)`, and so for its kin; the
evaluators run that form.
"""

from __future__ import annotations

import dataclasses

from sanhuan.expressions.nodes import Call, Column

LOWERED = {"SUMIF": "SUM", "AVERAGEIF": "AVERAGE", "MINIF": "MIN", "MAXIF": "MAX"}


def lowered(call: Call) -> Call:
    """The same without …IF: an aggregate over a filtered list."""
    rows, condition = call.args
    if call.name == "COUNTIF":
        return Call("COUNT", (Call("FILTER", (rows, condition), rows.type),), call.type)
    assert isinstance(rows, Column)
    kept = Call("FILTER", (rows.rows, condition), rows.rows.type)
    return Call(LOWERED[call.name], (dataclasses.replace(rows, rows=kept),), call.type)
