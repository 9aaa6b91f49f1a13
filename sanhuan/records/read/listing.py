"""Lists of records: filtered, sorted, paged by key, as JSON made by PostgreSQL.

Rows a person may see by several rules are read as a union of branches, each with an index, order
and limit of its own: an OR of them would read the whole table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, array
from sqlalchemy.sql.selectable import CTE, CompoundSelect

from sanhuan.catalog.fields import FieldDefinition, FormulaField
from sanhuan.catalog.runtime import ObjectType
from sanhuan.errors import Text as Message
from sanhuan.records.errors import BadRequest, UnknownField
from sanhuan.records.read import access, composer, search
from sanhuan.records.read.statements import Statement, compiled
from sanhuan.records.requests import Query

CAPPED = 1_001
NOTHING: ColumnElement[Any] = literal_column("'[]'::json")
ROW_ACTS = ("edit", "delete", "assign")
MOST_SORTS = 4


@dataclass(frozen=True)
class Sort:
    """One key to sort by; empty counts as the smallest value."""

    path: str
    descending: bool


def sorts(written: str | None) -> list[Sort]:
    """`-amount,name` as keys. Raises `BadRequest` for more than four."""
    parts = [part.strip() for part in (written or "").split(",") if part.strip()]
    if len(parts) > MOST_SORTS:
        raise BadRequest(
            "too_many",
            Message(f"最多按 {MOST_SORTS} 个字段排序", f"At most {MOST_SORTS} keys to sort by"),
            field="sort",
        )
    return [Sort(part.lstrip("-"), part.startswith("-")) for part in parts]


def statement(
    here: composer.Composer, query: Query, keys: Sequence[str | None] | None
) -> Select[*tuple[Any, ...]]:
    """One row: the page's records as JSON text, how many there are, the keys to go on from.

    Parameters beside the composed ones: `page` (rows), `more` (one more), `key_0`... (texts,
    after a cursor).
    """
    wanted = sorts(query.sort)
    page = _page(here, query, wanted, keys)
    outer = composer.Composer.start(here.catalog, here.caller, here.context, here.item)
    outer.used = here.used
    record = _record(outer, query.fields)
    rows = (
        select(*record, *(page.c[f"k{n}"] for n in range(len(wanted) + 1)), page.c.n)
        .select_from(outer.from_clause(page.join(outer.table, outer.table.c.id == page.c.id)))
        .subquery("r")
    )
    taken = rows.c.n <= bindparam("page", type_=Integer)
    whole = _whole(outer, record, rows)
    last = func.json_build_array(*(rows.c[f"k{n}"] for n in range(len(wanted) + 1)))
    return select(
        func.coalesce(
            func.json_agg(aggregate_order_by(whole, rows.c.n)).filter(taken),
            literal_column("'[]'::json"),
        ).cast(Text),
        func.count(),
        func.max(cast(last, Text)).filter(rows.c.n == bindparam("page", type_=Integer)),
    )


def one_statement(
    here: composer.Composer, fields: Sequence[str] | None, *, single: bool = False
) -> Select[Any]:
    """One row per record of `ids` that the caller sees: the id and its JSON, lines included.

    `single`: of the one record `id`, which plans alike whatever the values.
    """
    names = fields
    record = _record(here, names, with_lines=names is None)
    rows = (
        select(here.table.c.id.label("id_of_row"), *record)
        .select_from(here.from_clause())
        .where(
            _is_one(here) if single else _is_among(here),
            here.live(),
            access.row_rule(here.branches),
        )
        .subquery("r")
    )
    return select(rows.c.id_of_row, cast(_whole(here, record, rows, drop=("id_of_row",)), Text))


def _is_one(here: composer.Composer) -> ColumnElement[bool]:
    return here.table.c.id == bindparam("id", type_=here.table.c.id.type)


def _is_among(here: composer.Composer) -> ColumnElement[bool]:
    return here.table.c.id == any_(bindparam("ids", type_=ARRAY(here.table.c.id.type)))


def lock_statement(item: ObjectType) -> Statement:
    """The live records of `ids`, locked in the order of their ids."""
    table = item.table
    chosen = (
        select(table.c.id)
        .where(
            table.c.id == any_(bindparam("ids", type_=ARRAY(table.c.id.type))),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.id)
        .with_for_update(key_share=True)
    )
    return compiled(chosen, ())


def count_statement(here: composer.Composer, query: Query, *, capped: bool) -> Select[Any]:
    """How many records a list has in all; capped, it stops counting at 1,001."""
    conditions = _conditions(here, query)
    chosen = select(text("1")).select_from(here.from_clause())
    chosen = chosen.where(*conditions, access.row_rule(here.branches))
    if capped:
        chosen = chosen.limit(CAPPED)
    return select(func.count()).select_from(chosen.subquery())


def _conditions(here: composer.Composer, query: Query) -> list[ColumnElement[bool]]:
    conditions = [here.live()]
    if query.filter is not None:
        conditions.append(here.condition(query.filter))
    if query.q:
        conditions.append(search.condition(here, query.q))
    return conditions


def _page(
    here: composer.Composer,
    query: Query,
    wanted: Sequence[Sort],
    keys: Sequence[str | None] | None,
) -> CTE:
    """The ids of the page and one more, with their sort keys and their place."""
    columns = [_sort_column(here, sort) for sort in wanted]
    ordered = [*columns, here.table.c.id]
    descending = [*(sort.descending for sort in wanted), _id_descends(wanted)]
    conditions = _conditions(here, query)
    parts: list[Select[Any]] = []
    for rule in [one.predicate for one in access.of_rows(here.branches)] or [false()]:
        for after in _after(ordered, descending, keys):
            chosen = (
                select(
                    here.table.c.id.label("id"),
                    *(column.label(f"s{n}") for n, column in enumerate(ordered)),
                )
                .select_from(here.from_clause())
                .where(*conditions, rule, *after)
                .order_by(*_order(ordered, descending))
                .limit(bindparam("more", type_=Integer))
            )
            parts.append(chosen)
    several = parts[0].subquery() if len(parts) == 1 else _union(parts).subquery()
    placed = [several.c[f"s{n}"] for n in range(len(ordered))]
    order = _order(placed, descending)
    return (
        select(
            several.c.id,
            *(cast(column, Text).label(f"k{n}") for n, column in enumerate(placed)),
            func.row_number().over(order_by=order).label("n"),
        )
        .order_by(*order)
        .limit(bindparam("more", type_=Integer))
        .cte("page")
    )


def _union(parts: Sequence[Select[Any]]) -> CompoundSelect[Any]:
    """Branches may take the same row: each row once."""
    return union(*(select(part.subquery()) for part in parts))


def _id_descends(wanted: Sequence[Sort]) -> bool:
    """The id breaks ties in the direction of the last key, so that one index serves; alone it
    goes down: ids rise with time, so that the newest come first."""
    return wanted[-1].descending if wanted else True


def _sort_column(here: composer.Composer, sort: Sort) -> ColumnElement[Any]:
    far, one = here.path(sort.path)
    if not far.shown_as(one).sortable:
        raise BadRequest(
            "not_sortable",
            Message(f"不能按 {sort.path} 排序", f"Can't sort by {sort.path}"),
            field="sort",
        )
    return far.column((one.id,))


def _order(columns: Sequence[ColumnElement[Any]], descending: Sequence[bool]) -> list[Any]:
    last = len(columns) - 1
    return [
        (column.desc() if down else column.asc())
        if place == last
        else (column.desc().nulls_last() if down else column.asc().nulls_first())
        for place, (column, down) in enumerate(zip(columns, descending, strict=True))
    ]


def _after(
    columns: Sequence[ColumnElement[Any]],
    descending: Sequence[bool],
    keys: Sequence[str | None] | None,
) -> list[list[ColumnElement[bool]]]:
    """Conditions for what comes after the keys; with one key as a union of index ranges."""
    if keys is None:
        return [[]]
    values = [
        cast(bindparam(f"key_{n}", type_=Text), column.type) for n, column in enumerate(columns)
    ]
    if len(columns) == 1:
        return [[_beyond(columns[0], values[0], descending[0])]]
    if len(columns) == 2:
        return _after_one(columns, values, descending[0], keys[0] is None)
    return [[_lexicographic(columns, values, descending, keys)]]


def _beyond(column: Any, value: Any, down: bool) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column < value if down else column > value
    return found


def _after_one(
    columns: Sequence[ColumnElement[Any]], values: Sequence[Any], down: bool, at_null: bool
) -> list[list[ColumnElement[bool]]]:
    """Empty is the smallest: going down it comes last, going up first."""
    key, id_ = columns
    among_empty = [key.is_(None), _beyond(id_, values[1], down)]
    if at_null:
        return [among_empty] if down else [among_empty, [key.is_not(None)]]
    pair = func.row(key, id_)
    wanted = func.row(values[0], values[1])
    rest: list[ColumnElement[bool]] = [pair.op("<" if down else ">", is_comparison=True)(wanted)]
    return [rest, [key.is_(None)]] if down else [rest]


def _lexicographic(
    columns: Sequence[ColumnElement[Any]],
    values: Sequence[Any],
    descending: Sequence[bool],
    keys: Sequence[str | None],
) -> ColumnElement[bool]:
    """After the keys by the first in which a row differs."""
    ways: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for column, value, down, key in zip(columns, values, descending, keys, strict=True):
        beyond: ColumnElement[bool]
        equal: ColumnElement[bool]
        if key is None:
            beyond = false() if down else column.is_not(None)
            equal = column.is_(None)
        else:
            beyond = or_(column < value, column.is_(None)) if down else column > value
            equal = column == value
        ways.append(and_(*same, beyond))
        same.append(equal)
    return or_(*ways)


def _record(
    here: composer.Composer, fields: Sequence[str] | None, *, with_lines: bool = False
) -> list[Any]:
    """The labelled columns of a record's JSON, with what the caller may do with it."""
    chosen = composer.selected(here, fields)
    if with_lines:
        chosen += [(one.name, here.json(one)) for one in here.item.lines if here.readable(one)]
    if len({name for name, _ in chosen}) != len(chosen):
        raise UnknownField(",".join(fields or ()))
    return [
        *(column.label(name) for name, column in chosen),
        _acts(here).label("_can"),
        _masked_names(here).label("_masked"),
        _errors(here).label("_errors"),
        *_hidden(here),
    ]


