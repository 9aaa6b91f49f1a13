"""The OpenAPI 3.1 document, made from the routes and from the catalog as the asker may know it.

Routes over records are told once per object, with that object's own schemas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

import sanhuan
from sanhuan.catalog.fields import LinesField
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller
from sanhuan.web import definitions, schemas
from sanhuan.web.answers import JSON, Answer, encode
from sanhuan.web.problems import PROBLEM, TITLES
from sanhuan.web.routing import Ask, Form, Nothing, PublicRoute, Route
from sanhuan.web.schemas import Schema, ref

PREFIX: Final = "/api/v1"
PARAMETER: Final = re.compile(r"\{(\w+):\w+\}")
OBJECT: Final = "{object:str}"
ALWAYS: Final = frozenset({400, 401, 405, 422, 503})
WITH_BODY: Final = frozenset({408, 413, 415})
CONSENT: Final = schemas.listed(
    schemas.struct({"token": schemas.TEXT, "reason": {"type": "string", "minLength": 1}})
)

MOST_KEPT: Final = 50


class Documents:
    """The document for each asker; people of the same grants share one."""

    def __init__(self, routes: Sequence[Route], public: Sequence[PublicRoute]) -> None:
        self._routes = routes
        self._public = public
        self._kept: dict[tuple[int, int], tuple[object, bytes]] = {}

    async def answer(self, ask: Ask[Nothing, None]) -> Answer:
        """The document, for one who is signed in."""
        catalog = ask.kernel.catalog
        key = (catalog.version, id(ask.caller.grants))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            body = encode(document(catalog, ask.caller, self._routes, self._public))
            # The grants are kept with it: their id is theirs for as long.
            found = self._kept[key] = (ask.caller.grants, body)
        return Answer(200, found[1])


def route(documents: Documents) -> Route:
    """The route of the document itself."""
    return Route(
        method="GET",
        path="/openapi.json",
        run=documents.answer,
        summary="This document",
        tag="catalog",
        shape={"type": "object"},
    )


def document(
    catalog: Catalog,
    caller: Caller,
    routes: Iterable[Route],
    public: Iterable[PublicRoute],
) -> dict[str, Any]:
    """The whole document, JSON-ready."""
    items = [
        item for item in catalog.objects.values() if not item.is_line and caller.may("see", item.id)
    ]
    paths: dict[str, dict[str, Any]] = {}
    for each in routes:
        for path, operation in _operations(each, items):
            paths.setdefault(path, {})[each.method.lower()] = operation
    for open_ in public:
        if open_.documented:
            path = PARAMETER.sub(r"{\1}", open_.address)
            operation = {**_operation(open_, None), "security": []}
            paths.setdefault(path, {})[open_.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "三环 Sanhuan",
            "version": sanhuan.__version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"cookie": [], "csrf": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.COMPONENTS, **dict(_objects(catalog, caller, items))},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "sanhuan_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


# Objects


def _objects(
    catalog: Catalog, caller: Caller, items: Sequence[ObjectType]
) -> Iterator[tuple[str, Schema]]:
    for item in items:
        grants = caller.grants.get(item.id, ())
        rights = {one.id: definitions.field_right(grants, one) for one in item.fields.values()}
        known = [one for one in item.fields.values() if rights[one.id] != "hidden"]
        read = {one.name: schemas.read(catalog, item, one) for one in known}
        read |= {
            "id": schemas.ID,
            "version": schemas.COUNT,
            "_can": schemas.listed(schemas.TEXT),
            "_masked": schemas.listed(schemas.TEXT),
            "_errors": {"type": "object"},
        }
        yield item.name, schemas.struct({"id": read.pop("id")}, read)
        written = {one.name: schemas.written(one) for one in known if rights[one.id] == "write"}
        yield f"{item.name}.write", _closed({**written, "consent": CONSENT})
        for one in known:
            if isinstance(one, LinesField):
                yield from _lines(catalog, one)


def _lines(catalog: Catalog, one: LinesField) -> Iterator[tuple[str, Schema]]:
    rows = catalog.objects[one.object]
    read = {each.name: schemas.read(catalog, rows, each) for each in rows.own_fields}
    yield f"{rows.name}.line", schemas.struct({"id": schemas.ID}, read)
    written = {
        each.name: schemas.written(each)
        for each in rows.own_fields
        if not each.computed and not each.read_only
    }
    yield f"{rows.name}.line.write", schemas.struct({}, written)


def _closed(members: dict[str, Schema]) -> Schema:
    return {**schemas.struct({}, members), "additionalProperties": False}


# Operations


def _operations(each: Route, items: Sequence[ObjectType]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The paths of a route: one per object where it is about records."""
    path = PREFIX + each.path
    if each.path.startswith("/records/"):
        for item in items:
            name = path.replace(OBJECT, item.name)
            yield PARAMETER.sub(r"{\1}", name), _operation(each, item)
    else:
        yield PARAMETER.sub(r"{\1}", path), _operation(each, None)


