"""JSON Schemas (2020-12) of what the API takes and answers: of fields, from their definitions, and
of everything else by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sanhuan.catalog.fields import (
    ComputedField,
    FieldDefinition,
    LinesField,
    LookupField,
    MultiSelectField,
    SelectField,
    TextField,
)
from sanhuan.catalog.runtime import Catalog, ObjectType

Schema = dict[str, Any]

ID: Final[Schema] = {"type": "string", "format": "uuid"}
TEXT: Final[Schema] = {"type": "string"}
NUMBER_TEXT: Final[Schema] = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
LABEL: Final[Schema] = {
    "type": "object",
    "properties": {"zh": TEXT, "en": TEXT},
    "required": ["zh"],
}
ANYTHING: Final[Schema] = {}


def nullable(schema: Schema) -> Schema:
    """The schema of a value that may be empty."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """A list of such values."""
    return {"type": "array", "items": schema}


def ref(name: str) -> Schema:
    """A component, by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def struct(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object with these members."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }


# Fields


READ: Final[dict[str, Schema]] = {
    "address": struct(
        {}, {part: nullable(TEXT) for part in ("province", "city", "district", "detail")}
    ),
    "auto_number": TEXT,
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": MOMENT,
    "decimal": NUMBER_TEXT,
    "department": ref("Reference"),
    "email": TEXT,
    "file": listed(ID),
    "integer": {"type": "integer"},
    "long_text": TEXT,
    "money": NUMBER_TEXT,
    "percent": NUMBER_TEXT,
    "phone": TEXT,
    "reference": ref("Reference"),
    "references": listed(ref("Reference")),
    "text": TEXT,
    "url": TEXT,
    "user": ref("Reference"),
}
"""As values read; any of them may be null, and a masked text is text."""

NUMBER: Final[Schema] = {
    "anyOf": [NUMBER_TEXT, {"type": "number", "minimum": -1e15, "maximum": 1e15}]
}
WRITTEN: Final[dict[str, Schema]] = {
    **READ,
    "decimal": NUMBER,
    "department": ID,
    "integer": {"type": "integer", "minimum": -(2**53), "maximum": 2**53},
    "money": NUMBER,
    "percent": NUMBER,
    "reference": ID,
    "references": listed(ID),
    "user": ID,
}
"""As values are written: references by their ids, numbers as text or as they are."""


def type_of(one: FieldDefinition) -> str:
    """The name of a field's type."""
    return str(one.__struct_config__.tag)


def read(catalog: Catalog, item: ObjectType, one: FieldDefinition) -> Schema:
    """What a field reads as."""
    if isinstance(one, LookupField):
        return ANYTHING
    if isinstance(one, ComputedField):
        return nullable(READ[type_of(one.shown_as)])
    if isinstance(one, LinesField):
        return nullable(listed(ref(f"{one.object}.line")))
    return nullable(_choices(one) or READ[type_of(one)])


def written(one: FieldDefinition) -> Schema:
    """What a field is written as."""
    if isinstance(one, LinesField):
        row = ref(f"{one.object}.line.write")
        changed = {"allOf": [row, struct({"id": ID})]}
        members = {"create": listed(row), "update": listed(changed), "delete": listed(ID)}
        return {"anyOf": [{**struct({}, members), "additionalProperties": False}, listed(row)]}
    schema = dict(_choices(one) or WRITTEN[type_of(one)])
    if isinstance(one, TextField):
        schema["maxLength"] = one.max_length
    return nullable(schema)


def _choices(one: FieldDefinition) -> Schema | None:
    if isinstance(one, SelectField):
        return {"enum": [choice.key for choice in one.choices]}
    if isinstance(one, MultiSelectField):
        return listed({"enum": [choice.key for choice in one.choices]})
    return None


# What has a name


def page_of(schema: Schema) -> Schema:
    """A page of a list."""
    return struct(
        {
            "data": listed(schema),
            "page": struct({"next": nullable(TEXT), "count": nullable(COUNT)}),
        }
    )


def data_of(schema: Schema) -> Schema:
    """A list that is whole."""
    return struct({"data": listed(schema)})


FAULT: Final = struct(
    {"code": TEXT, "message": TEXT},
    {"field": nullable(TEXT), "index": COUNT, "rule": TEXT},
)
SHARE: Final = struct(
    {
        "principal": struct({"id": ID, "kind": {"enum": ["user", "department", "role"]}}),
        "level": {"enum": ["read", "edit"]},
        "until": nullable(MOMENT),
        "created_by": ID,
        "created_at": MOMENT,
    }
)
PERSON: Final = struct(
    {"id": ID, "name": TEXT, "login": TEXT, "department": nullable(ref("Reference"))},
    {"language": {"enum": ["zh", "en"]}, "roles": listed(ref("Reference"))},
)
TOKEN: Final = struct(
    {"id": ID, "name": TEXT, "scopes": listed(TEXT), "expires_at": nullable(MOMENT)}
)
ENTRY: Final = struct(
    {
        "id": TEXT,
        "at": MOMENT,
        "occurred_at": MOMENT,
        "via": TEXT,
        "kind": TEXT,
        "version": COUNT,
        "fields": {"type": "object"},
    },
    {"actor": ANYTHING, "cause": nullable(TEXT), "operation": TEXT},
)
IMPORT: Final = struct(
    {
        "id": ID,
        "object": TEXT,
        "state": TEXT,
        "counts": {"type": "object"},
        "progress": {"type": "object"},
    },
)
FILE: Final = struct({"id": ID, "name": TEXT, "type": TEXT, "size": COUNT, "sha256": TEXT})
FIELD: Final = struct(
    {
        "id": TEXT,
        "name": TEXT,
        "type": TEXT,
        "label": LABEL,
        "right": {"enum": ["masked", "read", "write"]},
    }
)
OBJECT: Final = struct({"name": TEXT, "label": LABEL, "app": TEXT, "title_field": TEXT})

COMPONENTS: Final[dict[str, Schema]] = {
    "Reference": struct({"id": ID, "title": nullable(TEXT)}),
    "Filter": {
        **struct(
            {},
            {
                "combinator": {"enum": ["and", "or"]},
                "not": {"type": "boolean"},
                "rules": listed({"anyOf": [ref("Rule"), ref("Filter")]}),
            },
        ),
        "required": ["rules"],
        "additionalProperties": False,
    },
    "Rule": {
        **struct(
            {
                "field": TEXT,
                "operator": {
                    "enum": [
                        "=",
                        "!=",
                        "<",
                        "<=",
                        ">",
                        ">=",
                        "contains",
                        "doesNotContain",
                        "beginsWith",
                        "endsWith",
                        "in",
                        "notIn",
                        "between",
                        "null",
                        "notNull",
                    ]
                },
            },
            {"value": ANYTHING},
        ),
        "additionalProperties": False,
    },
    "Problem": struct(
        {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "code": TEXT,
            "errors": listed(FAULT),
            "trace_id": TEXT,
        },
        {
            "hint": TEXT,
            "warnings": listed(struct({"rule": nullable(TEXT), "message": TEXT, "token": TEXT})),
            "current": {"type": "object"},
        },
    ),
}

SHAPES: Final[dict[str, Schema]] = {
    "aggregate": data_of({"type": "object"}),
    "bulk": struct(
        {
            "created": COUNT,
            "updated": COUNT,
            "deleted": COUNT,
            "refused": COUNT,
            "results": listed(
                struct(
                    {"index": COUNT, "status": TEXT},
                    {"id": ID, "version": COUNT, "errors": listed(FAULT)},
                )
            ),
        }
    ),
    "changes": page_of(ENTRY),
    "definition": struct(
        {"id": TEXT, "name": TEXT, "label": LABEL, "layout": listed({"type": "object"})}
    ),
    "definitions": data_of(struct({"layers": listed(TEXT), "app": TEXT})),
    "events": data_of(struct({"id": TEXT, "state": TEXT})),
    "file": FILE,
    "import": IMPORT,
    "imports": data_of(IMPORT),
    "invitation": struct({"id": ID, "link": TEXT, "expires_at": MOMENT}),
    "invited": struct({"name": nullable(TEXT), "login": nullable(TEXT)}),
    "me": struct(
        {
            "user": PERSON,
            "rights": listed(TEXT),
            "objects": {"type": "object", "additionalProperties": struct({"acts": listed(TEXT)})},
            "menu": listed(
                struct(
                    {
                        "app": TEXT,
                        "label": LABEL,
                        "items": listed(struct({"page": TEXT, "label": LABEL})),
                    }
                )
            ),
        }
    ),
    "object": struct(
        {"id": TEXT, "name": TEXT, "label": LABEL, "fields": listed(FIELD), "acts": listed(TEXT)},
        {"views": listed({"type": "object"}), "actions": listed({"type": "object"})},
    ),
    "objects": data_of(OBJECT),
    "outcome": struct(
        {
            "changed": listed(struct({"object": TEXT, "id": ID, "version": COUNT})),
            "message": nullable(LABEL),
        }
    ),
    "plan": struct({"steps": listed(TEXT), "changes": listed({"type": "object"})}),
    "preview": struct({"columns": listed({"type": "object"}), "rows": ANYTHING}),
    "publication": {"type": "object"},
    "publication_request": struct({"id": ID, "changes": listed({"type": "object"})}),
    "received": struct({"stored": COUNT, "repeated": COUNT}),
    "replayed": struct({"replayed": COUNT}),
    "search": data_of(struct({"object": TEXT, "id": ID, "title": nullable(TEXT)})),
    "secret": struct({"secret": TEXT}),
    "session": struct({"token": TEXT, "expires_at": MOMENT, "user": PERSON}),
    "sessions": data_of(struct({"id": ID, "created_at": MOMENT, "current": {"type": "boolean"}})),
    "share": SHARE,
    "shares": data_of(SHARE),
    "sources": data_of(struct({"name": TEXT, "label": LABEL, "counts": {"type": "object"}})),
    "started": struct({"id": ID}),
    "timeline": page_of(ENTRY),
    "token": {"allOf": [TOKEN, struct({"token": TEXT})]},
    "tokens": data_of(TOKEN),
    "undoing": struct({"id": ID, "operation": ID}),
    "workspace": struct(
        {
            "name": LABEL,
            "currency": TEXT,
            "zone": TEXT,
            "sample": {"type": "boolean"},
            "demo_people": listed({"type": "object"}),
        }
    ),
}
"""What routes answer, by the name that they declare."""

Named = Callable[[ObjectType], Schema]

OF_OBJECT: Final[dict[str, Named]] = {
    "record": lambda item: ref(item.name),
    "page": lambda item: page_of(ref(item.name)),
}
"""What routes of one object answer."""
