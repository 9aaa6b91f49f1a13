"""Figures over groups of what a caller sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Numeric,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.sql.elements import UnaryExpression

from sanhuan.catalog.fields import (
    BooleanField,
    ComputedField,
    DateField,
    DateTimeField,
    FieldDefinition,
    LinesField,
    ReferenceField,
)
from sanhuan.catalog.fields.numbers import NumberField
from sanhuan.errors import Text as Message
from sanhuan.records.errors import BadRequest
from sanhuan.records.read import access, composer
from sanhuan.records.read.listing import sorts
from sanhuan.records.requests import Aggregate, Measure

GRAINS = ("day", "week", "month", "quarter", "year")
MOST_GROUPS = 10_000
MOST_KEYS = 5
MOST_MEASURES = 20
PERCENTILES = {"median": "0.5", "p90": "0.9"}
OVER_NUMBERS = frozenset({"sum", "avg", *PERCENTILES})


def statement(here: composer.Composer, asked: Aggregate) -> Select[Any]:
    """One row: the groups as JSON text, sorted, at most `limit`."""
    _bounded(asked)
    keys = {name: _key(here, name) for name in asked.group_by}
    figures = {measure.name: _figure(here, measure) for measure in asked.measures}
    if set(keys) & set(figures) or len(figures) != len(asked.measures):
        raise _bad("as", "名称重复", "Names repeat")
    conditions = [here.live()]
    if asked.filter is not None:
        conditions.append(here.condition(asked.filter))
    conditions.append(access.row_rule(here.branches))
    groups = (
        select(
            *(column.label(f"g{n}") for n, column in enumerate(keys.values())),
            *(column.label(f"m{n}") for n, column in enumerate(figures.values())),
        )
        .select_from(here.from_clause())
        .where(*conditions)
    )
    if keys:
        groups = groups.group_by(*(text(f"g{n}") for n in range(len(keys))))
    inner = groups.subquery("g")
    shown = [_shown(here, name, inner.c[f"g{n}"]) for n, name in enumerate(keys)]
    measures = [inner.c[f"m{n}"] for n in range(len(figures))]
    order = _order(asked, list(keys), inner)
    rows = (
        select(_object([*keys, *figures], [*shown, *measures]).label("row"))
        .select_from(inner)
        .order_by(*order)
        .limit(min(max(asked.limit, 1), MOST_GROUPS))
        .subquery("r")
    )
    whole = func.json_agg(rows.c.row)
    return select(cast(func.coalesce(whole, literal_column("'[]'::json")), Text)).select_from(rows)


def _object(names: Sequence[str], columns: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    """A JSON object. Names are values: as names of columns they would be cut at 63 bytes."""
    pairs = zip((cast(literal(name), Text) for name in names), columns, strict=True)
    return func.json_build_object(*(part for pair in pairs for part in pair))


def _bounded(asked: Aggregate) -> None:
    if len(asked.group_by) > MOST_KEYS:
        raise _bad("group_by", f"最多按 {MOST_KEYS} 个字段分组", f"At most {MOST_KEYS} groupings")
    if not 1 <= len(asked.measures) <= MOST_MEASURES:
        raise _bad("measures", f"要 1 到 {MOST_MEASURES} 个度量", f"1 to {MOST_MEASURES} measures")
    for measure in asked.measures:
        if not measure.name or len(measure.name) > 60:
            raise _bad("as", "度量要有不超过 60 字的名称", "A measure needs a name")


def _bad(where: str, zh: str, en: str) -> BadRequest:
    return BadRequest("bad_aggregate", Message(zh, en), field=where)


def _key(here: composer.Composer, name: str) -> ColumnElement[Any]:
    path, _, grain = name.partition(":")
    far, one = here.path(path)
    kind = _kind(far, one)
    if not _is_single(kind):
        raise _bad("group_by", f"不能按 {path[:40]} 分组", f"Can't group by {path[:40]}")
    column = far.column((one.id,))
    if not grain:
        return column
    if grain not in GRAINS or not isinstance(kind, DateField | DateTimeField):
        raise _bad("group_by", f"不能按 {grain[:20]} 分组", f"Can't group by {grain[:20]}")
    if isinstance(kind, DateTimeField):
        column = func.timezone(str(here.context.zone), column)
    return cast(func.date_trunc(text(f"'{grain}'"), column), Date)


def _shown(here: composer.Composer, name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A group's key as JSON: references with their title where the caller sees it."""
    path, _, grain = name.partition(":")
    far, one = here.path(path)
    if grain:
        return cast(column, Text)
    kind = far.shown_as(one)
    if isinstance(kind, ReferenceField):
        return _titled(here, kind, column)
    return kind.select([column])


