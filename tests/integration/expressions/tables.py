"""Records of tests as SQL: scopes over literals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sanhuan.expressions import TITLE, ErrorValue
from tests.unit.expressions import cases

ERRORS = "#errors"
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "number": sa.Numeric(),
    "text": sa.Text(),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "datetime": sa.DateTime(timezone=True),
    "duration": sa.BigInteger(),
    "user": sa.Text(),
}


def sql_type(written: Any) -> sa.types.TypeEngine[Any]:
    if isinstance(written, Mapping) or written.startswith("choice:"):
        return sa.Text()
    if written.startswith("list:"):
        return postgresql.ARRAY(sql_type(written[5:]))
    return _TYPES[written]


class LiteralScope:
    """A scope whose columns are the cells of a one-row or many-row select of literals."""

    def __init__(
        self, types: Mapping[str, Any], source: sa.FromClause | None, row: Mapping[str, Any]
    ) -> None:
        self.types = types
        self.source = source
        self.row = row

    def column(self, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
        if self.source is not None and len(path) == 1:
            return self.source.c[path[0]]
        value, kind = self._value(path)
        if value is None or isinstance(value, ErrorValue):
            return sa.cast(sa.null(), sql_type(kind))
        return sa.literal(value, sql_type(kind))

    def _value(self, path: tuple[str, ...]) -> tuple[Any, Any]:
        value: Any = self.row
        kind: Any = {"ref": self.types}
        for step in path:
            value = None if value is None else value.get("title" if step == TITLE else step)
            fields = next(iter(kind.values()))
            kind = "text" if step == TITLE else fields[step]
        if isinstance(kind, Mapping) and isinstance(value, Mapping):
            value = value["id"]
        return value, kind

    def error(self, path: tuple[str, ...]) -> sa.ColumnElement[bool] | None:
        if self.source is None and isinstance(self._value(path)[0], ErrorValue):
            return sa.literal(True)
        return None

    def rows(self, path: tuple[str, ...]) -> tuple[sa.FromClause, LiteralScope]:
        rows, kind = self._value(path)
        return rows_of(kind["rows"], rows or [])

    def order(self) -> Sequence[sa.ColumnElement[Any]]:
        return () if self.source is None else (self.source.c["#position"],)


def rows_of(
    types: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> tuple[sa.FromClause, LiteralScope]:
    """A LATERAL select of literal rows, and its scope."""
    selects = [
        sa.select(
            sa.literal(place, sa.Integer()).label("#position"),
            *(
                sa.cast(sa.literal(row.get(n), sql_type(k)), sql_type(k)).label(n)
                for n, k in types.items()
            ),
        )
        for place, row in enumerate(rows)
    ]
    nothing = sa.select(
        sa.literal(0, sa.Integer()).label("#position"),
        *(sa.cast(sa.null(), sql_type(kind)).label(name) for name, kind in types.items()),
    ).where(sa.false())
    source = sa.union_all(nothing, *selects).lateral()
    return source, LiteralScope(types, source, {})


def case_scope(case: cases.Case) -> LiteralScope:
    types = case.data.get("types", {})
    return LiteralScope(types, None, cases.row_of(case.data["record"], types))
