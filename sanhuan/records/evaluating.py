"""Formulas over saved records, for what rings decide by: a condition, a limit, a weight.

They see a record as it is when they are asked, with the paths over references that they name, in
one read for all records. What a record was before is for rules, which stand in front of the save.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sanhuan import expressions
from sanhuan.catalog.fields import FieldDefinition, LinesField, LookupField, ReferenceField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.identity.access import Caller

if TYPE_CHECKING:
    from sanhuan.records.service import Records, Transaction

ALLOWED = expressions.Allowed.TODAY | expressions.Allowed.NOW
Path = tuple[str, ...]


@dataclass(frozen=True)
class Reached:
    """Where a path of field ids ends: the API name of the field, and the part inside its value."""

    name: str
    field: FieldDefinition
    part: str | None = None

    def of(self, values: Mapping[str, Any]) -> object:
        """The value for formulas, from a record's JSON."""
        value = values.get(self.name)
        if self.part is not None:
            return value.get(self.part) if isinstance(value, Mapping) else None
        if isinstance(value, list):
            return [_plain(self.field, each) for each in value]
        return _plain(self.field, value)


def _plain(one: FieldDefinition, value: Any) -> object:
    if isinstance(value, Mapping):
        return value.get("id", value)
    stored = one.from_json(value)
    return str(stored) if isinstance(stored, UUID) else stored


def reached(catalog: Catalog, item: ObjectType, path: Path) -> Reached:
    """The end of a to-one path. Raises KeyError for rows of sub-tables and what is gone."""
    one = item.by_id[path[0]]
    rest = path[1:]
    if not rest:
        if isinstance(one, LinesField):
            raise KeyError(one.name)
        end = catalog.follow(item, one.path)[-1] if isinstance(one, LookupField) else one
        return Reached(one.name, end)
    if rest[0] in one.parts():
        return Reached(one.name, one, rest[0])
    if not isinstance(one, ReferenceField):
        raise KeyError(rest[0])
    target = catalog.objects[one.target]
    beyond = (target.title.id,) if rest == (expressions.TITLE,) else rest
    far = reached(catalog, target, beyond)
    return Reached(f"{one.name}.{far.name}", far.field, far.part)


@dataclass(frozen=True)
class Seen:
    """A record as formulas read it."""

    values: Mapping[str, Any]
    paths: Mapping[Path, Reached]

    def get(self, path: Path, /) -> object:
        return self.paths[path].of(self.values)


@dataclass(frozen=True)
class Formulas:
    """Formulas over one object's records, by a name of the caller's, ready to run."""

    object_name: str
    paths: Mapping[Path, Reached]
    run: Mapping[str, Callable[[expressions.Record, expressions.Context], object]]

    async def over(
        self,
        tx: Transaction,
        records: Records,
        caller: Caller,
        ids: Sequence[UUID],
        fields: Collection[str] = (),
    ) -> dict[UUID, Evaluated]:
        """What they give for those of the records that the caller sees, and `fields` as JSON.

        A formula gives None where something that it needs is empty, and an `ErrorValue` where it
        can't be computed.
        """
        wanted = sorted({end.name for end in self.paths.values()} | set(fields) - {"id"})
        shown = await records.get_many(tx, caller, self.object_name, ids, wanted)
        context = records.context(caller)
        found: dict[UUID, Evaluated] = {}
        for record, body in shown.items():
            values = msgspec.json.decode(body)
            seen = Seen(values, self.paths)
            results = {name: run(seen, context) for name, run in self.run.items()}
            found[record] = Evaluated(values, results)
        return found


@dataclass(frozen=True)
class Evaluated:
    """One record: its JSON by path of API names, and what each formula gave."""

    values: Mapping[str, Any]
    results: Mapping[str, object]

    def holds(self, name: str) -> bool:
        """Whether a condition is met: what is unknown or in error is not."""
        return self.results[name] is True


def formulas(catalog: Catalog, object_name: str, texts: Mapping[str, str]) -> Formulas:
    """Check formulas over an object. Raises `expressions.ExpressionError`, KeyError."""
    item = catalog.object(object_name)
    scope = scope_of(catalog, item)
    checked = {name: expressions.check(text, scope, allow=ALLOWED) for name, text in texts.items()}
    uses = {path for expression in checked.values() for path in expression.uses}
    return Formulas(
        object_name,
        {path: reached(catalog, item, path) for path in uses},
        {name: expressions.compile_python(each) for name, each in checked.items()},
    )
