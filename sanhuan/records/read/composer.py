"""The one query composer: every column of a business table that anyone reads is named here.

For one caller's grants it names a column only through what the caller sees of it, joins a record
referred to only where the caller sees that record, and adds the row rule. Filters, sorting,
grouping, search, aggregates and exports are composed of its columns, so they can't tell more than
a list shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Join,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from sanhuan import expressions
from sanhuan.catalog.fields import (
    AddressField,
    FieldDefinition,
    FormulaField,
    LinesField,
    LookupField,
    PhoneField,
    ReferenceField,
    ReferencesField,
)
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.identity.access import Caller
from sanhuan.records.errors import UnknownField
from sanhuan.records.read import access
from sanhuan.records.read.raw import RawScope

MOST_HOPS = 4
ID: ColumnElement[str] = literal_column("'id'")
TITLE: ColumnElement[str] = literal_column("'title'")
NOTHING: ColumnElement[Any] = literal_column("'[]'::json")


@dataclass
class Composer:
    """Columns of the records of one object as one caller sees them.

    `table` is the alias that stands for the record. Joins collect in `joins` as paths need them.
    `used` are the ids of the objects whose grants the statement binds.
    """

    catalog: Catalog
    caller: Caller
    context: expressions.Context
    item: ObjectType
    table: FromClause
    branches: list[access.Branch] = field(default_factory=list)
    joins: dict[tuple[int, str], tuple[FromClause, ColumnElement[bool]]] = field(
        default_factory=dict
    )
    used: set[str] = field(default_factory=set)
    inherited: bool = False
    """Whether all fields are clear: in lines, read by the right to their parent, and in what a
    lookup reads for everybody."""
    _far: dict[tuple[str, ...], Composer] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        catalog: Catalog,
        caller: Caller,
        context: expressions.Context,
        item: ObjectType,
        act: str = "see",
        table: FromClause | None = None,
    ) -> Composer:
        """A composer over `item` for the rows on which the caller may do `act`."""
        alias = item.table.alias() if table is None else table
        composer = cls(catalog, caller, context, item, alias)
        composer.branches = access.branches(caller, item, act, alias, catalog, context)
        composer.used.add(item.id)
        return composer

    # What there is to read

    def sight(self, one: FieldDefinition) -> access.Sight:
        """How a field of the record itself shows."""
        return access.Sight("clear") if self.inherited else access.sight(self.branches, one)

    def readable(self, one: FieldDefinition) -> bool:
        """Whether the caller knows of the field at all."""
        return self.sight(one).level != "hidden"

    def field(self, name: str) -> FieldDefinition:
        """The field of that API name. Raises `UnknownField`, also where it is hidden."""
        found = self.item.fields.get(name)
        if found is None or not self.readable(found):
            raise UnknownField(name, self._nearest(name))
        return found

    def _nearest(self, name: str) -> str | None:
        import difflib

        known = [one.name for one in self.item.fields.values() if self.readable(one)]
        return next(iter(difflib.get_close_matches(name, known, n=1)), None)

    def scope(self) -> expressions.Scope:
        """The names that filters of this caller may use."""
        return scope_of(self.catalog, self.item, self._may_name)

    def _may_name(self, object_id: str, field_id: str) -> bool:
        if object_id == self.item.id:
            return self.readable(self.item.by_id[field_id])
        item = self.catalog.objects_by_id[object_id]
        if item.is_line:
            return True
        grants = self.caller.grants_for(object_id, "see")
        return any(field_id == "_id" or grant.field_right(field_id) != "hidden" for grant in grants)

    # Columns

    def column(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """`expressions.SqlScope`: the value of a to-one path of field ids, as it is seen."""
        one = self.item.by_id[path[0]]
        if len(path) > 1 and path[1] in one.parts():
            part = self.table.c[f"{one.column_name}_{path[1]}"]
            return access.through(self.sight(one), one, part)
        if len(path) == 1:
            return access.through(self.sight(one), self.shown_as(one), self._value(one))
        if path[1:] == (expressions.TITLE,):
            far = self.far(one)
            return far.column((far.item.title.id,))
        return self.far(one).column(path[1:])

    def stored(self, one: FieldDefinition) -> ColumnElement[Any]:
        """A value as it is kept (telephone numbers in E.164), where it is not masked or hidden."""
        return access.through(self.sight(one), one, self._own(one))

    def shown_as(self, one: FieldDefinition) -> FieldDefinition:
        """The field whose kind of value a field has: a lookup's is the one that it ends at."""
        if not isinstance(one, LookupField):
            return one
        end = self.catalog.follow(self.item, one.path)[-1]
        return msgspec.structs.replace(end, mask=one.mask or end.mask)

    def _value(self, one: FieldDefinition) -> ColumnElement[Any]:
        """The value for everybody; a telephone number as the API writes it."""
        if isinstance(one, LookupField):
            there, end = self._end(one)
            return there.column((end.id,))
        if isinstance(one, FormulaField) and one.live:
            return self._live(one)
        own = self._own(one)
        return access.national(own) if isinstance(one, PhoneField) else own

    def _own(self, one: FieldDefinition) -> ColumnElement[Any]:
        if one.id.startswith("_"):
            return self.table.c[one.column_name]
        if isinstance(one, ReferencesField):
            return self._targets(one)
        return self.table.c[one.columns()[0].name]

    def _targets(self, one: ReferencesField) -> ColumnElement[Any]:
        """The ids of the live records referred to, as an array of texts."""
        return RawScope(self.catalog, self.item, self.table).column((one.id,))

    def _end(self, one: LookupField) -> tuple[Composer, FieldDefinition]:
        """Where a lookup ends. It has one value for everybody, so no row rule joins the way."""
        *steps, end = self.catalog.follow(self.item, one.path)
        here: Composer = self
        for step in steps:
            here = here._everybodys(step)
        return here, end

    def _everybodys(self, one: FieldDefinition) -> Composer:
        """The composer over the record that a reference points at, all of it clear."""
        key = ("everybody", one.id)
        if key not in self._far:
            target = self.catalog.objects[pointed_at(one)]
            far = Composer(
                self.catalog, self.caller, self.context, target, target.table.alias(),
                joins=self.joins, used=self.used, inherited=True,
            )  # fmt: skip
            self.joins[(id(self.table), f"everybody {one.id}")] = (
                far.table,
                and_(far.table.c.id == self._own(one), far.live()),
            )
            self._far[key] = far
        return self._far[key]

    def _live(self, one: FormulaField) -> ColumnElement[Any]:
        """A formula computed as it is read, with full rights."""
        expression = expressions.check(one.formula, scope_of(self.catalog, self.item))
        raw = RawScope(self.catalog, self.item, self.table)
        result = expressions.compile_sql(expression, raw, self.context)
        return cast(result.value, one.columns()[0].type)

    def error(self, path: tuple[str, ...]) -> ColumnElement[bool] | None:
        """`expressions.SqlScope`: whether a stored formula that the caller sees is in error."""
        found = RawScope(self.catalog, self.item, self.table).error(path)
        seen = self.sight(self.item.by_id[path[0]])
        if found is None or len(path) > 1 or seen.level == "clear":
            return None if len(path) > 1 else found
        return None if seen.clear_when is None else and_(seen.clear_when, found)

    def order(self) -> Sequence[ColumnElement[Any]]:
        """`expressions.SqlScope`: a record is no row of a sub-table."""
        return ()

    def rows(self, path: tuple[str, ...]) -> tuple[FromClause, expressions.SqlScope]:
        """`expressions.SqlScope`: the rows of a to-many field that the caller sees."""
        one = self.item.by_id[path[0]]
        if isinstance(one, ReferenceField):
            return self.far(one).rows(path[1:])
        if self.sight(one).level == "hidden":
            raise KeyError(path[0])
        return RawScope(self.catalog, self.item, self.table).rows(path)

    def far(self, one: FieldDefinition) -> Composer:
        """The composer over the record that a field points at: null where it is not seen.

        Raises KeyError for a field that points at nothing.
        """
        key = (one.id,)
        if key not in self._far:
            target = self.catalog.objects[pointed_at(self.shown_as(one))]
            far = Composer.start(self.catalog, self.caller, self.context, target)
            far.used = self.used
            far.used.add(target.id)
            far.joins = self.joins
            reached = self.column((one.id,))
            self.joins[(id(self.table), one.id)] = (
                far.table,
                and_(far.table.c.id == reached, far.live(), access.row_rule(far.branches)),
            )
            self._far[key] = far
        return self._far[key]

    def path(self, dotted: str) -> tuple[Composer, FieldDefinition]:
        """The composer and field that `account.city` ends at. Raises `UnknownField`."""
        here: Composer = self
        names = dotted.split(".")
        if len(names) > MOST_HOPS + 1:
            raise UnknownField(dotted)
        for name in names[:-1]:
            one = here.field(name)
            if not isinstance(here.shown_as(one), ReferenceField):
                raise UnknownField(dotted)
            here = here.far(one)
        return here, here.field(names[-1])

    def from_clause(self, start: FromClause | Join | None = None) -> FromClause:
        """The table with the joins that columns asked for so far need."""
        clause: FromClause = self.table if start is None else start
        for table, condition in self.joins.values():
            clause = clause.outerjoin(table, condition)
        return clause

    def live(self) -> ColumnElement[bool]:
        """Records that are not in the bin."""
        return self.table.c.deleted_at.is_(None)

    # JSON

    def json(self, one: FieldDefinition) -> ColumnElement[Any]:
        """The field's JSON as the API answers it."""
        if one.id == "_id":
            return self.table.c.id
        if isinstance(self.shown_as(one), ReferenceField):
            return self._reference(one)
        if isinstance(one, LookupField):
            there, end = self._end(one)
            return self._shown(one, there.json(end))
        if isinstance(one, ReferencesField):
            return self._guarded(one, self._references(one))
        if isinstance(one, LinesField):
            return self._guarded(one, self._lines(one))
        if isinstance(one, AddressField):
            return self._guarded(one, one.select(self._columns(one)))
        if isinstance(one, FormulaField) and one.live:
            return self._shown(one, one.select([self._live(one)]))
        return self._shown(one, one.select(self._columns(one)))

    def _columns(self, one: FieldDefinition) -> list[ColumnElement[Any]]:
        if one.id.startswith("_"):
            return [self.table.c[one.column_name]]
        return [self.table.c[column.name] for column in one.columns()]

    def _shown(self, one: FieldDefinition, clear: ColumnElement[Any]) -> ColumnElement[Any]:
        """JSON of a value: `clear` where it is, else the mask of a text or nothing."""
        seen = self.sight(one)
        if seen.level == "clear":
            return clear
        kind = self.shown_as(one)
        if not access.has_mask(kind):
            return self._guarded(one, clear)
        return access.through(seen, kind, clear, masked=access.mask(kind, self._value(one)))

    def _guarded(self, one: FieldDefinition, built: ColumnElement[Any]) -> ColumnElement[Any]:
        """`built` where the field is clear, else null: what is built has no masked form."""
        found = self.clear(one, built)
        return null() if found is None else found

    def clear(self, one: FieldDefinition, told: ColumnElement[Any]) -> ColumnElement[Any] | None:
        """What tells of a field, where that is clear, else null; None where it never is."""
        seen = self.sight(one)
        if seen.level == "clear":
            return told
        return None if seen.clear_when is None else case((seen.clear_when, told), else_=null())

    def _reference(self, one: FieldDefinition) -> ColumnElement[Any]:
        target = self.column((one.id,))
        far = self.far(one)
        title = far.column((far.item.title.id,))
        return case(
            (target.is_not(None), func.json_build_object(ID, target, TITLE, title)),
        )

    def _references(self, one: ReferencesField) -> ColumnElement[Any]:
        target = self.catalog.objects[one.object]
        far = Composer.start(self.catalog, self.caller, self.context, target)
        self.used |= far.used
        link = self.item.links[one.id]
        title = case((access.row_rule(far.branches), far.column((target.title.id,))))
        built = func.json_build_object(ID, far.table.c.id, TITLE, title)
        listed = (
            select(built.label("one"), link.c.target.label("target"))
            .select_from(link.join(far.table, far.table.c.id == link.c.target))
            .where(link.c.record == self.table.c.id, far.live())
            .correlate(self.table)
            .subquery()
        )
        return (
            select(
                func.coalesce(
                    func.json_agg(aggregate_order_by(listed.c.one, listed.c.target)), NOTHING
                )
            )
            .select_from(listed)
            .scalar_subquery()
        )

    def _lines(self, one: LinesField) -> ColumnElement[Any]:
        target = self.catalog.objects[one.object]
        far = Composer(
            self.catalog, self.caller, self.context, target, target.table.alias(), inherited=True
        )
        far.used = self.used
        labelled = [
            far.json(line).label(line.name)
            for line in target.fields.values()
            if line.id not in ("_parent",) and not isinstance(line, LinesField)
        ]
        rows = (
            select(*labelled)
            .select_from(far.from_clause())
            .where(far.table.c.parent_id == self.table.c.id, far.live())
            .order_by(far.table.c.position, far.table.c.id)
            .correlate(self.table)
            .subquery("line")
        )
        row = func.row_to_json(literal_column("line"))
        return (
            select(func.coalesce(func.json_agg(row), NOTHING)).select_from(rows).scalar_subquery()
        )

    # Filters

    def condition(self, filter_: dict[str, Any]) -> ColumnElement[bool]:
        """A filter of CONTRACT.md over what the caller sees."""
        expression = expressions.from_filter(filter_, self.scope())
        return expressions.condition_sql(expression, self, self.context)


def pointed_at(one: FieldDefinition) -> str:
    """The name of the object that a reference points at. Raises KeyError for other fields."""
    if not isinstance(one, ReferenceField):
        raise KeyError(one.id)
    return one.target


def selected(composer: Composer, names: Sequence[str] | None) -> list[tuple[str, Any]]:
    """The answer's keys with their JSON columns; None of `names` is all but lines."""
    if names is None:
        return [
            (one.name, composer.json(one))
            for one in composer.item.fields.values()
            if composer.readable(one) and not isinstance(one, LinesField)
        ]
    chosen: dict[str, Any] = {"id": composer.json(composer.item.fields["id"])}
    for name in names:
        here, one = composer.path(name)
        chosen[name] = here.json(one)
    return list(chosen.items())
