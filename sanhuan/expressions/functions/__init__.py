"""The registry of functions: editor, documentation, checker and evaluators read it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sanhuan.expressions.functions import (
    dates,
    lists,
    logic,
    number,
    operators,
    surroundings,
    text,
    workdays,
)
from sanhuan.expressions.signature import Function

_GROUPS = (
    operators.OPERATORS,
    logic.FUNCTIONS,
    text.FUNCTIONS,
    number.FUNCTIONS,
    dates.FUNCTIONS,
    lists.FUNCTIONS,
    surroundings.FUNCTIONS,
    workdays.FUNCTIONS,
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {function.name: function for group in _GROUPS for function in group}
)
"""All functions and operators by name."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: function.name for function in FUNCTIONS.values() for alias in function.aliases}
)
"""Other names under which functions are read; the printer writes the main one."""


def find(name: str) -> Function | None:
    """The function (not operator) of that name in any case, None when there is none."""
    upper = name.upper()
    function = FUNCTIONS.get(ALIASES.get(upper, upper))
    return None if function is None or function.is_operator else function
