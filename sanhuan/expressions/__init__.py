"""The formula language: one checked syntax tree for all that is computed or asked.

`check` reads a formula, `from_filter` a filter, `check_table` a decision table;
`compile_python` runs them over one record, `compile_sql` and `condition_sql` over
sets. See docs for users; the rules of the language are in `grammar.lark`,
`types` and the registry `FUNCTIONS`.
"""

from sanhuan.expressions.checker import check
from sanhuan.expressions.context import Calendar, Context, DepartmentTree, Record
from sanhuan.expressions.errors import ErrorValue, ExpressionError
from sanhuan.expressions.evaluate import compile_python
from sanhuan.expressions.functions import FUNCTIONS
from sanhuan.expressions.names import Name, Names, Scope
from sanhuan.expressions.nodes import TITLE, Expression, Node
from sanhuan.expressions.signature import Allowed, Function
from sanhuan.expressions.types import Type

__all__ = [
    "FUNCTIONS",
    "TITLE",
    "Allowed",
    "Calendar",
    "Context",
    "DepartmentTree",
    "ErrorValue",
    "Expression",
    "ExpressionError",
    "Function",
    "Name",
    "Names",
    "Node",
    "Record",
    "Scope",
    "Type",
    "check",
    "compile_python",
]
