"""A person of this workspace."""

from __future__ import annotations

from sanhuan import expressions
from sanhuan.catalog.fields.reference import ReferenceField
from sanhuan.expressions import types


class UserField(ReferenceField, kw_only=True, tag="user"):
    """A reference to `user` that knows 'me' in filters and formulas."""

    object: str = "user"

    def expression_type(self) -> expressions.Type:
        return types.User()
