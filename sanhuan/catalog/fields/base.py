"""What every field type shares: its definition and the contract it keeps with the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec
from sqlalchemy import Column
from sqlalchemy.sql import ColumnElement

if TYPE_CHECKING:
    from sanhuan import expressions

FieldId = str

SYSTEM_COLUMNS = {
    "_id": "id",
    "_version": "version",
    "_created_at": "created_at",
    "_created_by": "created_by",
    "_updated_at": "updated_at",
    "_updated_by": "updated_by",
    "_owner": "owner_id",
    "_department": "department_id",
    "_parent": "parent_id",
    "_position": "position",
}
"""Columns of the fields that every record has; their ids begin with an underscore."""

Value = Any  # Any: the Python value of a field; its type is the field type's business.
Columns = Sequence[ColumnElement[Any]]

Choice = Literal["grey", "blue", "green", "amber", "red", "violet"]


class Label(msgspec.Struct, frozen=True):
    """A text in the two languages of the product; `en` falls back to `zh` where it is missing."""

    zh: str
    en: str = ""

    def text(self, language: str) -> str:
        return self.en or self.zh if language == "en" else self.zh

    @property
    def by_language(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en or self.zh}


class Problem(Exception):
    """A value that a field can't take: `code`, and the sentence for people in both languages."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.message = Label(zh, en)


class FieldDefinition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """A field as written in a package, stored in the catalog and shown by the API.

    `id` is short and stable (a rename keeps it), `name` is the API name, unique in its object.
    """

    id: FieldId
    name: str
    label: Label
    help: Label | None = None
    required: bool = False
    unique: bool = False
    read_only: bool = False
    """Written by rules, formulas and actions only, never by a caller."""
    default: str | None = None
    """A formula for the value of a new record."""
    indexed: bool = False
    searchable: bool = False
    tracked: bool = False
    """Choices: `state_span` keeps how long each value held. Computed fields: changes are logged."""
    mask: str | None = None
    """How the value shows to roles that see it masked: `3,4` keeps 3 characters ahead, 4 behind."""
    personal: Literal["public", "internal", "personal", "sensitive"] = "internal"
    dropped: bool = False
    """No longer offered; its column is kept until it is purged, so that dropping can be undone."""

    computed: ClassVar[bool] = False
    """Whether the value comes from other values, so that nobody writes it."""
    operators: ClassVar[frozenset[str]] = frozenset({"=", "!=", "in", "notIn", "null", "notNull"})
    sortable: ClassVar[bool] = True

    @property
    def comparisons(self) -> frozenset[str]:
        """The operators that filters offer for the field."""
        return self.operators

    @property
    def stored(self) -> bool:
        """Whether the field has columns of its own in the object's table."""
        return True

    @property
    def column_name(self) -> str:
        return SYSTEM_COLUMNS.get(self.id) or f"f_{self.id}"

    def columns(self) -> list[Column[Any]]:
        """The columns that hold the value, the first of them the one that sorts and filters."""
        raise NotImplementedError

    def parse(self, value: Any) -> Value:
        """The stored value of a JSON value from outside. None is empty. Raises `Problem`."""
        raise NotImplementedError

    def parse_text(self, text: str) -> Value:
        """The stored value of a cell in an imported file. Raises `Problem`."""
        return self.parse(text)

    def to_json(self, value: Value) -> Any:
        """The JSON of a stored value, as the log keeps it and the API answers it."""
        return value

    def from_json(self, value: Any) -> Value:
        """The stored value of what `to_json` made: exact, without the checks of `parse`."""
        return value

    def to_columns(self, value: Value) -> dict[str, Any]:
        """What a write puts into the columns, as JSON-ready values by column name."""
        return {self.column_name: self.to_json(value)}

    def load(self, columns: Sequence[Any]) -> Value:
        """The stored value of what psycopg reads from the columns."""
        return columns[0]

    def settle(self, value: Value) -> Value:
        """The stored value of what a formula gave: rounded and checked. Raises `Problem`."""
        return None if value is None else self.parse(self.to_json(value))

    def select(self, columns: Columns) -> ColumnElement[Any]:
        """The JSON of the value, built by PostgreSQL from the columns."""
        return columns[0]

    def expression_type(self) -> expressions.Type:
        """The type by which formulas and filters know the field."""
        raise NotImplementedError

    def parts(self) -> tuple[str, ...]:
        """What a path may reach inside the value, each a text column `<column>_<part>`."""
        return ()
