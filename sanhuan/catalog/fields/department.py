"""A department of this workspace."""

from __future__ import annotations

from sanhuan import expressions
from sanhuan.catalog.fields.reference import ReferenceField
from sanhuan.expressions import types


class DepartmentField(ReferenceField, kw_only=True, tag="department"):
    """A reference to `department` that formulas place in the tree (UNDER)."""

    object: str = "department"

    def expression_type(self) -> expressions.Type:
        return types.Department()
