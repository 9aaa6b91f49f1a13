"""The formula language: one checked syntax tree for all that is computed or asked.

`check` reads a formula, `from_filter` a filter, `check_table` a decision table;
`compile_python` runs them over one record, `compile_sql` and `condition_sql` over
sets. `to_json` is what is saved, `print_expression` what an editor shows. The rules
of the language stand in `grammar.lark`, `types` and the registry `FUNCTIONS`.
"""

from sanhuan.expressions.checker import check
from sanhuan.expressions.compose import SqlResult, compile_sql
from sanhuan.expressions.conditions import condition_sql
from sanhuan.expressions.context import Calendar, Context, DepartmentTree, Record
from sanhuan.expressions.encoding import from_json, to_json
from sanhuan.expressions.errors import ErrorValue, ExpressionError
from sanhuan.expressions.filters import from_filter
from sanhuan.expressions.functions import FUNCTIONS
from sanhuan.expressions.names import Name, Names, Scope
from sanhuan.expressions.nodes import TITLE, Expression, Node
from sanhuan.expressions.parts import SqlScope
from sanhuan.expressions.printing import print_expression
from sanhuan.expressions.running import compile_python
from sanhuan.expressions.signature import Allowed, Function
from sanhuan.expressions.tables import Decision, DecisionTable, check_table, evaluate
from sanhuan.expressions.types import Type

__all__ = [
    "FUNCTIONS",
    "TITLE",
    "Allowed",
    "Calendar",
    "Context",
    "Decision",
    "DecisionTable",
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
    "SqlResult",
    "SqlScope",
    "Type",
    "check",
    "check_table",
    "compile_python",
    "compile_sql",
    "condition_sql",
    "evaluate",
    "from_filter",
    "from_json",
    "print_expression",
    "to_json",
]
