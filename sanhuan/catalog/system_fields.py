"""The fields that every record has, defined like any other so that nothing treats them apart."""

from __future__ import annotations

from sanhuan.catalog.definitions import ObjectDefinition
from sanhuan.catalog.fields import (
    DateTimeField,
    DepartmentField,
    FieldDefinition,
    IntegerField,
    Label,
    ReferenceField,
    UserField,
)

VERSION = IntegerField(
    id="_version", name="version", label=Label("版本", "Version"), read_only=True
)
CREATED_AT = DateTimeField(
    id="_created_at", name="created_at", label=Label("创建时间", "Created at"), read_only=True
)
CREATED_BY = UserField(
    id="_created_by", name="created_by", label=Label("创建人", "Created by"), read_only=True
)
UPDATED_AT = DateTimeField(
    id="_updated_at", name="updated_at", label=Label("更新时间", "Updated at"), read_only=True
)
UPDATED_BY = UserField(
    id="_updated_by", name="updated_by", label=Label("更新人", "Updated by"), read_only=True
)
OWNER = UserField(id="_owner", name="owner", label=Label("负责人", "Owner"))
DEPARTMENT = DepartmentField(
    id="_department", name="department", label=Label("所属部门", "Department")
)
POSITION = IntegerField(id="_position", name="position", label=Label("序号", "Position"))

STAMPS: tuple[FieldDefinition, ...] = (
    VERSION,
    CREATED_AT,
    CREATED_BY,
    UPDATED_AT,
    UPDATED_BY,
)
NAMES = frozenset(
    {"id", "version", "created_at", "created_by", "updated_at", "updated_by", "owner"}
    | {"department", "parent", "position"}
)
"""API names that a field of a definition can't take."""


def id_of(definition: ObjectDefinition) -> FieldDefinition:
    """The id as a reference to the record itself, so that filters compare it as one."""
    label = Label("编号", "Id")
    if definition.name == "user":
        return UserField(id="_id", name="id", label=label, read_only=True)
    return ReferenceField(id="_id", name="id", label=label, read_only=True, object=definition.name)


def of(definition: ObjectDefinition) -> tuple[FieldDefinition, ...]:
    """The system fields of an object's records: lines have a parent and a position instead."""
    if definition.line_of:
        parent = ReferenceField(
            id="_parent", name="parent", label=Label("所属", "Parent"), object=definition.line_of
        )
        return (id_of(definition), parent, POSITION)
    scoped = (OWNER, DEPARTMENT) if definition.owned else ()
    return (id_of(definition), *STAMPS, *scoped)
