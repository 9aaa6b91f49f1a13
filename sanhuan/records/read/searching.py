"""Search over all objects at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Integer, Select, Text, bindparam, cast, func, literal_column, select

from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller
from sanhuan.records.read import access, composer, search


def objects(catalog: Catalog, caller: Caller) -> Iterable[ObjectType]:
    """The objects that search looks into: those with names that people look for."""
    return [
        item
        for item in catalog.objects.values()
        if not item.is_line and caller.may("see", item.id) and item.title.searchable
    ]


def statement(here: composer.Composer) -> Select[Any]:
    """JSON texts of the records found: object, id, title; titles that begin with `q` first."""
    title = here.column((here.item.title.id,))
    found = (
        select(here.table.c.id, title.label("title"))
        .select_from(here.from_clause())
        .where(here.live(), search.condition(here, "q"), access.row_rule(here.branches))
        .limit(bindparam("most", type_=Integer) * 5)
        .subquery("f")
    )
    begins = func.starts_with(search.plain(found.c.title), bindparam("q_begins", type_=Text))
    built = func.json_build_object(
        literal_column("'object'"),
        bindparam("q_object", here.item.name, type_=Text),
        literal_column("'id'"),
        found.c.id,
        literal_column("'title'"),
        found.c.title,
    )
    return (
        select(cast(built, Text))
        .order_by(begins.desc(), func.char_length(found.c.title), found.c.id.desc())
        .limit(bindparam("most", type_=Integer))
    )


def parameters(q: str, limit: int) -> dict[str, Any] | None:
    """What a search binds; None when there is nothing to look for."""
    wanted = search.folded(q[: search.LONGEST])
    if not wanted:
        return None
    return {**search.parameters(q), "most": limit, "q_begins": wanted}
