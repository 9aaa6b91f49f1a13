"""The formula language: one checked syntax tree for all that is computed or asked.

`check` reads a formula, `from_filter` a filter, `check_table` a decision table;
`compile_python` runs them over one record, `compile_sql` and `condition_sql` over
sets. See docs for users; the rules of the language are in `grammar.lark`,
`types` and the registry `FUNCTIONS`.
"""

from sanhuan.expressions.checker import check
from sanhuan.expressions.compose import SqlResult, compile_sql
from sanhuan.expressions.conditions import condition_sql
from sanhuan.expressions.context import Calendar, Context, DepartmentTree, Record
from sanhuan.expressions.errors import ErrorValue, ExpressionError
from sanhuan.expressions.evaluate import compile_python
from sanhuan.expressions.filters import from_filter
from sanhuan.expressions.functions import FUNCTIONS
from sanhuan.expressions.names import Name, Names, Scope
from sanhuan.expressions.nodes import TITLE, Expression, Node
from sanhuan.expressions.parts import SqlScope
from sanhuan.expressions.signature import Allowed, Function
from sanhuan.expressions.types import (
    Boolean,
    Choice,
    Date,
    DateTime,
    Department,
    Duration,
    ListOf,
    Number,
    Opaque,
    Option,
    Reference,
    Rows,
    Text,
    Type,
    User,
)

__all__ = [
    "FUNCTIONS",
    "TITLE",
    "Allowed",
    "Boolean",
    "Calendar",
    "Choice",
    "Context",
    "Date",
    "DateTime",
    "Department",
    "DepartmentTree",
    "Duration",
    "ErrorValue",
    "Expression",
    "ExpressionError",
    "Function",
    "ListOf",
    "Name",
    "Names",
    "Node",
    "Number",
    "Opaque",
    "Option",
    "Record",
    "Reference",
    "Rows",
    "Scope",
    "SqlResult",
    "SqlScope",
    "Text",
    "Type",
    "User",
    "check",
    "compile_python",
    "compile_sql",
    "condition_sql",
    "from_filter",
]
