"""Objects and pages, as the asker may know them."""

from __future__ import annotations

from typing import Final

import msgspec

from sanhuan.catalog.runtime import UnknownObject
from sanhuan.web import answers, definitions, pages, refusals
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Nothing, Route


async def list_objects(ask: Ask[Nothing, None]) -> Answer:
    """The objects of which the caller may see records."""
    objects = [
        definitions.summary(item)
        for item in ask.kernel.catalog.objects.values()
        if not item.is_line and ask.caller.may("see", item.id)
    ]
    return answers.json({"data": objects})


async def get_object(ask: Ask[Nothing, None]) -> Answer:
    """One object's definition; lines are known to those who see their parent."""
    catalog, caller = ask.kernel.catalog, ask.caller
    item = catalog.object(ask.path["object"])
    parent = item
    while parent.definition.line_of:
        parent = catalog.objects[parent.definition.line_of]
    if not caller.may("see", parent.id):
        raise UnknownObject(item.name)
    return answers.json(definitions.described(catalog, caller, item, ask.kernel.actions))


async def get_page(ask: Ask[Nothing, None]) -> Answer:
    """A page's definition, made from the object's where no package has one."""
    name = ask.path["name"]
    page = pages.find(ask.kernel.catalog, ask.caller, name)
    if page is None:
        raise refusals.UnknownPage(name)
    return answers.json(msgspec.to_builtins(page))


ROUTES: Final = (
    Route(
        method="GET", path="/objects", run=list_objects, summary="The objects one may see",
        tag="catalog", shape="objects",
    ),
    Route(
        method="GET", path="/objects/{object:str}", run=get_object,
        summary="An object's definition", tag="catalog", shape="object", refuses=(404,),
    ),
    Route(
        method="GET", path="/pages/{name:str}", run=get_page, summary="A page's definition",
        tag="catalog", shape="definition", refuses=(404,),
    ),
)  # fmt: skip
