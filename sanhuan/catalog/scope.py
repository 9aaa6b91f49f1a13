"""What names mean in formulas over the records of an object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sanhuan import expressions
from sanhuan.catalog.fields import AddressField, FieldDefinition, LookupField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.expressions import types

PART_LABELS = {
    "province": {"zh": "省", "en": "Province"},
    "city": {"zh": "城市", "en": "City"},
    "district": {"zh": "区县", "en": "District"},
    "detail": {"zh": "详细地址", "en": "Detail"},
}


class _Scopes(Mapping[str, expressions.Scope]):
    """Scopes by object name, each made when first asked for."""

    def __init__(self, catalog: Catalog, readable: Callable[[str, str], bool]) -> None:
        self._catalog = catalog
        self._readable = readable
        self._made: dict[str, expressions.Scope] = {}

    def __getitem__(self, name: str) -> expressions.Scope:
        if name not in self._made:
            item = self._catalog.objects[name]
            names = [
                _name(self._catalog, item, one)
                for one in item.fields.values()
                if self._readable(item.id, one.id)
            ]
            self._made[name] = expressions.Names(names, self)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._catalog.objects)

    def __len__(self) -> int:
        return len(self._catalog.objects)

    def __contains__(self, name: object) -> bool:
        return name in self._catalog.objects


def scope_of(
    catalog: Catalog,
    item: ObjectType,
    readable: Callable[[str, str], bool] = lambda object_id, field_id: True,
) -> expressions.Scope:
    """The names of an object's fields, with those of what they refer to.

    `readable` (object id, field id) leaves out the fields that an author may not read.
    """
    return _Scopes(catalog, readable)[item.name]


def _name(catalog: Catalog, item: ObjectType, one: FieldDefinition) -> expressions.Name:
    parts = tuple(
        expressions.Name(part, part, PART_LABELS[part], types.Text())
        for part in one.parts()
        if isinstance(one, AddressField)
    )
    return expressions.Name(
        one.id, one.name, one.label.by_language, type_of(catalog, item, one), parts
    )


def type_of(catalog: Catalog, item: ObjectType, one: FieldDefinition) -> expressions.Type:
    """The type of a field in formulas; a lookup has that of the field it ends at."""
    if isinstance(one, LookupField):
        try:
            return catalog.follow(item, one.path)[-1].expression_type()
        except (KeyError, RecursionError):
            return types.Opaque()
    return one.expression_type()
