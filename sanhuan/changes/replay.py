"""What the log says an object's records are, beside what its table holds: one statement a page.

The changed fields of a record's entries, laid over one another in the order of its versions, are
the record as the API writes it. PostgreSQL does that for a page of records at once, builds the
same JSON from the table by `field.select`, and answers only the records in which the two differ.

Values that people do not write are left out: computed fields have no entries of their own. Empty
values (null, an empty list) count as missing on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.sql.expression import FromClause

from sanhuan.catalog.fields import (
    AutoNumberField,
    FieldDefinition,
    LinesField,
    ReferencesField,
)
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.records.read.statements import Statement, compiled

CHANGE = table(
    "change",
    *(
        column(name)
        for name in (
            "id",
            "object_id",
            "record_id",
            "version",
            "kind",
            "after",
            "owner_after",
            "department_after",
        )
    ),
    schema="kernel",
)
ERASURE = table("change_erasure", column("change_id"), schema="kernel")
EMPTY_LIST: ColumnElement[Any] = literal_column("'[]'::jsonb", type_=JSONB)
NONE = UUID(int=0)
AFTER = bindparam("after", NONE, type_=Uuid)
UPTO = bindparam("upto", NONE, type_=Uuid)
PAGE = bindparam("page", 0, type_=Integer)
MOST_PAIRS = 40
"""PostgreSQL takes at most 100 arguments in a call."""

Pairs = Sequence[tuple[str, ColumnElement[Any]]]


@dataclass(frozen=True, slots=True)
class Statements:
    """The two statements over an object; both take `after`, the id of the last record done.

    `bound` takes `page` and answers the last id of the page (null: no more) and how many records
    it has. `differences` takes `upto` and answers a row per record in which log and table differ.
    """

    bound: Statement
    differences: Statement


def statements(catalog: Catalog, item: ObjectType) -> Statements:
    """Compose the statements of an object."""
    return Statements(
        compiled(bound(item), [item.id]), compiled(differences(catalog, item), [item.id])
    )


def written(item: ObjectType) -> list[FieldDefinition]:
    """The fields whose values are in the log: those that people, rules or numbering write."""
    return [field for field in item.own_fields if is_written(field)]


def is_written(field: FieldDefinition) -> bool:
    if isinstance(field, ReferencesField | LinesField | AutoNumberField):
        return True
    return field.stored and not field.computed


def bound(item: ObjectType) -> Select[Any]:
    """Where a page ends, over the records of the log and of the table together."""
    logged = (
        select(CHANGE.c.record_id.label("id"))
        .where(CHANGE.c.object_id == item.id, CHANGE.c.record_id > AFTER)
        .distinct()
        .order_by(CHANGE.c.record_id)
        .limit(PAGE)
        .subquery()
    )
    there = (
        select(item.table.c.id)
        .where(item.table.c.id > AFTER)
        .order_by(item.table.c.id)
        .limit(PAGE)
        .subquery()
    )
    both = select(logged.c.id).union(select(there.c.id)).order_by("id").limit(PAGE).subquery()
    last = aggregate_order_by(both.c.id, both.c.id.desc())
    return select(func.array_agg(last)[1].label("last"), func.count().label("records")).select_from(
        both
    )


def differences(catalog: Catalog, item: ObjectType) -> Select[Any]:
    """The records after one id and up to another in which log and table differ."""
    log = logged(item).cte("log")
    row = tabled(catalog, item).cte("row")
    replayed = stripped([(field.id, part(log, field)) for field in written(item)])
    differs = or_(
        log.c.record_id.is_(None),
        and_(row.c.id.is_(None), log.c.last_kind != "purge"),
        and_(row.c.id.is_not(None), log.c.last_kind == "purge"),
        log.c.first != 1,
        log.c.versions != log.c.version,
        row.c.version != log.c.version,
        and_(log.c.erased == 0, replayed != row.c.fields),
        row.c.binned != (log.c.last_kind == "delete"),
        *held_by_others(item, log, row),
    )
    return (
        select(
            func.coalesce(log.c.record_id, row.c.id).label("record_id"),
            log.c.record_id.is_not(None).label("is_logged"),
            row.c.id.is_not(None).label("is_there"),
            log.c.last_kind,
            log.c.first.label("first_version"),
            log.c.versions,
            log.c.version.label("logged_version"),
            row.c.version.label("version"),
            (log.c.erased > 0).label("is_erased"),
            replayed.label("replayed"),
            row.c.fields,
            log.c.owner.label("logged_owner"),
            row.c.owner_id,
            log.c.department.label("logged_department"),
            row.c.department_id,
            row.c.binned,
        )
        .select_from(log.join(row, log.c.record_id == row.c.id, full=True))
        .where(differs)
    )


def held_by_others(
    item: ObjectType, log: FromClause, row: FromClause
) -> Iterator[ColumnElement[bool]]:
    """Whether owner or department differ, where records have them."""
    if item.owned:
        yield log.c.owner.is_distinct_from(row.c.owner_id)
        yield log.c.department.is_distinct_from(row.c.department_id)


def logged(item: ObjectType) -> Select[Any]:
    """A page's records as their entries make them."""
    own = CHANGE.c.kind != "computed"
    held = CHANGE.c.kind.in_(("create", "update", "restore"))
    in_order = (CHANGE.c.version, CHANGE.c.id)
    latest_first = (CHANGE.c.version.desc(), CHANGE.c.id.desc())

    def last(value: ColumnElement[Any], where: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.array_agg(aggregate_order_by(value, *latest_first)).filter(where)[1]

    erasure = exists().where(ERASURE.c.change_id == CHANGE.c.id)
    return (
        select(
            CHANGE.c.record_id,
            func.kernel.laid_over(aggregate_order_by(CHANGE.c.after, *in_order), type_=JSONB).label(
                "fields"
            ),
            func.min(CHANGE.c.version).label("first"),
            func.max(CHANGE.c.version).label("version"),
            func.count(CHANGE.c.version.distinct()).filter(own).label("versions"),
            last(CHANGE.c.kind, own).label("last_kind"),
            last(CHANGE.c.owner_after, held).label("owner"),
            last(CHANGE.c.department_after, held).label("department"),
            func.count().filter(erasure).label("erased"),
        )
        .where(
            CHANGE.c.object_id == item.id,
            CHANGE.c.record_id > AFTER,
            CHANGE.c.record_id <= UPTO,
        )
        .group_by(CHANGE.c.record_id)
    )


def tabled(catalog: Catalog, item: ObjectType) -> Select[Any]:
    """A page's records as the table holds them."""
    columns = item.table.c
    pairs = [(field.id, value(catalog, item, field)) for field in written(item)]
    return select(
        columns.id,
        columns.version,
        columns.owner_id,
        columns.department_id,
        columns.deleted_at.is_not(None).label("binned"),
        stripped(pairs).label("fields"),
    ).where(columns.id > AFTER, columns.id <= UPTO)


def part(log: FromClause, field: FieldDefinition) -> ColumnElement[Any]:
    """A field's value in the record that the log makes."""
    return log.c.fields.op("->", return_type=JSONB())(cast(field.id, Text))


def value(catalog: Catalog, item: ObjectType, field: FieldDefinition) -> ColumnElement[Any]:
    """The JSON of a field, from the table and those beside it."""
    if isinstance(field, ReferencesField):
        return links(item, field)
    if isinstance(field, LinesField):
        return lines(catalog.objects[field.object], item.table)
    return func.to_jsonb(field.select([item.table.c[each.name] for each in field.columns()]))


def links(item: ObjectType, field: ReferencesField) -> ColumnElement[Any]:
    """The targets of a many-to-many field, in the order of their ids."""
    link = item.links[field.id]
    return (
        select(func.jsonb_agg(aggregate_order_by(link.c.target, link.c.target)))
        .where(link.c.record == item.table.c.id)
        .scalar_subquery()
    )


def lines(target: ObjectType, parent: FromClause) -> ColumnElement[Any]:
    """The lines of a record in their order, each with its id and what people wrote."""
    columns = target.table.c
    pairs = [("id", func.to_jsonb(columns.id))]
    pairs += [
        (field.id, func.to_jsonb(field.select([columns[each.name] for each in field.columns()])))
        for field in target.own_fields
        if field.stored and not field.computed
    ]
    in_order = aggregate_order_by(stripped(pairs), columns.position, columns.id)
    return (
        select(func.jsonb_agg(in_order))
        .where(columns.parent_id == parent.c.id, columns.deleted_at.is_(None))
        .scalar_subquery()
    )


def stripped(pairs: Pairs) -> ColumnElement[Any]:
    """A JSON object of these keys and values, without the empty ones."""
    built: ColumnElement[Any] = literal_column("'{}'::jsonb", type_=JSONB)
    for start in range(0, len(pairs), MOST_PAIRS):
        flat = [
            part
            for key, each in pairs[start : start + MOST_PAIRS]
            for part in (cast(key, Text), func.nullif(each, EMPTY_LIST))
        ]
        built = built.op("||", return_type=JSONB())(func.jsonb_build_object(*flat, type_=JSONB))
    return func.jsonb_strip_nulls(built, type_=JSONB)