def _titled(
    here: composer.Composer, one: ReferenceField, column: ColumnElement[Any]
) -> ColumnElement[Any]:
    target = here.catalog.objects[one.target]
    far = composer.Composer.start(here.catalog, here.caller, here.context, target)
    here.used |= far.used
    title = (
        select(far.column((target.title.id,)))
        .where(far.table.c.id == column, far.live(), access.row_rule(far.branches))
        .scalar_subquery()
    )
    built = func.json_build_object(text("'id'"), column, text("'title'"), title)
    return case((column.is_not(None), built))


def _figure(here: composer.Composer, measure: Measure) -> ColumnElement[Any]:
    if measure.function == "count":
        if measure.field is not None:
            raise _bad("field", "计数不用字段", "Counting takes no field")
        return func.count()
    if measure.field is None:
        raise _bad("field", "要写明字段", "Name the field")
    far, one = here.path(measure.field)
    kind = _kind(far, one)
    if not _is_single(kind):
        raise _bad("field", "这个字段不能统计", "This field has no figures")
    column = far.column((one.id,))
    if measure.function == "count_distinct":
        return func.count(column.distinct())
    if measure.function in OVER_NUMBERS and not isinstance(kind, NumberField):
        raise _bad("field", "只有数字能求和、平均、分位", "Only numbers have a sum or a percentile")
    if measure.function in ("min", "max") and not _has_order(kind):
        raise _bad("field", "这个字段不能比大小", "This field has no order")
    if measure.function in PERCENTILES:
        return cast(_percentile(measure.function, column), Text)
    figure: ColumnElement[Any] = getattr(func, measure.function)(column)
    if measure.function == "avg":
        figure = func.round(figure, 6)
    if isinstance(kind, DateTimeField):
        return figure  # its JSON is ISO 8601, its text is not
    if measure.function in ("min", "max"):
        figure = kind.select([figure])
    return cast(figure, Text)


def _percentile(function: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """PostgreSQL interpolates in double precision: rounded, so that no digit of noise shows."""
    share: ColumnElement[Any] = literal_column(PERCENTILES[function])
    figure = func.percentile_cont(share).within_group(column.asc())
    return func.trim_scale(func.round(cast(figure, Numeric), 6))


def _kind(here: composer.Composer, one: FieldDefinition) -> FieldDefinition:
    """The plain field whose values these are: what a lookup ends at, what a formula gives."""
    shown = here.shown_as(one)
    return shown.shown_as if isinstance(shown, ComputedField) else shown


def _is_single(kind: FieldDefinition) -> bool:
    """Whether a value is one to compare: lines and what takes several columns are not."""
    return not isinstance(kind, LinesField) and len(kind.columns()) < 2


def _has_order(kind: FieldDefinition) -> bool:
    """Whether values have a least and a greatest; ids and yes-or-no have none."""
    return kind.sortable and not isinstance(kind, ReferenceField | BooleanField)


def _order(asked: Aggregate, keys: list[str], inner: Any) -> list[UnaryExpression[Any]]:
    columns = {name: inner.c[f"g{n}"] for n, name in enumerate(keys)}
    numeric = {"count", "count_distinct"} | OVER_NUMBERS
    for n, measure in enumerate(asked.measures):
        column = inner.c[f"m{n}"]
        columns[measure.name] = cast(column, Numeric) if measure.function in numeric else column
    wanted = sorts(asked.sort)
    for sort in wanted:
        if sort.path not in columns:
            raise _bad("sort", f"没有 {sort.path[:40]}", f"There is no {sort.path[:40]}")
    chosen = [
        columns[s.path].desc().nulls_last() if s.descending else columns[s.path].asc().nulls_first()
        for s in wanted
    ]
    return [*chosen, *(columns[name].asc().nulls_last() for name in keys)]