def _acts(here: composer.Composer) -> ColumnElement[Any]:
    """The acts allowed on the row, as a JSON list; acts of the same rows are decided at once."""
    by_rows: dict[tuple[int, ...], list[str]] = {}
    rules: dict[tuple[int, ...], Sequence[access.Branch]] = {}
    for act in ROW_ACTS:
        found = access.of_rows(
            access.branches(here.caller, here.item, act, here.table, here.catalog, here.context)
        )
        if found:
            key = tuple(id(branch.grant) for branch in found)
            by_rows.setdefault(key, []).append(act)
            rules[key] = found
    if len(by_rows) == 1:
        ((key, acts),) = by_rows.items()
        listed: ColumnElement[Any] = literal_column(f"'{json.dumps(acts)}'::json")
        if rules[key][0].all_rows:
            return listed
        return case((access.row_rule(rules[key]), listed), else_=NOTHING)
    allowed = [
        case((access.row_rule(rules[key]), literal_column(f"'{act}'")))
        for key, acts in by_rows.items()
        for act in acts
    ]
    return _names(allowed)


def _names(names: Sequence[Any]) -> ColumnElement[Any]:
    """A JSON list of the texts that are not null."""
    if not names:
        return NOTHING
    listed = func.array_remove(cast(array(names), ARRAY(Text)), null())
    return func.to_json(listed)


