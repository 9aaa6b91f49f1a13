"""Filters and row policies in SQL: the same rows as in Python, by forms that indexes serve."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors

from sanhuan import expressions
from sanhuan.expressions import Context, Name, Names
from sanhuan.expressions import types as t

ZHANG = "0190b5a0-0000-7000-8000-000000000001"
LI = "0190b5a0-0000-7000-8000-000000000002"
DIALECT: sa.Dialect = sa.make_url("postgresql+psycopg://").get_dialect()()
METADATA = sa.MetaData()
DEAL = sa.Table(
    "deal",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("amount", sa.Numeric(20, 2)),
    sa.Column("places", sa.BigInteger),
    sa.Column("name", sa.Text(collation="pg_c_utf8")),
    sa.Column("stage", sa.Text),
    sa.Column("hot", sa.Boolean),
    sa.Column("signed", sa.Date),
    sa.Column("created_at", sa.DateTime(timezone=True)),
    sa.Column("spent", sa.BigInteger),
    sa.Column("owner", sa.Uuid(as_uuid=True)),
    sa.Column("department", sa.Uuid(as_uuid=True)),
    sa.Column("tags", postgresql.ARRAY(sa.Text)),
)
TYPES: dict[str, t.Type] = {
    "amount": t.NUMBER,
    "places": t.NUMBER,
    "name": t.TEXT,
    "stage": t.Choice.of("a", "b"),
    "hot": t.BOOLEAN,
    "signed": t.DATE,
    "created_at": t.DATETIME,
    "spent": t.DURATION,
    "owner": t.USER,
    "department": t.DEPARTMENT,
    "tags": t.ListOf(t.TEXT),
}
FIELDS = [Name(name, name, {}, kind) for name, kind in TYPES.items()]
SCOPE = Names(FIELDS, {"user": Names(FIELDS)})
ROWS: list[dict[str, Any]] = [
    {
        "amount": Decimal("100.00"),
        "places": 7,
        "name": "华为100%",
        "stage": "a",
        "hot": True,
        "signed": dt.date(2025, 4, 1),
        "created_at": dt.datetime(2025, 3, 31, 16, tzinfo=dt.UTC),
        "spent": 5_400_000,
        "owner": uuid.UUID(ZHANG),
        "department": uuid.UUID(ZHANG),
        "tags": ["x", "y"],
    },
    {
        "amount": Decimal("-5.25"),
        "places": -3,
        "name": "中兴_",
        "stage": "b",
        "hot": False,
        "signed": dt.date(2025, 3, 31),
        "created_at": dt.datetime(2025, 3, 31, 15, 59, 59, 999000, tzinfo=dt.UTC),
        "spent": 1,
        "owner": uuid.UUID(LI),
        "department": uuid.UUID(LI),
        "tags": [],
    },
    dict.fromkeys(TYPES),
]


class Departments:
    def is_under(self, department: str, ancestor: str) -> bool:
        return department in self.below(ancestor)

    def below(self, ancestor: str) -> Sequence[str]:
        return [ancestor]


class Person:
    def get(self, path: tuple[str, ...]) -> object:
        return ZHANG


CONTEXT = Context(
    zone=ZoneInfo("Asia/Shanghai"),
    now=dt.datetime(2025, 3, 31, 16, 30, tzinfo=dt.UTC),
    me=ZHANG,
    person=Person(),
    departments=Departments(),
)


class DealScope:
    """The columns of the table itself."""

    def column(self, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
        return DEAL.c[path[0]]

    def error(self, path: tuple[str, ...]) -> sa.ColumnElement[bool] | None:
        return None

    def rows(self, path: tuple[str, ...]) -> tuple[sa.FromClause, DealScope]:
        raise LookupError(path)

    def order(self) -> Sequence[sa.ColumnElement[Any]]:
        return ()


class Record:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def get(self, path: tuple[str, ...]) -> object:
        value = self.values[path[0]]
        return str(value) if isinstance(value, uuid.UUID) else value


@pytest.fixture(scope="module")
def deals(engine: sa.Engine) -> Iterator[sa.Engine]:
    with engine.begin() as connection:
        METADATA.create_all(connection)
        for number, row in enumerate(ROWS):
            connection.execute(DEAL.insert().values(id=number, **row))
    yield engine
    with engine.begin() as connection:
        METADATA.drop_all(connection)


FORMULAS = [
    "amount > 50",
    "amount = 100",
    "100 = amount",
    "amount <> 100",
    "amount = NULL",
    "amount <> NULL",
    "places = 7",
    "places = 7.5",
    "places > 6.5",
    "places >= -3 AND places < 99999999999999999999",
    "BETWEEN(places, -3, 7)",
    "places IN (7, 8)",
    "places IN (7, NULL)",
    'name = "华为100%"',
    'name < "乙"',
    'CONTAINS(name, "0%")',
    'NOT CONTAINS(name, "0%")',
    'BEGINS(name, "华")',
    'ENDS(name, "_")',
    'CONTAINS(UPPER(name), "100")',
    'stage IN ("a", "b")',
    'stage NOT IN ("a", NULL)',
    'stage <> "a"',
    "hot",
    "NOT hot",
    "hot = FALSE",
    "signed = #2025-04-01#",
    'WITHIN(signed, "本月")',
    'NOT IFBLANK(WITHIN(signed, "this_month"), FALSE)',
    "TODATE(created_at) = #2025-04-01#",
    "TODATE(created_at) <> #2025-04-01#",
    "TODATE(created_at) < TODAY()",
    "TODATE(created_at) <= TODAY()",
    "TODAY() > TODATE(created_at)",
    "TODATE(created_at) > #9999-12-31#",
    "TODATE(created_at) <= #9999-12-31#",
    "TODATE(created_at) IN (#2025-03-31#, #2025-05-01#)",
    "BETWEEN(TODATE(created_at), #2025-03-01#, #2025-03-31#)",
    'WITHIN(created_at, "今天")',
    "created_at >= #2025-04-01 00:00#",
    'spent > DURATION(1, "hour")',
    'spent = DURATION(1.5, "hour")',
    "owner = ME",
    "owner <> ME",
    "NOT IFBLANK(owner = ME, FALSE)",
    "UNDER(department, ME.department)",
    '"x" IN tags',
    '"x" NOT IN tags',
    "ISBLANK(tags)",
    "ISBLANK(owner)",
    "1 / amount > 0 OR hot",
    "NOT IFBLANK(1 / (amount - 100) > 0, FALSE)",
    "amount > 50 AND NOT (hot OR places > 100)",
    "TRUE",
    "FALSE",
    "1 = 2 OR amount > 0",
    "IF(hot, amount > 5, places < 5)",
    "IFERROR(1 / (amount - 100) > 0, TRUE)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_condition_selects_the_rows_where_python_gives_true(deals: sa.Engine, text: str) -> None:
    expression = expressions.check(text, SCOPE)
    run = expressions.compile_python(expression)
    wanted = [i for i, row in enumerate(ROWS) if run(Record(row), CONTEXT) is True]
    condition = expressions.condition_sql(expression, DealScope(), CONTEXT)
    with deals.connect() as connection:
        found = connection.scalars(sa.select(DEAL.c.id).where(condition).order_by(DEAL.c.id)).all()
    assert list(found) == wanted


def sql_of(text: str) -> str:
    condition = expressions.condition_sql(expressions.check(text, SCOPE), DealScope(), CONTEXT)
    return str(condition.compile(dialect=DIALECT))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("amount = 100", "deal.amount = %(param_1)s"),
        ("places > 6", "deal.places > %(param_1)s"),
        ('BEGINS(name, "华")', "deal.name LIKE %(name_1)s"),
        ("TODATE(created_at) = #2025-04-01#", "deal.created_at >= %("),
        ('name < "b"', "deal.name < %(param_1)s"),
        ('stage IN ("a", "b")', "deal.stage = any(%("),
    ],
)
def test_condition_beside_a_literal_is_a_plain_comparison(text: str, form: str) -> None:
    assert form in sql_of(text)


INDEXED = [
    ("amount", "amount = 100"),
    ("amount", "BETWEEN(amount, 1, 2)"),
    ("places", "places = 7"),
    ("places", "places IN (7, 8)"),
    ("name", 'BEGINS(name, "华为")'),
    ("name", 'name >= "华" AND name < "单"'),
    ("stage", 'stage IN ("a")'),
    ("signed", 'WITHIN(signed, "this_month")'),
    ("created_at", "TODATE(created_at) = #2025-04-01#"),
    ("created_at", 'WITHIN(created_at, "this_month")'),
    ("spent", 'spent > DURATION(1, "hour")'),
    ("owner", "owner = ME"),
    ("amount", "amount = 100 AND 10 / places > 1"),
    ("amount", "amount = 100 AND NOT IFBLANK(10 / places > 1, FALSE)"),
]


@pytest.mark.parametrize(("column", "text"), INDEXED, ids=[text for _, text in INDEXED])
def test_condition_is_served_by_an_index(deals: sa.Engine, column: str, text: str) -> None:
    condition = expressions.condition_sql(expressions.check(text, SCOPE), DealScope(), CONTEXT)
    query = sa.select(DEAL.c.id).where(condition)
    with deals.connect() as connection:
        sa.Index(f"by_{column}", DEAL.c[column]).create(connection, checkfirst=True)
        connection.exec_driver_sql("set local enable_seqscan = off")
        connection.exec_driver_sql("set local plan_cache_mode = force_custom_plan")
        plan = connection.scalars(sa.text("explain " + _inline(query))).all()
        connection.rollback()
    for index in list(DEAL.indexes):
        DEAL.indexes.discard(index)
    assert any("Index Cond" in line for line in plan), "\n".join(plan)


def _inline(query: sa.Select[Any]) -> str:
    compiled = query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
    return str(compiled).replace("%%", "%")


def test_every_literal_is_bound_and_only_columns_of_the_scope_are_named() -> None:
    """What an author writes is never part of the SQL's text."""
    text = (
        'name = "0\' OR 1=1 --" AND amount > 12345 AND stage = "a" AND signed > #2024-02-29#'
        ' AND JOIN("seп", tags, "x--y") <> "q" AND TEXT(amount, "#,##0.00") = "z"'
        ' AND TEXT(signed, "yyyy年m月d日") = "z" AND WITHIN(created_at, "last_7_days")'
        ' AND DATEADD(signed, 3, "month") > #2024-01-01# AND SUBSTITUTE(name, "a", "b") = "c"'
    )
    condition = expressions.condition_sql(expressions.check(text, SCOPE), DealScope(), CONTEXT)
    sql = str(condition.compile(dialect=DIALECT))
    for literal in ("OR 1=1", "12345", "2024", "seп", "x--y", "年", "last_7", "#,##0"):
        assert literal not in sql
    tables = {part for part in visitors.iterate(condition) if isinstance(part, sa.Table)}
    columns = {
        part.table.name
        for part in visitors.iterate(condition)
        if isinstance(part, sa.Column) and part.table is not None
    }
    assert tables <= {DEAL}
    assert columns == {"deal"}


def test_formula_too_large_for_sql_is_refused() -> None:
    text = " + ".join(["amount * places"] * 160) + " > 0"
    with pytest.raises(expressions.ExpressionError) as raised:
        sql_of(text)
    assert raised.value.code == "limit"


def test_condition_that_is_no_condition_is_refused() -> None:
    with pytest.raises(expressions.ExpressionError) as raised:
        sql_of("amount + 1")
    assert raised.value.code == "type_mismatch"
