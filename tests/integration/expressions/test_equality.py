"""Random typed expressions over random records: Python and SQL agree, value or code."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from sanhuan import expressions
from sanhuan.expressions import TITLE, Context, ErrorValue, Expression, ExpressionError, nodes
from sanhuan.expressions.calls import finish
from tests.integration.expressions import tables
from tests.unit.expressions import cases, generator, samples

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
COUNT = 20_000 if PROVE else 300
SEED = int(os.environ.get("SANHUAN_SEED", "20250331"))
RECORDS = 240
PER_BATCH = 12
ROWS_PER_BATCH = 8
ZONES = ("Asia/Shanghai", "America/New_York", "UTC")

metadata = sa.MetaData()


def _columns(types: Mapping[str, Any]) -> list[sa.Column[Any]]:
    return [
        sa.Column(name, tables.sql_type(kind))
        for name, kind in types.items()
        if not (isinstance(kind, Mapping) and "rows" in kind)
    ]


FAR = sa.Table(
    "far",
    metadata,
    sa.Column("id", sa.Text),
    sa.Column("title", sa.Text),
    *_columns(samples.FAR_TYPES),
)
RECORD = sa.Table(
    "record",
    metadata,
    sa.Column("id", sa.Integer),
    sa.Column("ne_error", sa.Boolean),
    *_columns(samples.TYPES),
)
ROW = sa.Table(
    "line",
    metadata,
    sa.Column("record", sa.Integer),
    sa.Column("position", sa.Integer),
    *_columns(samples.ROW_TYPES),
)
PART = sa.Table(
    "part",
    metadata,
    sa.Column("record", sa.Integer),
    sa.Column("line", sa.Integer),
    sa.Column("position", sa.Integer),
    *_columns(samples.PART_TYPES),
)


class RecordScope:
    """The record's columns, its account by a correlated sub-query, its lines."""

    def column(self, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
        if path[0] != "far" or len(path) == 1:
            return RECORD.c[path[0]]
        far = FAR.alias()
        column = far.c["title" if path[1] == TITLE else path[1]]
        return sa.select(column).where(far.c.id == RECORD.c.far).correlate(RECORD).scalar_subquery()

    def error(self, path: tuple[str, ...]) -> sa.ColumnElement[bool] | None:
        return RECORD.c.ne_error if path == ("ne",) else None

    def rows(self, path: tuple[str, ...]) -> tuple[sa.FromClause, LineScope]:
        line = ROW.alias()
        source = sa.select(line).where(line.c.record == RECORD.c.id).correlate(RECORD).lateral()
        return source, LineScope(source)

    def order(self) -> Sequence[sa.ColumnElement[Any]]:
        return ()


class LineScope:
    def __init__(self, source: sa.FromClause) -> None:
        self.source = source

    def column(self, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
        return self.source.c[path[0]]

    def error(self, path: tuple[str, ...]) -> sa.ColumnElement[bool] | None:
        return None

    def rows(self, path: tuple[str, ...]) -> tuple[sa.FromClause, LineScope]:
        if path != ("parts",):
            raise LookupError(path)
        part, line = PART.alias(), self.source
        mine = sa.and_(part.c.record == line.c.record, part.c.line == line.c.position)
        source = sa.select(part).where(mine).correlate(line).lateral()
        return source, LineScope(source)

    def order(self) -> Sequence[sa.ColumnElement[Any]]:
        return (self.source.c.position,)


@pytest.fixture(scope="module")
def records(engine: sa.Engine) -> Iterator[list[dict[str, Any]]]:
    """Random records, in memory and in the database."""
    print(f"seed {SEED}")
    makes = samples.Records(random.Random(SEED))
    made = [makes.record() for _ in range(RECORDS)]
    with engine.begin() as connection:
        metadata.create_all(connection)
        for number, record in enumerate(made):
            _insert(connection, number, record)
    yield made
    with engine.begin() as connection:
        metadata.drop_all(connection)


def _insert(connection: sa.Connection, number: int, record: dict[str, Any]) -> None:
    plain = {
        name: record[name]
        for name, kind in samples.TYPES.items()
        if isinstance(kind, str) and not isinstance(record[name], ErrorValue)
    }
    far = record["far"]
    if far is not None:
        far["id"] = f"f{number}"
        connection.execute(FAR.insert().values(far))
    connection.execute(
        RECORD.insert().values(
            id=number,
            far=None if far is None else far["id"],
            ne_error=isinstance(record["ne"], ErrorValue),
            **plain,
        )
    )
    for position, row in enumerate(record["rows"]):
        values = {name: row[name] for name in samples.ROW_TYPES}
        connection.execute(ROW.insert().values(record=number, position=position, **values))
        for place, part in enumerate(row["parts"]):
            place_of = {"record": number, "line": position, "position": place}
            own = {name: part[name] for name in samples.PART_TYPES}
            connection.execute(PART.insert().values(**place_of, **own))


def context(chance: random.Random) -> Context:
    return Context(
        zone=ZoneInfo(chance.choice(ZONES)),
        now=dt.datetime(2025, 3, 31, 16, 30, tzinfo=dt.UTC),
        me="u_zhang",
    )


def by_python(expression: Expression, record: dict[str, Any], around: Context) -> object:
    return expressions.compile_python(expression)(cases.Row(record), around)


def columns_of(
    expression: Expression, around: Context, *, fold: bool
) -> list[sa.ColumnElement[Any]]:
    """Value, code, and for conditions whether the row is selected."""
    result = expressions.compile_sql(expression, RecordScope(), around, fold=fold)
    code = sa.cast(sa.null(), sa.Text()) if result.code is None else result.code
    selected: sa.ColumnElement[Any] = sa.null()
    if expression.type.kind == "boolean":
        selected = expressions.condition_sql(expression, RecordScope(), around).is_(sa.true())
    return [result.value, code, selected]


def by_sql(
    engine: sa.Engine, batch: Sequence[Expression], around: Context, first: int, *, fold: bool
) -> list[list[tuple[object, object]]]:
    """For each record the value (or error) and the selection of each expression."""
    columns = [
        column.label(f"c{place}_{part}")
        for place, expression in enumerate(batch)
        for part, column in enumerate(columns_of(expression, around, fold=fold))
    ]
    chosen = RECORD.c.id.between(first, first + ROWS_PER_BATCH - 1)
    query = sa.select(*columns).select_from(RECORD).where(chosen).order_by(RECORD.c.id)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [[_outcome(row[i * 3 : i * 3 + 3]) for i in range(len(batch))] for row in rows]


def _outcome(cells: Sequence[Any]) -> tuple[object, object]:
    value, code, selected = cells
    if code is None:
        return value, selected
    return ErrorValue(code) if value is None else (value, code), selected


def differences(
    engine: sa.Engine,
    batch: Sequence[Expression],
    records: list[dict[str, Any]],
    around: Context,
    first: int,
    *,
    fold: bool,
) -> Iterator[str]:
    found = by_sql(engine, batch, around, first, fold=fold)
    names = samples.scope()
    for row, record in zip(found, records[first : first + ROWS_PER_BATCH], strict=True):
        for expression, (value, selected) in zip(batch, row, strict=True):
            wanted = by_python(expression, record, around)
            wrong_pick = selected is not None and selected != (wanted is True)
            if value != wanted or wrong_pick or (type(value) is not type(wanted)):
                text = expressions.print_expression(expression, names, "en")
                given = f"{around.zone} {_shown(expression, record)}"
                yield f"{text}\n  Python {wanted!r}\n  SQL {value!r}, {selected}\n  {given}"


def _shown(expression: Expression, record: dict[str, Any]) -> dict[str, Any]:
    return {path[0]: record[path[0]] for path in expression.uses}


def smallest(
    engine: sa.Engine,
    batch: Sequence[Expression],
    records: list[dict[str, Any]],
    around: Context,
    first: int,
    *,
    fold: bool,
) -> str:
    """The difference of the smallest part that differs by itself."""
    parts = {
        part: nodes.size(part)
        for expression in batch
        for part in nodes.walk(expression.root)
        if not isinstance(part.type, expressions.types.Rows | expressions.types.Null)
        and part.type.kind != "reference"
    }
    for part in sorted(parts, key=lambda part: parts[part]):
        try:
            single = finish(part)
            for difference in differences(engine, [single], records, around, first, fold=fold):
                return difference
        except (LookupError, IndexError, ExpressionError, sa.exc.SQLAlchemyError):
            continue  # a part of a per-row condition means nothing by itself
    return "only as a whole"


def test_random_expressions_agree_in_python_and_sql(
    engine: sa.Engine, records: list[dict[str, Any]]
) -> None:
    chance = random.Random(SEED + 1)
    makes = generator.Expressions(chance, samples.scope())
    for _ in range(COUNT // PER_BATCH):
        batch = [makes.expression(chance.choice([1, 2, 3, 4])) for _ in range(PER_BATCH)]
        batch = [each for each in batch if nodes.size(each.root) <= 300]
        around, first = context(chance), chance.randrange(RECORDS - ROWS_PER_BATCH)
        fold = chance.random() < 0.5
        try:
            found = next(differences(engine, batch, records, around, first, fold=fold), None)
        except sa.exc.SQLAlchemyError as error:
            found = str(error.orig if isinstance(error, sa.exc.DBAPIError) else error)
        if found is not None:
            detail = smallest(engine, batch, records, around, first, fold=fold)
            pytest.fail(f"seed {SEED}: {found}\nsmallest: {detail}")


def test_random_expressions_print_and_encode_to_themselves() -> None:
    chance = random.Random(SEED + 2)
    names = samples.scope()
    makes = generator.Expressions(chance, names)
    for _ in range(COUNT):
        expression = makes.expression(chance.choice([1, 2, 3, 4]))
        for language in ("zh", "en"):
            text = expressions.print_expression(expression, names, language)
            if len(text) <= 5_000:
                assert expressions.check(text, names, language=language) == expression, text
        assert expressions.from_json(expressions.to_json(expression), names) == expression
