"""Grants as SQL: which rows a caller's roles take, and how each field shows on them.

Values are bound by names made of the object and the grant's place (`see_lead_0`), so that one
compiled statement serves all callers whose grants have the same shape; PostgreSQL plans each
execution with the values at hand, but for statements that say `prepare=True` (see
`sanhuan.database.pool`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan import expressions
from sanhuan.catalog.fields import EmailField, FieldDefinition, PhoneField, TextField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller, Grant
from sanhuan.records.read import conditions
from sanhuan.records.read.raw import RawScope
from sanhuan.records.read.system_tables import SHARE

TYPE_MASKS: dict[type[FieldDefinition], str] = {PhoneField: "3,4"}
Level = Literal["clear", "masked", "hidden"]


@dataclass(frozen=True)
class Branch:
    """Rows by one kind of rule: a part of the union that a list is read by."""

    grant: Grant
    predicate: ColumnElement[bool]
    all_rows: bool = False


@dataclass(frozen=True)
class Sight:
    """How a field shows: at one level on every row, or by conditions on the row."""

    level: Level | None
    """None when it differs by row."""
    clear_when: ColumnElement[bool] | None = None
    masked_when: ColumnElement[bool] | None = None


def grants_of(caller: Caller, item: ObjectType, act: str, catalog: Catalog) -> tuple[Grant, ...]:
    """The grants that allow an act; the lines of a record have those of their parent."""
    while item.definition.line_of:
        item = catalog.objects[item.definition.line_of]
    return caller.grants_for(item.id, act)


def params(caller: Caller, object_ids: Iterable[str]) -> dict[str, Any]:
    """The values of the names that `branch` binds, for the objects of a statement."""
    bound: dict[str, Any] = {"principals": list(caller.principals)}
    for object_id in object_ids:
        for place, grant in enumerate(caller.grants.get(object_id, ())):
            rows = grant.rows
            if rows.kind == "owners":
                bound[_name(object_id, place)] = list(rows.users)
            elif rows.kind == "departments":
                bound[_name(object_id, place)] = list(rows.departments)
    return bound


def _name(object_id: str, place: int) -> str:
    return f"rows_{object_id}_{place}"


def branches(
    caller: Caller,
    item: ObjectType,
    act: str,
    table: FromClause,
    catalog: Catalog,
    context: expressions.Context,
) -> list[Branch]:
    """One branch per grant that allows the act; none means no row."""
    found: list[Branch] = []
    for place, grant in enumerate(caller.grants.get(item.id, ())):
        if act in grant.acts:
            found.append(branch(caller, item, place, act, table, catalog, context))
    return found


def of_rows(found: Sequence[Branch]) -> Sequence[Branch]:
    """The branches that the rows need: one of all rows stands for the rest."""
    return next(([one] for one in found if one.all_rows), found)


def branch(
    caller: Caller,
    item: ObjectType,
    place: int,
    act: str,
    table: FromClause,
    catalog: Catalog,
    context: expressions.Context,
) -> Branch:
    """The rows that the caller's grant at that place takes, for an act that it allows.

    What was shared for reading is taken for seeing alone.
    """
    grant = caller.grants.get(item.id, ())[place]
    rows = grant.rows
    if rows.kind == "all":
        return Branch(grant, true(), all_rows=True)
    if rows.kind == "owners":
        return Branch(grant, table.c.owner_id == any_(_uuids(_name(item.id, place))))
    if rows.kind == "departments":
        return Branch(grant, table.c.department_id == any_(_uuids(_name(item.id, place))))
    if rows.kind == "shared":
        return Branch(grant, table.c.id == any_(_shared(item, act != "see")))
    return Branch(grant, _condition(grant, item, table, catalog, context))


def _uuids(name: str) -> Any:
    return bindparam(name, type_=ARRAY(Uuid))


def _shared(item: ObjectType, to_edit: bool) -> Any:
    """Ids shared with the caller, for editing or at all."""
    shares = select(SHARE.c.record_id).where(
        SHARE.c.object_id == item.id,
        SHARE.c.principal_id == any_(_uuids("principals")),
        or_(SHARE.c.until.is_(None), SHARE.c.until > func.now()),
    )
    if to_edit:
        shares = shares.where(SHARE.c.level == text("'edit'"))
    return func.array(shares.scalar_subquery())


def _condition(
    grant: Grant,
    item: ObjectType,
    table: FromClause,
    catalog: Catalog,
    context: expressions.Context,
) -> ColumnElement[bool]:
    """A policy that can't be understood (any more) denies."""
    try:
        expression = conditions.understood(catalog, item, grant.rows.condition or {})
        return expressions.condition_sql(expression, RawScope(catalog, item, table), context)
    except (expressions.ExpressionError, KeyError):
        return false()


