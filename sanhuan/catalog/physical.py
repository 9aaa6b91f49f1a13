"""What definitions ask of PostgreSQL, what is there, and the steps from one to the other.

One comparison serves publishing, the check at start, and `sanhuan catalog diff`. Nothing that is
there and not asked for is taken away: a dropped field keeps its column until it is purged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from psycopg import AsyncConnection, sql
from sqlalchemy.dialects import postgresql

from sanhuan.catalog import tables
from sanhuan.catalog.fields import (
    AutoNumberField,
    FieldDefinition,
    ReferenceField,
    ReferencesField,
)
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.database import queries

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
MOST_INDEXES = 8
NUMBERS_FIRST_LARGE = ("integer", "decimal", "money", "percent", "date", "datetime")


@dataclass(frozen=True)
class Index:
    """`body` is what follows `on <table>`: columns, and the rows it is over."""

    name: str
    table: str
    body: sql.Composable
    unique: bool = False
    method: LiteralString = "btree"


@dataclass(frozen=True)
class ForeignKey:
    name: str
    table: str
    column: str
    target: str
    on_delete: LiteralString = "no action"


@dataclass(frozen=True)
class Physical:
    """Tables with their columns' types, and the names of what hangs on them."""

    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    indexes: Mapping[str, Index] = field(default_factory=dict)
    foreign_keys: Mapping[str, ForeignKey] = field(default_factory=dict)
    sequences: frozenset[str] = frozenset()
    needed: frozenset[tuple[str, str]] = frozenset()
    """Columns that are never null."""
    primary_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One statement, and what it does in words for people."""

    what: str
    statement: sql.Composed
    table: str = ""
    rewrites: bool = False
    later: sql.Composed | None = None
    """For a table in use: what to run after the transaction, without locking writers out. Where
    it is `statement` itself, that is not run in the transaction."""


def asked(catalog: Catalog) -> Physical:
    """What the catalog asks for."""
    shapes: dict[str, dict[str, str]] = {}
    needed: set[tuple[str, str]] = set()
    keys: dict[str, tuple[str, ...]] = {}
    indexes: dict[str, Index] = {}
    foreign_keys: dict[str, ForeignKey] = {}
    for item in catalog.objects.values():
        for table in (item.table, *item.links.values()):
            shapes[table.name] = {
                column.name: column.type.compile(DIALECT).lower() for column in table.columns
            }
            needed.update((table.name, c.name) for c in table.columns if not c.nullable)
            keys[table.name] = tuple(column.name for column in table.primary_key)
        indexes.update({index.name: index for index in indexes_of(item, catalog)})
        foreign_keys.update({key.name: key for key in foreign_keys_of(item, catalog)})
    sequences = {
        f"s_{item.id}_{one.id}"
        for item in catalog.objects.values()
        for one in item.own_fields
        if isinstance(one, AutoNumberField)
    }
    return Physical(shapes, indexes, foreign_keys, frozenset(sequences), frozenset(needed), keys)


def indexes_of(item: ObjectType, catalog: Catalog) -> Iterator[Index]:
    """The indexes that an object gets by itself, at most eight beside those that are unique.

    Every index for sorting ends in the id: equal values would be sorted anew for each page.
    """
    yield from _unique_indexes(item)
    wanted = {one.id: one for one in _sorted_fields(item, catalog)}
    chosen = [*_scope_indexes(item)]
    chosen += [_reference_index(item, one) for one in _references(item)]
    chosen += [_sort_index(item, one) for one in wanted.values()]
    yield from chosen[:MOST_INDEXES]
    for one in item.links.values():
        yield Index(f"{one.name}_target", one.name, sql.SQL("(target, record)"))


def _scope_indexes(item: ObjectType) -> Iterator[Index]:
    table = item.table.name
    if item.is_line:
        yield Index(f"{table}_parent", table, sql.SQL("(parent_id, position, id)"))
        return
    live = sql.SQL(" where deleted_at is null")
    if item.owned:
        yield Index(f"{table}_owner", table, sql.SQL("(owner_id, id)") + live)
        yield Index(f"{table}_department", table, sql.SQL("(department_id, id)") + live)
    yield Index(f"{table}_search", table, sql.SQL("(search)") + live, method="gin")


def _unique_indexes(item: ObjectType) -> Iterator[Index]:
    live = sql.SQL(" where deleted_at is null")
    groups = [[one.name] for one in item.own_fields if one.unique and one.stored]
    for group in [*groups, *item.definition.unique]:
        columns = [item.fields[name].column_name for name in group]
        name = f"u_{item.id}_" + "_".join(item.fields[name].id for name in group)
        body = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
        yield Index(name[:63], item.table.name, body + live, unique=True)


def _references(item: ObjectType) -> list[ReferenceField]:
    return [one for one in item.own_fields if isinstance(one, ReferenceField)]


def _sorted_fields(item: ObjectType, catalog: Catalog) -> Iterator[FieldDefinition]:
    for view in catalog.views_of.get(item.name, ()):
        first = (view.sort or "").split(",")[0].strip().lstrip("-")
        one = item.fields.get(first)
        if one is not None and one.stored and one.sortable and not one.id.startswith("_"):
            yield one
    for one in item.own_fields:
        if one.indexed and one.stored and not isinstance(one, ReferenceField) and not one.unique:
            yield one


def _reference_index(item: ObjectType, one: ReferenceField) -> Index:
    body = sql.SQL("({}, id) where {} is not null").format(
        sql.Identifier(one.column_name), sql.Identifier(one.column_name)
    )
    return Index(f"i_{item.id}_{one.id}", item.table.name, body)


def _sort_index(item: ObjectType, one: FieldDefinition) -> Index:
    """Empty counts as the smallest, so that one index serves both directions."""
    body = sql.SQL("({} nulls first, id) where deleted_at is null").format(
        sql.Identifier(one.columns()[0].name)
    )
    return Index(f"i_{item.id}_{one.id}", item.table.name, body)


def foreign_keys_of(item: ObjectType, catalog: Catalog) -> Iterator[ForeignKey]:
    """Rows stay while others point at them: binning is by the pipeline, purging follows it."""
    table = item.table.name
    for one in item.fields.values():
        if isinstance(one, ReferenceField) and one.target in catalog.objects:
            if one.id.startswith("_") and one.id != "_parent":
                continue
            target = catalog.objects[one.target].table.name
            name = f"r_{item.id}_{one.id.strip('_')}"
            cascade = "cascade" if one.id == "_parent" else "no action"
            yield ForeignKey(name, table, one.column_name, target, cascade)
    for one in item.own_fields:
        if isinstance(one, ReferencesField) and one.object in catalog.objects:
            link = item.links[one.id].name
            target = catalog.objects[one.object].table.name
            yield ForeignKey(f"r_{link}_record", link, "record", table, "cascade")
            yield ForeignKey(f"r_{link}_target", link, "target", target, "cascade")


async def present(connection: AsyncConnection[Any]) -> Physical:
    """What the schema `data` holds now, read in one statement per kind of thing."""
    shapes: dict[str, dict[str, str]] = {}
    needed: set[tuple[str, str]] = set()
    for table, column, kind, not_null in await _rows(connection, "columns_present"):
        shapes.setdefault(table, {})
        if column is not None:
            shapes[table][column] = kind
            if not_null:
                needed.add((table, column))
    nothing = sql.SQL("")
    indexes = {
        name: Index(name, table, nothing)
        for name, table in await _rows(connection, "indexes_present")
    }
    keys = {
        name: ForeignKey(name, table, "", "")
        for name, table in await _rows(connection, "foreign_keys_present")
    }
    sequences = frozenset(name for (name,) in await _rows(connection, "sequences_present"))
    return Physical(shapes, indexes, keys, sequences, frozenset(needed))


async def _rows(connection: AsyncConnection[Any], name: str) -> list[tuple[Any, ...]]:
    statements = queries.load("sanhuan.catalog", "physical.sql")
    cursor = await connection.execute(statements[name])
    return await cursor.fetchall()


def steps(wanted: Physical, there: Physical) -> list[Step]:
    """The statements from what is there to what is wanted, in an order that works."""
    return [
        *(_create_sequence(name) for name in sorted(wanted.sequences - there.sequences)),
        *_table_steps(wanted, there),
        *(
            _create_index(index, in_use=index.table in there.tables)
            for name, index in wanted.indexes.items()
            if name not in there.indexes
        ),
        *(
            _drop_index(name)
            for name in there.indexes
            if name not in wanted.indexes and not name.endswith("_pkey")
        ),
        *(
            _add_foreign_key(key, in_use=key.table in there.tables)
            for name, key in wanted.foreign_keys.items()
            if name not in there.foreign_keys
        ),
        *(
            _drop_foreign_key(key)
            for name, key in there.foreign_keys.items()
            if name not in wanted.foreign_keys
        ),
    ]


def _table_steps(wanted: Physical, there: Physical) -> Iterator[Step]:
    for table, columns in wanted.tables.items():
        if table not in there.tables:
            yield _create_table(table, columns, wanted)
            continue
        for column, kind in columns.items():
            if column not in there.tables[table]:
                yield _add_column(table, column, kind, (table, column) in wanted.needed)
            elif there.tables[table][column] != kind:
                yield _retype(table, column, there.tables[table][column], kind)


def _qualified(name: str) -> sql.Identifier:
    return sql.Identifier(tables.SCHEMA, name)


def _type(kind: str) -> sql.Composed:
    """`kind` is what SQLAlchemy compiled from a column of ours, never what a person typed."""
    if not all(part.isalnum() for part in kind.translate(_PUNCTUATION).split()):
        raise ValueError(kind)
    return sql.Composed([sql.SQL(kind)])


_PUNCTUATION = str.maketrans("()[],", "     ")


def _column(table: str, column: str, kind: str, wanted: Physical) -> sql.Composed:
    parts: list[sql.Composable] = [sql.Identifier(column), _type(kind)]
    if (table, column) in wanted.needed:
        parts.append(sql.SQL("not null"))
    if column == "id":
        parts.append(sql.SQL("default uuidv7()"))
    return sql.SQL(" ").join(parts)


def _create_table(table: str, columns: Mapping[str, str], wanted: Physical) -> Step:
    body = [_column(table, column, kind, wanted) for column, kind in columns.items()]
    key = sql.SQL("primary key ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, wanted.primary_keys[table]))
    )
    statement = sql.SQL("create table {} ({}) with (fillfactor = 90)").format(
        _qualified(table), sql.SQL(", ").join([*body, key])
    )
    return Step(f"create table {table}", statement, table)


def _add_column(table: str, column: str, kind: str, not_null: bool) -> Step:
    statement = sql.SQL("alter table {} add column {} {}{}").format(
        _qualified(table),
        sql.Identifier(column),
        _type(kind),
        sql.SQL(" not null") if not_null else sql.SQL(""),
    )
    return Step(f"add {table}.{column} {kind}", statement, table)


def _retype(table: str, column: str, before: str, kind: str) -> Step:
    statement = sql.SQL("alter table {} alter column {} type {}").format(
        _qualified(table), sql.Identifier(column), _type(kind)
    )
    return Step(f"change {table}.{column} from {before} to {kind}", statement, table, rewrites=True)


def _create_sequence(name: str) -> Step:
    statement = sql.SQL("create sequence {} cache 1").format(_qualified(name))
    return Step(f"create sequence {name}", statement)


def create_index(index: Index, *, concurrently: bool = False) -> sql.Composed:
    """The statement that makes an index."""
    return sql.SQL("create {}index {}{} on {} using {} {}").format(
        sql.SQL("unique ") if index.unique else sql.SQL(""),
        sql.SQL("concurrently ") if concurrently else sql.SQL(""),
        sql.Identifier(index.name),
        _qualified(index.table),
        sql.SQL(index.method),
        index.body,
    )


def _create_index(index: Index, *, in_use: bool) -> Step:
    """Uniqueness has to hold from the publication on, other indexes may come a little later."""
    what = f"create index {index.name} on {index.table}"
    if in_use and not index.unique:
        statement = create_index(index, concurrently=True)
        return Step(what, statement, index.table, later=statement)
    return Step(what, create_index(index), index.table)


def _drop_index(name: str) -> Step:
    return Step(f"drop index {name}", sql.SQL("drop index {}").format(_qualified(name)))


def _add_foreign_key(key: ForeignKey, *, in_use: bool) -> Step:
    """On a table in use the rows that are there are checked after the transaction."""
    statement = sql.SQL(
        "alter table {} add constraint {} foreign key ({}) references {} (id)"
        " on delete {} deferrable initially immediate {}"
    ).format(
        _qualified(key.table),
        sql.Identifier(key.name),
        sql.Identifier(key.column),
        _qualified(key.target),
        sql.SQL(key.on_delete),
        sql.SQL("not valid" if in_use else ""),
    )
    validate = sql.SQL("alter table {} validate constraint {}").format(
        _qualified(key.table), sql.Identifier(key.name)
    )
    return Step(
        f"add reference {key.table}.{key.column} to {key.target}",
        statement,
        key.table,
        later=validate if in_use else None,
    )


def _drop_foreign_key(key: ForeignKey) -> Step:
    statement = sql.SQL("alter table {} drop constraint {}").format(
        _qualified(key.table), sql.Identifier(key.name)
    )
    return Step(f"drop reference {key.name}", statement, key.table)


def kept(wanted: Physical, there: Physical) -> Iterable[str]:
    """Columns that are there and no definition asks for: copies of what was dropped."""
    for table, columns in there.tables.items():
        for column in columns:
            if table not in wanted.tables or column not in wanted.tables[table]:
                yield f"{table}.{column}"
