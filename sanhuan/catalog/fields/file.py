"""Files, by the ids that uploading them gave."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, Uuid, func, literal_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import ColumnElement

from sanhuan import expressions
from sanhuan.catalog.fields.base import Columns, FieldDefinition, Problem
from sanhuan.catalog.fields.reference import identifier
from sanhuan.expressions import types


class FileField(FieldDefinition, kw_only=True, tag="file"):
    """A list of file ids in the order given, at most `max_files`."""

    max_files: int = 10
    operators: ClassVar[frozenset[str]] = frozenset({"null", "notNull"})
    sortable: ClassVar[bool] = False

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, ARRAY(Uuid))]

    def parse(self, value: Any) -> list[UUID] | None:
        if value is None or value == []:
            return None
        if not isinstance(value, list):
            raise Problem("wrong_type", "要填文件 id 的列表", "Expected a list of file ids")
        if len(value) > self.max_files:
            raise Problem("too_long", f"最多 {self.max_files} 个", f"At most {self.max_files}")
        return list(dict.fromkeys(identifier(item) for item in value))

    def to_json(self, value: list[UUID] | None) -> list[str]:
        return [str(item) for item in value or ()]

    def from_json(self, value: list[str] | None) -> list[UUID] | None:
        return [UUID(item) for item in value] if value else None

    def to_columns(self, value: list[UUID] | None) -> dict[str, Any]:
        return {self.column_name: self.to_json(value) if value else None}

    def select(self, columns: Columns) -> ColumnElement[Any]:
        return func.coalesce(func.to_jsonb(columns[0]), literal_column("'[]'::jsonb"))

    def expression_type(self) -> expressions.Type:
        return types.Opaque()
