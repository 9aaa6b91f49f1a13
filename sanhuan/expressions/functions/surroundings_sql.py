"""SQL of the functions about choices, departments and the record's history."""

from __future__ import annotations

import sqlalchemy as sa

from sanhuan.expressions import types as t
from sanhuan.expressions.errors import ErrorValue, refusal
from sanhuan.expressions.functions import values_sql
from sanhuan.expressions.nodes import Call
from sanhuan.expressions.parts import UNKNOWN, Composer, Part, number, strict_part, text


def choice_index(sql: Composer, call: Call) -> Part:
    (arg,) = call.args
    part = sql.once(sql(arg))
    keys = arg.type.keys() if isinstance(arg.type, t.Choice) else ()
    if not keys:
        return strict_part([part], sa.cast(sa.null(), sa.Numeric()), nullable=True)
    whens = [(part.value == text(key), number(place + 1)) for place, key in enumerate(keys)]
    return strict_part([part], sa.case(*whens), nullable=True)


def under(sql: Composer, call: Call) -> Part:
    """The ancestor must be known beforehand: then it is a list of departments."""
    one = sql(call.args[0])
    ancestor = sql.known(call.args[1])
    tree = sql.context.departments
    if ancestor is UNKNOWN or isinstance(ancestor, ErrorValue):
        raise refusal(
            "not_allowed",
            "批量计算时 UNDER 的第二个参数不能随记录变化",
            "Over sets the second argument of UNDER cannot depend on the record",
        )
    if ancestor is None or tree is None:
        return strict_part([one], sa.cast(sa.null(), sa.Boolean()), nullable=True)
    below = sql.literal([*tree.below(ancestor)], t.ListOf(t.DEPARTMENT))
    return strict_part([one], values_sql.any_of_array(one.value, below))
