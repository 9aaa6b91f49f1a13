"""Page definitions, and the pages made from an object's definition where no package has one."""

from __future__ import annotations

from sanhuan.catalog.definitions import Brick, PageDefinition
from sanhuan.catalog.fields import FieldDefinition, LinesField, SelectField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller

MOST_FACTS = 40
MOST_COLUMNS = 6


def find(catalog: Catalog, caller: Caller, name: str) -> PageDefinition | None:
    """The page of that name, when the caller may know of what it is about; else None."""
    page = catalog.pages.get(name)
    if page is None:
        return _made(catalog, caller, name)
    if page.object is not None and not _sees(catalog, caller, page.object):
        return None
    return page


def _sees(catalog: Catalog, caller: Caller, name: str) -> bool:
    item = catalog.objects.get(name)
    return item is not None and not item.is_line and caller.may("see", item.id)


def _made(catalog: Catalog, caller: Caller, name: str) -> PageDefinition | None:
    object_name, _, kind = name.rpartition(".")
    make = {"list": list_page, "record": record_page, "form": form_page}.get(kind)
    if make is None or not _sees(catalog, caller, object_name):
        return None
    return make(catalog, catalog.objects[object_name])


def list_page(catalog: Catalog, item: ObjectType) -> PageDefinition:
    """All views of the object as tabs."""
    layout = [Brick(brick="list", props={"object": item.name})]
    return PageDefinition(
        id=f"{item.id}_list",
        name=f"{item.name}.list",
        label=item.definition.label_plural or item.definition.label,
        kind="list",
        object=item.name,
        icon=item.definition.icon,
        layout=layout,
    )


def record_page(catalog: Catalog, item: ObjectType) -> PageDefinition:
    """Head, stages, facts, lines, what refers to it, timeline."""
    states = [one for one in item.own_fields if isinstance(one, SelectField) and one.transitions]
    owner = ["owner"] if item.owned else []
    layout = [
        Brick(
            brick="record-header",
            props={
                "badges": [one.name for one in states[:1]],
                "facts": owner,
                "actions": [],
            },
        ),
        *(Brick(brick="stage-bar", props={"field": one.name}) for one in states[:1]),
        Brick(
            brick="columns",
            props={"widths": [1, 2]},
            children=[
                Brick(brick="facts", props={"fields": [*_facts(item), *owner]}),
                Brick(brick="tabs", children=[*_related(catalog, item), _timeline()]),
            ],
        ),
    ]
    return PageDefinition(
        id=f"{item.id}_record",
        name=f"{item.name}.record",
        label=item.definition.label,
        kind="record",
        object=item.name,
        icon=item.definition.icon,
        layout=layout,
    )


def form_page(catalog: Catalog, item: ObjectType) -> PageDefinition:
    """Every field that can be written, then the lines."""
    writable = [one.name for one in item.own_fields if _is_entered(one)]
    owner = ["owner"] if item.owned else []
    children = [
        Brick(
            brick="section",
            props={"label": item.definition.label.by_language, "fields": [*writable, *owner]},
        ),
        *(_lines(catalog, one) for one in item.lines),
    ]
    return PageDefinition(
        id=f"{item.id}_form",
        name=f"{item.name}.form",
        label=item.definition.label,
        kind="form",
        object=item.name,
        icon=item.definition.icon,
        layout=[Brick(brick="form", children=children)],
    )


def _facts(item: ObjectType) -> list[str]:
    shown = [one.name for one in item.own_fields if not isinstance(one, LinesField)]
    return shown[:MOST_FACTS]


def _is_entered(one: FieldDefinition) -> bool:
    return not one.computed and not one.read_only and not isinstance(one, LinesField)


def _lines(catalog: Catalog, one: LinesField) -> Brick:
    rows = catalog.objects[one.object]
    columns = [each.name for each in rows.own_fields]
    return Brick(brick="lines", props={"field": one.name, "columns": columns})


def _related(catalog: Catalog, item: ObjectType) -> list[Brick]:
    """A tab for each field elsewhere that points here."""
    return [
        Brick(
            brick="tab",
            props={"label": other.definition.label.by_language},
            children=[
                Brick(
                    brick="related",
                    props={
                        "object": other.name,
                        "by": one.name,
                        "columns": _columns(other, one),
                    },
                )
            ],
        )
        for other, one in catalog.incoming.get(item.name, ())
        if not other.is_line
    ]


def _columns(item: ObjectType, but: FieldDefinition) -> list[str]:
    others = [one.name for one in item.own_fields if one not in (item.title, but)]
    return [item.title.name, *others][:MOST_COLUMNS]


def _timeline() -> Brick:
    return Brick(
        brick="tab",
        props={"label": {"zh": "时间线", "en": "Timeline"}},
        children=[Brick(brick="timeline")],
    )