def row_rule(found: Sequence[Branch]) -> ColumnElement[bool]:
    """The rows of any of the branches."""
    if not found:
        return false()
    if any(one.all_rows for one in found):
        return true()
    return or_(*(one.predicate for one in found))


def sight(found: Sequence[Branch], field: FieldDefinition) -> Sight:
    """How a field shows on the rows that `found` (the branches that see) take."""
    if not found:
        return Sight("hidden")
    levels = [_level(one.grant, field) for one in found]
    if len(set(levels)) == 1:
        return Sight(levels[0])
    everywhere = {level for one, level in zip(found, levels, strict=True) if one.all_rows}
    if "clear" in everywhere:
        return Sight("clear")
    clear = _where(found, levels, "clear")
    masked = _where(found, levels, "masked")
    return Sight(None, clear, masked)


def _level(grant: Grant, field: FieldDefinition) -> Level:
    if field.id == "_id":
        return "clear"
    right = grant.field_right(field.id)
    if right == "hidden":
        return "hidden"
    return "masked" if right == "masked" else "clear"


def _where(
    found: Sequence[Branch], levels: Sequence[Level], level: Level
) -> ColumnElement[bool] | None:
    chosen = [one.predicate for one, its in zip(found, levels, strict=True) if its == level]
    return or_(*chosen) if chosen else None


def through(
    seen: Sight,
    field: FieldDefinition,
    column: ColumnElement[Any],
    masked: ColumnElement[Any] | None = None,
) -> ColumnElement[Any]:
    """The column as the caller sees it: clear, masked, or null.

    `masked` is the mask where it is not that of the column itself, but has its type.
    """
    if seen.level == "clear":
        return column
    if seen.level == "hidden":
        return _nothing(column)
    veiled = mask(field, column) if masked is None else masked
    if seen.level == "masked":
        return veiled
    whens = []
    if seen.clear_when is not None:
        whens.append((seen.clear_when, column))
    if seen.masked_when is not None:
        whens.append((seen.masked_when, veiled))
    return case(*whens, else_=_nothing(column)) if whens else _nothing(column)


def _nothing(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(null(), column.type)


def has_mask(field: FieldDefinition) -> bool:
    """Whether something shows of a masked value: of texts, telephone numbers and e-mails."""
    return isinstance(field, TextField | PhoneField | EmailField)


def mask(field: FieldDefinition, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """What shows of a masked value: some characters of a text, nothing of anything else."""
    if isinstance(field, EmailField):
        return _masked_email(column)
    if not has_mask(field):
        return _nothing(column)
    shown = field.mask or TYPE_MASKS.get(type(field), "1,0")
    head, tail = (int(part) for part in shown.split(","))
    whole = national(column) if isinstance(field, PhoneField) else column
    length = func.char_length(whole)
    hidden = func.repeat(text("'*'"), length - (head + tail))
    return case(
        (
            length > head + tail,
            func.concat(func.left(whole, head), hidden, func.right(whole, tail)),
        ),
        (whole.is_not(None), func.repeat(text("'*'"), length)),
    )


def national(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A telephone number as the API writes it."""
    return case((column.startswith("+86"), func.substr(column, 4)), else_=column)


def _masked_email(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case(
        (
            column.is_not(None),
            func.concat(
                func.left(column, 1), text("'***@'"), func.split_part(column, text("'@'"), 2)
            ),
        )
    )


def shape(grants: Mapping[str, tuple[Grant, ...]]) -> tuple[Any, ...]:
    """What makes two callers' statements the same: all of their grants but the values."""
    return tuple(
        (object_id, tuple(_grant_shape(grant) for grant in grants[object_id]))
        for object_id in sorted(grants)
    )


def _grant_shape(grant: Grant) -> tuple[Any, ...]:
    return (
        tuple(sorted(grant.acts)),
        grant.rows.kind,
        repr(grant.rows.condition),
        tuple(sorted(grant.fields.items())),
        grant.other_fields,
    )
