"""Columns as they are, for what the platform itself decides by: row policies, rules, rollups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, cast, false, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan import expressions
from sanhuan.catalog.fields import (
    FieldDefinition,
    FormulaField,
    LinesField,
    LookupField,
    ReferenceField,
    ReferencesField,
)
from sanhuan.catalog.runtime import Catalog, ObjectType


def column_of(table: FromClause, field: FieldDefinition) -> ColumnElement[Any]:
    """The column of a stored field that sorts and filters; references as ids."""
    name = field.column_name if field.id.startswith("_") else field.columns()[0].name
    return table.c[name]


class RawScope:
    """An `expressions.SqlScope` without rights; paths are correlated sub-selects."""

    def __init__(
        self,
        catalog: Catalog,
        item: ObjectType,
        table: FromClause,
        order: Sequence[str] = (),
    ) -> None:
        self._order = [table.c[name] for name in order]
        self._catalog = catalog
        self._item = item
        self._table = table

    def column(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """The value of a to-one path of field ids. Raises KeyError for what is gone."""
        field = self._item.by_id[path[0]]
        if isinstance(field, LookupField):
            steps = self._catalog.follow(self._item, field.path)
            return self.column((*(step.id for step in steps), *path[1:]))
        if len(path) > 1 and path[1] in field.parts():
            return self._table.c[f"{field.column_name}_{path[1]}"]
        if len(path) == 1 and isinstance(field, ReferencesField):
            return self._targets(field)
        if len(path) == 1:
            return column_of(self._table, field)
        if not isinstance(field, ReferenceField):
            raise KeyError(path[1])
        target = self._catalog.objects[field.target]
        far = target.table.alias()
        value = RawScope(self._catalog, target, far).column(path[1:])
        return (
            select(value)
            .where(far.c.id == self._table.c[field.column_name], far.c.deleted_at.is_(None))
            .scalar_subquery()
            .correlate(self._table)
        )

    def _targets(self, field: ReferencesField) -> ColumnElement[Any]:
        """The ids of the live records referred to, as an array of texts."""
        target = self._catalog.objects[field.object].table.alias()
        link = self._item.links[field.id]
        ids = (
            select(cast(link.c.target, Text))
            .select_from(link.join(target, target.c.id == link.c.target))
            .where(link.c.record == self._table.c.id, target.c.deleted_at.is_(None))
            .correlate(self._table)
        )
        return func.array(ids.scalar_subquery(), type_=ARRAY(Text))

    def error(self, path: tuple[str, ...]) -> ColumnElement[bool] | None:
        """Whether a stored formula is in error; None for what never is."""
        field = self._item.by_id.get(path[0])
        if len(path) > 1 or not isinstance(field, FormulaField) or not field.stored:
            return None
        return func.coalesce(self._table.c.errors.has_key(path[0]), false())

    def order(self) -> Sequence[ColumnElement[Any]]:
        """What orders the rows of a sub-table; nothing for the record itself."""
        return self._order

    def rows(self, path: tuple[str, ...]) -> tuple[FromClause, expressions.SqlScope]:
        """The live rows of a to-many field, correlated with the record, and their scope."""
        field = self._item.by_id[path[0]]
        if isinstance(field, LinesField):
            target = self._catalog.objects[field.object]
            rows = (
                select(target.table)
                .where(
                    target.table.c.parent_id == self._table.c.id,
                    target.table.c.deleted_at.is_(None),
                )
                .correlate(self._table)
                .subquery()
                .lateral()
            )
            return rows, RawScope(self._catalog, target, rows, ("position", "id"))
        if isinstance(field, ReferencesField):
            target = self._catalog.objects[field.object]
            link = self._item.links[field.id]
            rows = (
                select(target.table)
                .join(link, link.c.target == target.table.c.id)
                .where(link.c.record == self._table.c.id, target.table.c.deleted_at.is_(None))
                .correlate(self._table)
                .subquery()
                .lateral()
            )
            return rows, RawScope(self._catalog, target, rows, ("id",))
        raise KeyError(path[0])
