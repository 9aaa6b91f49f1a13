"""Compiled formulas inside the statements that records are written with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from sanhuan import expressions
from sanhuan.expressions import Context, Name, Names, SqlResult
from sanhuan.expressions import types as t

METADATA = sa.MetaData()
ORDER = sa.Table(
    "placed",
    METADATA,
    sa.Column("id", sa.Integer),
    sa.Column("total", sa.Numeric),
    sa.Column("parts", sa.Integer),
    sa.Column("each", sa.Numeric),
    sa.Column("error", sa.Text),
)
LINE = sa.Table(
    "placed_line", METADATA, sa.Column("placed", sa.Integer), sa.Column("n", sa.Numeric)
)
OTHERS: dict[str, Names] = {"line": Names([Name("n", "n", {}, t.NUMBER)])}
SCOPE = Names(
    [
        Name("total", "total", {}, t.NUMBER),
        Name("parts", "parts", {}, t.NUMBER),
        Name("lines", "lines", {}, t.Rows("line")),
    ],
    OTHERS,
)
CONTEXT = Context(ZoneInfo("Asia/Shanghai"), dt.datetime(2025, 3, 31, tzinfo=dt.UTC))
TEXT = "ROUND(total / parts, 2) + SUM(FILTER(lines, 10 / n > 1).n)"


class Scope:
    def __init__(self, source: sa.FromClause) -> None:
        self.source = source

    def column(self, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
        return self.source.c[path[0]]

    def error(self, path: tuple[str, ...]) -> sa.ColumnElement[bool] | None:
        return None

    def rows(self, path: tuple[str, ...]) -> tuple[sa.FromClause, Scope]:
        mine = LINE.c.placed == self.source.c.id
        rows = sa.select(LINE).where(mine).correlate(self.source).lateral()
        return rows, Scope(rows)

    def order(self) -> Sequence[sa.ColumnElement[Any]]:
        return (self.source.c.n,)


def compiled(source: sa.FromClause) -> SqlResult:
    return expressions.compile_sql(expressions.check(TEXT, SCOPE), Scope(source), CONTEXT)


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as opened:
        METADATA.create_all(opened)
        opened.execute(
            ORDER.insert(),
            [
                {"id": 1, "total": 10, "parts": 4},
                {"id": 2, "total": 10, "parts": 0},
                {"id": 3, "total": None, "parts": 1},
                {"id": 4, "total": 1, "parts": 1},
            ],
        )
        opened.execute(
            LINE.insert(),
            [{"placed": 1, "n": 5}, {"placed": 1, "n": 20}, {"placed": 4, "n": 0}],
        )
        yield opened
        opened.rollback()


EXPECTED = [
    (1, Decimal("7.5"), None),
    (2, None, "division_by_zero"),
    (3, None, None),
    (4, None, "division_by_zero"),
]


def test_update_sets_value_and_code_of_every_row(connection: sa.Connection) -> None:
    result = compiled(ORDER)
    assert result.code is not None
    connection.execute(ORDER.update().values(each=result.value, error=result.code))
    found = connection.execute(sa.select(ORDER.c.id, ORDER.c.each, ORDER.c.error)).all()
    assert sorted(map(tuple, found)) == EXPECTED


def test_update_from_the_joined_row_computes_both_at_once(connection: sa.Connection) -> None:
    source = ORDER.alias()
    row = compiled(source).row.lateral()
    change = (
        ORDER.update().values(each=row.c.value, error=row.c.code).where(ORDER.c.id == source.c.id)
    )
    connection.execute(change)
    found = connection.execute(sa.select(ORDER.c.id, ORDER.c.each, ORDER.c.error)).all()
    assert sorted(map(tuple, found)) == EXPECTED


def test_select_orders_and_groups_by_a_formula(connection: sa.Connection) -> None:
    value = compiled(ORDER).value
    query = sa.select(ORDER.c.id).order_by(value.nulls_last(), ORDER.c.id.desc())
    assert connection.scalars(query).all() == [1, 4, 3, 2]


def test_insert_from_select_takes_the_formula(connection: sa.Connection) -> None:
    query = sa.select(ORDER.c.id + 10, compiled(ORDER).value).where(ORDER.c.id == 1)
    connection.execute(ORDER.insert().from_select(["id", "each"], query))
    made = connection.scalar(sa.select(ORDER.c.each).where(ORDER.c.id == 11))
    assert made == Decimal("7.5")
