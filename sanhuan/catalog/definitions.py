"""The kinds of definition that the kernel knows, as packages write them and the API shows them.

One schema serves YAML in packages, rows in the database and JSON in the API. Each definition has
a short stable `id`, written in its YAML, so that a rename is a rename. The rings add kinds of
their own through `sanhuan.catalog.kinds`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from sanhuan.catalog.fields import Field, Label


class Definition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every kind has. `name` is unique within the kind, `app` names the package it is from."""

    id: str
    name: str
    label: Label
    app: str = ""
    description: Label | None = None


class ObjectDefinition(Definition, kw_only=True):
    """A business object: a real table `o_<id>` with a column or more per field."""

    label_plural: Label | None = None
    icon: str = "box"
    """Name of a Lucide icon."""
    title_field: str
    """API name of the field that names a record in lists, references and search."""
    line_of: str | None = None
    """The object whose lines these are. Then it has no rights, version, owner of its own."""
    fields: list[Field]
    owned: bool = True
    """Whether records have an owner and a department, and row rules by them mean something."""
    unique: list[list[str]] = []
    """Groups of fields whose values together are unique."""
    dropped: bool = False


class ColumnDefinition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A column of a list: a field or a path over references (`account.industry`)."""

    field: str
    width: int | None = None
    """In pixels; None lets the type decide."""


class ViewDefinition(Definition, kw_only=True):
    """A tab over one object: which records, which columns, in which order."""

    object: str
    layout: Literal["table", "board", "calendar"] = "table"
    filter: dict[str, Any] | None = None
    """As CONTRACT.md writes filters; None is all."""
    sort: str | None = None
    """`-amount,name`; None is newest first."""
    columns: list[ColumnDefinition] = []
    group_by: str | None = None
    order: int = 100


class Brick(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A piece of a page: a brick of the UI's registry, its options, and what it holds."""

    brick: str
    props: dict[str, Any] = {}
    children: list[Brick] = []


class PageDefinition(Definition, kw_only=True):
    """A page as a tree of bricks.

    `kind` says what the page is given: nothing (`page`), the records of an object (`list`), or
    one record (`record`, `form`).
    """

    kind: Literal["page", "list", "record", "form"] = "page"
    object: str | None = None
    icon: str = "layout-dashboard"
    layout: list[Brick]


class Test(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One column of a decision table's conditions: a formula whose value the cells test."""

    input: str
    label: Label | None = None


class Outcome(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One column of a decision table's outcomes: the field that it sets."""

    field: str


class DecisionTableDefinition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """FORMULAS.md section 7. A row holds a cell per input, then one per output."""

    inputs: list[Test]
    outputs: list[Outcome]
    rows: list[list[str]]
    hit: Literal["first", "unique", "all", "sum", "min", "max", "count"] = "first"
    default: list[str] | None = None


class Effect(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """What a rule does when its condition holds."""


class SetEffect(Effect, kw_only=True, tag="set"):
    """Sets fields to the values of formulas."""

    values: dict[str, str]


class TableEffect(Effect, kw_only=True, tag="table"):
    """Sets fields to the outcomes of a decision table."""

    table: DecisionTableDefinition


class WarnEffect(Effect, kw_only=True, tag="warn"):
    """Needs the caller's consent with a reason."""

    message: Label
    field: str | None = None


class BlockEffect(Effect, kw_only=True, tag="block"):
    """Refuses the save; the message says what to do."""

    message: Label
    field: str | None = None


Moment = Literal["create", "update", "delete"]


class RuleDefinition(Definition, kw_only=True):
    """A rule in front: looked at before a record is saved.

    Set rules run once, ordered by layer, number and name; then warnings and blocks are judged on
    the result. `when` is a formula, None is always; what is unknown is not met, and what errs
    refuses (FORMULAS.md section 5).
    """

    object: str
    moments: list[Moment] = msgspec.field(default_factory=lambda: ["create", "update"])
    number: int = 100
    when: str | None = None
    effect: SetEffect | TableEffect | WarnEffect | BlockEffect
    enabled: bool = True


Act = Literal["see", "create", "edit", "delete", "assign", "import", "export"]
Rows = Literal["own", "reports", "department", "department_below", "shared", "all", "condition"]
"""`reports` is own and those of one's reports, at any depth."""
FieldRight = Literal["hidden", "masked", "read", "write"]


class Policy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a role lets its holders do with the records of an object that lie in `rows`.

    `condition` is a filter, for `rows: condition`. `fields` names the fields whose right on these
    rows is not `write`; `other_fields` is the right of those it does not name.
    """

    object: str
    acts: list[Act]
    rows: Rows = "own"
    condition: dict[str, Any] | None = None
    fields: dict[str, FieldRight] = {}
    other_fields: FieldRight = "write"


Right = Literal[
    "administer",
    "manage_people",
    "manage_roles",
    "read_log",
    "manage_sources",
    "see_metrics",
    "build",
]


class RoleDefinition(Definition, kw_only=True):
    """A role: policies that add up with those of the other roles a person holds.

    `rights` are those that are not about one object.
    """

    policies: list[Policy] = []
    rights: list[Right] = []


class MenuItem(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An entry of an app's navigation: a page, by name."""

    page: str
    label: Label | None = None
    icon: str | None = None


class AppDefinition(Definition, kw_only=True):
    """An app: a package of definitions, and its entries in the navigation."""

    version: str = "0.1.0"
    icon: str = "box"
    requires: list[str] = []
    menu: list[MenuItem] = []
    order: int = 100
