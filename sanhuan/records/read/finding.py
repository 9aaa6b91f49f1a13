"""Finding records by a value that names them: a phone, a code, a title."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from sanhuan.catalog.fields import FieldDefinition
from sanhuan.records.read import access, composer


def statement(here: composer.Composer, one: FieldDefinition) -> Select[Any]:
    """Value and id of the records the caller sees whose field has one of `values`, oldest first.

    What the caller sees masked is compared in its masked form, like everywhere.
    """
    seen = here.stored(one)
    column = one.columns()[0]
    return (
        select(seen, here.table.c.id)
        .select_from(here.from_clause())
        .where(
            seen == any_(bindparam("values", type_=ARRAY(column.type))),
            here.live(),
            access.row_rule(here.branches),
        )
        .order_by(here.table.c.id)
    )