def _masked_names(here: composer.Composer) -> ColumnElement[Any]:
    """API names of the fields whose value is masked on this row."""
    found: list[Any] = []
    for one in here.item.fields.values():
        seen = here.sight(one)
        if seen.level == "masked":
            found.append(literal_column(_quoted(one)))
        elif seen.level is None and seen.masked_when is not None:
            clear = seen.clear_when if seen.clear_when is not None else false()
            when = and_(seen.masked_when, clear.is_not(true()))
            found.append(case((when, literal_column(_quoted(one)))))
    return _names(found)


def _quoted(one: FieldDefinition) -> str:
    """API names are checked letters, digits and underscores when they are published."""
    if not one.name.replace("_", "").isalnum() or not one.name.isascii():
        raise ValueError(one.name)
    return f"'{one.name}'"


def _hidden(here: composer.Composer) -> list[Any]:
    """A column with the names that this row does not show, where that differs by row."""
    found: list[Any] = []
    for one in here.item.fields.values():
        seen = here.sight(one)
        if seen.level is None:
            shown = [when for when in (seen.clear_when, seen.masked_when) if when is not None]
            if len(shown) < 2 or not _covers(here, one):
                # Unknown, where a record has no owner, is not shown either.
                when = or_(false(), *shown).is_not(true())
                found.append(case((when, literal_column(_quoted(one)))))
    if not found:
        return []
    return [func.array_remove(cast(array(found), ARRAY(Text)), null()).label("_hidden")]


def _covers(here: composer.Composer, one: FieldDefinition) -> bool:
    """Whether no grant hides the field, so that each row shows it clear or masked."""
    return all(branch.grant.field_right(one.id) != "hidden" for branch in here.branches)


def _errors(here: composer.Composer) -> ColumnElement[Any]:
    """Error codes of computed fields by API name, where their values are clear."""
    nothing: ColumnElement[Any] = literal_column("'{}'::json")
    if "errors" not in here.table.c:
        return nothing
    pairs: list[ColumnElement[Any]] = []
    for one in here.item.own_fields:
        if not isinstance(one, FormulaField) or not one.stored:
            continue
        code = here.clear(one, here.table.c.errors.op("->>")(literal_column(f"'{one.id}'")))
        if code is not None:
            pairs += [literal_column(_quoted(one)), code]
    if not pairs:
        return nothing
    built = func.json_strip_nulls(func.json_build_object(*pairs[:100]))
    return case((here.table.c.errors.is_(None), nothing), else_=built)


def _whole(
    here: composer.Composer, record: Sequence[Any], rows: Any, drop: Sequence[str] = ()
) -> ColumnElement[Any]:
    """The record's JSON: the row without the columns that only served to make it."""
    names = [column.name for column in record if column.name != "_hidden"]
    inner = select(*(rows.c[name] for name in names)).correlate(rows).subquery("x")
    whole = select(func.row_to_json(literal_column("x"))).select_from(inner).scalar_subquery()
    if "_hidden" not in rows.c:
        return whole
    return cast(whole, JSONB).op("-")(rows.c["_hidden"])