def _operation(each: Route | PublicRoute, item: ObjectType | None) -> dict[str, Any]:
    about = "" if item is None else f"{item.name}_"
    where = PARAMETER.sub(r"\1", each.path.replace(OBJECT, "")).strip("/")
    operation: dict[str, Any] = {
        "operationId": f"{each.method.lower()}_{about}{re.sub(r'[^a-z]+', '_', where)}".strip("_"),
        "summary": each.summary,
        "tags": [each.tag if item is None else item.name],
        "parameters": [*_path_parameters(each, item), *_query(each), *_headers(each)],
        "responses": _responses(each, item),
    }
    if each.body is not None:
        operation["requestBody"] = _body(each, item)
    return operation


def _path_parameters(
    each: Route | PublicRoute, item: ObjectType | None
) -> Iterator[dict[str, Any]]:
    for name in PARAMETER.findall(each.path):
        if name != "object" or item is None:
            schema = schemas.ID if name in ("id", "principal") else schemas.TEXT
            yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(each: Route | PublicRoute) -> Iterator[dict[str, Any]]:
    for one in msgspec.structs.fields(each.query):
        schema = _schema(one.type)
        yield {
            "name": one.encode_name,
            "in": "query",
            "required": one.required,
            "schema": _without_null(schema),
        }


def _without_null(schema: Schema) -> Schema:
    """What a parameter can be: there is no null in an address."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def _headers(each: Route | PublicRoute) -> Iterator[dict[str, Any]]:
    if isinstance(each, PublicRoute):
        return
    if each.needs_version:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "pattern": r'^"[1-9]\d{0,5}"$'},
            "description": "The version that the change is made from.",
        }
    if each.method == "POST" and each.mode != "alone":
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"},
            "description": "The same key and body again get the first answer again.",
        }


def _body(each: Route | PublicRoute, item: ObjectType | None) -> dict[str, Any]:
    if each.body is Form:
        members = {"file": {"type": "string", "format": "binary"}}
        schema = schemas.struct({"file": members["file"]})
        return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    if each.body is bytes:
        schema = {"type": "object"}
    elif item is not None and each.body == dict[str, Any] and "actions" not in each.path:
        schema = ref(f"{item.name}.write")
    elif each.body is Nothing:
        schema = {"type": "object", "additionalProperties": False}
    else:
        schema = _schema(each.body)
    return {"required": not each.optional_body, "content": {JSON: {"schema": schema}}}


def _schema(kind: Any) -> Schema:
    """The schema of a type of ours, whole in itself."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="{name}")
    whole = _inlined(schema, parts)
    assert isinstance(whole, dict)
    return whole


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    """The schema with its parts in their places, and filters by their own component."""
    if isinstance(schema, list):
        return [_inlined(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"]], parts)
    found = {name: _inlined(value, parts) for name, value in schema.items()}
    members = found.get("properties")
    if isinstance(members, dict) and isinstance(members.get("filter"), dict):
        members["filter"] = schemas.nullable(ref("Filter"))
    return found


def _responses(each: Route | PublicRoute, item: ObjectType | None) -> dict[str, Any]:
    found = {str(status): _success(each, item, status) for status in each.success}
    refused = {"description": "", "content": {PROBLEM: {"schema": ref("Problem")}}}
    for status in sorted(_refusals(each)):
        found[str(status)] = {**refused, "description": TITLES[status].en}
    return found


def _success(each: Route | PublicRoute, item: ObjectType | None, status: int) -> dict[str, Any]:
    described: dict[str, Any] = {"description": each.summary}
    if status in (204, 304):
        return described
    described["content"] = _content(each.shape, item)
    return described


def _content(shape: Any, item: ObjectType | None) -> dict[str, Any]:
    if shape == "bytes":
        return {"*/*": {"schema": {}}}
    if shape == "stream":
        return {"text/event-stream": {"schema": schemas.TEXT}}
    if isinstance(shape, dict):
        return {JSON: {"schema": shape}}
    of_object = schemas.OF_OBJECT.get(shape)
    if of_object is not None:
        assert item is not None, "such routes are about one object"
        return {JSON: {"schema": of_object(item)}}
    return {JSON: {"schema": schemas.SHAPES[shape]}}


def _refusals(each: Route | PublicRoute) -> set[int]:
    """The statuses other than success that an operation can answer."""
    found = {*ALWAYS, *each.refuses}
    if each.body is not None:
        found |= WITH_BODY
    if "{" in each.path:
        found.add(404)
    if isinstance(each, Route):
        if each.method != "GET":
            found.add(403)
        if each.method == "POST":
            found.add(409)
        if each.needs_version:
            found |= {412, 428}
    elif each.from_own_pages and each.body is not None:
        found.add(403)
    return found
