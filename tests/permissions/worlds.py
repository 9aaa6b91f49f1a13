"""Small worlds drawn by Hypothesis: departments, people, roles, shares and records.

What is drawn is a `Plan` of small numbers, so that failures shrink; `stories.tell` makes a world of
it. People, departments and roles are always the same rows; what changes is how they hang together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st

from tests.permissions import ward
from tests.permissions.world import RIGHTS, Policy

MOST_DEPARTMENTS, MOST_PEOPLE, MOST_ROLES = 8, 8, 4
EVERYTHING: Final = ("see", "create", "edit", "delete", "assign")
ACTS: Final = (
    ("see",),
    ("see",),
    ("see", "edit"),
    ("see", "edit"),
    ("see", "create", "edit", "delete"),
    ("see", "create", "edit", "delete"),
    EVERYTHING,
    EVERYTHING,
    ("edit",),
    ("create",),
    ("see", "delete"),
    ("assign", "edit"),
    ("see", "assign"),
    ("export",),
)
"""Acts that policies allow, the usual ones more often."""
ROWS: Final = (
    "own", "reports", "department", "department_below", "shared", "shared", "all", "condition",
)  # fmt: skip
ME: Final = {"me": True}


def identifier(kind: int, number: int) -> UUID:
    """An id that is the same in every run; later numbers sort behind."""
    return UUID(f"018f0000-0000-7000-8{kind:03x}-{number:012x}")


DEPARTMENTS: Final = [identifier(1, number) for number in range(MOST_DEPARTMENTS)]
PEOPLE: Final = [identifier(2, number) for number in range(MOST_PEOPLE)]
ROLES: Final = [identifier(3, number) for number in range(MOST_ROLES)]
MISSING: Final = identifier(9, 1)
PEOPLE_NAMES: Final = ("张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十")
DEPARTMENT_NAMES: Final = ("总部", "销售", "市场", "财务", "华东", "华南", "渠道", "直销")

VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "name": ("越辰建设", "安", "Bob", "bobby", "辰安商贸"),
    "subject": ("采购一号", "维保二期", "Audit", "IT", "audit two"),
    "phone": (None, "13812345678", "13812349999", "57188881234", "+14155552671"),
    "hotline": (None, "13812345678", "13900001111"),
    "email": (None, "zhang@x.cn", "zhao@x.cn", "b@corp.com"),
    "remark": (None, "abcdef", "xy", "abXYZf", "老客户 138"),
    "level": (None, "A", "B", "C"),
    "score": (None, Decimal(0), Decimal(4), Decimal(6), Decimal(10)),
    "credit": (None, Decimal("0.00"), Decimal("12.50"), Decimal("300.00")),
    "since": (None, "2025-12-31", "2026-01-15", "2026-02-01"),
    "vip": (None, True, False),
    "amount": (None, Decimal("50.00"), Decimal("120.00"), Decimal("120.50")),
    "state": (None, "draft", "open", "shut"),
    "signed": (None, "2026-01-15", "2026-03-01"),
}
"""What stored fields hold, by name."""

CLIENT_FIELDS: Final = tuple(name for name in ward.CLIENT if name in VALUES and name != "name")
CONTRACT_FIELDS: Final = tuple(name for name in ward.CONTRACT if name in VALUES)


@dataclass(frozen=True)
class RecordPlan:
    """`owner` and `department` are places in the lists, -1 is nobody; `links` are clients."""

    values: Mapping[str, Any]
    owner: int
    department: int
    link: int = -1
    links: tuple[int, ...] = ()
    lines: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class SharePlan:
    record: int
    principal: int
    level: str
    is_expired: bool


@dataclass(frozen=True)
class ChangePlan:
    """An update of a record before anyone asks: a plain field, or owner and department."""

    record: int
    field: int
    value: int
    owner: int


@dataclass(frozen=True)
class PersonPlan:
    departments: tuple[int, ...]
    manager: int
    roles: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """A world in small numbers. `is_real`: rights go through the tables of identity."""

    parents: tuple[int, ...]
    people: tuple[PersonPlan, ...]
    roles: tuple[tuple[Policy, ...], ...]
    clients: tuple[RecordPlan, ...]
    contracts: tuple[RecordPlan, ...]
    changes: tuple[ChangePlan, ...]
    binned: tuple[int, ...]
    shares: tuple[SharePlan, ...]
    is_real: bool


def rule(field: str, operator: str, *values: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A rule of a filter, with one of these values."""
    return st.sampled_from(values).map(
        lambda value: {"field": field, "operator": operator, "value": value}
    )


def rules(object_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """One rule over an object's own fields and paths, well-formed."""
    return st.one_of(RULES[object_name])


def _texts(prefix: str, name: str) -> list[st.SearchStrategy[dict[str, Any]]]:
    field = ward.OBJECTS["client" if prefix or name in ward.CLIENT else "contract"][name]
    clear = [value for value in VALUES[name] if value]
    forms = [*clear, *(ward.masked(field, value) for value in clear)]
    parts = ("138", "3456", "1234", "an", "bob", "辰", "*", "@", "ab", "一")
    path = prefix + name
    return [
        st.one_of(
            rule(path, "=", *forms),
            rule(path, "!=", *forms),
            rule(path, "contains", *parts),
            rule(path, "doesNotContain", *parts),
            rule(path, "in", forms[:2], forms[1:4]),
            rule(path, "<", *forms),
            rule(path, ">", *forms),
            rule(path, "null", None),
        )
    ]


def _choices(path: str, *keys: str) -> list[st.SearchStrategy[dict[str, Any]]]:
    return [
        st.one_of(
            rule(path, "=", *keys),
            rule(path, "!=", *keys),
            rule(path, "in", list(keys[:2])),
            rule(path, "notIn", list(keys[1:])),
            rule(path, "null", None),
            rule(path, "notNull", None),
        )
    ]


def _ordered(path: str, *values: Any) -> list[st.SearchStrategy[dict[str, Any]]]:
    operators = ("=", "!=", "<", ">")
    return [st.one_of(*(rule(path, each, *values) for each in operators), rule(path, "null", None))]


def _references(path: str, *targets: Any) -> list[st.SearchStrategy[dict[str, Any]]]:
    return [
        st.one_of(
            rule(path, "=", *targets),
            rule(path, "!=", *targets),
            rule(path, "in", list(targets[:2])),
            rule(path, "null", None),
        )
    ]


CLIENT_IDS: Final = [identifier(4, number) for number in range(9)]
CONTRACT_IDS: Final = [identifier(5, number) for number in range(11)]
SCORES: Final = (Decimal(0), Decimal(4), Decimal(5), Decimal(8))
SUMS: Final = (Decimal("50.00"), Decimal("100"), Decimal("120.00"))


def _client_rules(prefix: str) -> list[st.SearchStrategy[dict[str, Any]]]:
    return [
        *_texts(prefix, "name"),
        *_texts(prefix, "phone"),
        *_texts(prefix, "email"),
        *_choices(f"{prefix}level", "A", "B", "C"),
        *_ordered(f"{prefix}score", *SCORES),
        *_ordered(f"{prefix}credit", *SUMS),
        *_ordered(f"{prefix}weight", *SCORES),
        *_ordered(f"{prefix}since", "2026-01-15"),
        *_references(f"{prefix}parent_client", *CLIENT_IDS[:4]),
        *_references(f"{prefix}owner", ME, *PEOPLE[:4]),
        *_references(f"{prefix}department", *DEPARTMENTS[:4]),
    ]


RULES: Final = {
    "client": [
        *_client_rules(""),
        *_ordered("contract_count", Decimal(0), Decimal(1), Decimal(2)),
        *_ordered("worth", *SUMS),
        *_choices("parent_client.level", "A", "B", "C"),
        *_texts("parent_client.", "phone"),
        *_ordered("parent_client.score", *SCORES),
        rule("vip", "=", True, False),
        rule("tier", "=", "高", "*"),
        rule("owner.name", "contains", "张", "三", "*"),
    ],
    "contract": [
        *_texts("", "subject"),
        *_texts("", "hotline"),
        *_ordered("amount", *SUMS),
        *_ordered("total", Decimal(0), Decimal(6)),
        *_ordered("signed", "2026-01-15"),
        *_choices("state", "draft", "open", "shut"),
        *_choices("client_level", "A", "B", "C"),
        rule("client_phone", "contains", "138", "3456", "*"),
        rule("is_big", "=", True, False),
        *_references("client", *CLIENT_IDS[:4]),
        *_references("boss", *CLIENT_IDS[:4]),
        *_references("owner", ME, *PEOPLE[:4]),
        rule("parties", "contains", *CLIENT_IDS[:3]),
        rule("parties", "doesNotContain", *CLIENT_IDS[:3]),
        rule("parties", "null", None),
        rule("boss.level", "=", "A", "B"),
        *_client_rules("client."),
        *_choices("client.parent_client.level", "A", "B", "C"),
    ],
    "user": [rule("name", "contains", "三", "张", "*"), rule("id", "=", ME, *PEOPLE[:2])],
    "department": [rule("name", "=", "总部", "销售", "总*")],
}

BROKEN: Final = (
    {"rules": [{"field": "gone", "operator": "=", "value": "A"}]},
    {"rules": [{"field": "gone", "operator": "!=", "value": "A"}], "not": True},
    {"combinator": "or", "rules": [{"field": "owner.gone", "operator": "null"}]},
)
"""Conditions that can't be understood: whatever else is drawn, they take nothing."""


def filters(object_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """A filter of one to three rules, at times nested or turned round."""
    one = rules(object_name)
    group = st.builds(
        lambda combinator, parts, is_not: {
            "combinator": combinator,
            "rules": parts,
            **({"not": True} if is_not else {}),
        },
        st.sampled_from(("and", "or")),
        st.lists(one, min_size=1, max_size=2),
        st.integers(0, 3).map(lambda number: number == 0),
    )
    return st.one_of(
        one.map(lambda each: {"combinator": "and", "rules": [each]}),
        group,
        st.lists(st.one_of(one, group), min_size=2, max_size=2).map(
            lambda parts: {"combinator": "or", "rules": parts}
        ),
    )


PHONES: Final = ("phone", "hotline", "client_phone")


def conditions(object_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """A policy's condition: a filter, but no comparison of whole telephone numbers.

    Formulas and conditions know those in E.164, people as the API writes them.
    """
    return filters(object_name).map(_without_numbers)


def _without_numbers(condition: dict[str, Any]) -> dict[str, Any]:
    if "rules" in condition:
        return {**condition, "rules": [_without_numbers(each) for each in condition["rules"]]}
    is_phone = condition["field"].rpartition(".")[2] in PHONES
    if is_phone and condition["operator"] in ("=", "!=", "in", "<", ">"):
        return {**condition, "operator": "contains", "value": "138"}
    return condition


@st.composite
def policies(draw: st.DrawFn, object_name: str) -> Policy:
    """A policy on one of the two objects."""
    rows = draw(st.sampled_from(ROWS))
    condition = None
    if rows == "condition":
        condition = draw(st.one_of(conditions(object_name), st.sampled_from(BROKEN)))
    names = list(ward.OBJECTS[object_name])
    right = st.sampled_from(RIGHTS)
    return Policy(
        object=object_name,
        acts=frozenset(draw(st.sampled_from(ACTS))),
        rows=rows,
        condition=condition,
        fields=draw(st.dictionaries(st.sampled_from(names), right, max_size=6)),
        other_fields=draw(st.sampled_from(("write",) * 3 + ("read", "hidden", "masked"))),
    )


AROUND: Final[tuple[tuple[tuple[str, str | None, dict[str, str]], ...], ...]] = (
    (),
    (("all", None, {}),),
    (("all", None, {"name": "masked"}),),
    (("all", None, {"name": "hidden"}),),
    (("condition", "三", {}),),
    (("all", None, {"name": "masked"}), ("condition", "销", {})),
)
"""What roles say of people and departments."""


@st.composite
def roles(draw: st.DrawFn) -> tuple[Policy, ...]:
    """One to four policies on the two objects, and some on people and departments."""
    others = draw(st.lists(st.sampled_from(("client", "contract")), max_size=2))
    chosen = draw(st.sampled_from((("client", "contract"), ("client",), ("contract",))))
    made = [draw(policies(object_name)) for object_name in (*chosen, *others)]
    for object_name in ("user", "department"):
        for rows, part, fields in draw(st.sampled_from(AROUND)):
            rule_ = {"field": "name", "operator": "contains", "value": part}
            condition = {"rules": [rule_]} if part else None
            made.append(Policy(object_name, frozenset({"see"}), rows, condition, fields))
    return tuple(made)


def _values(names: tuple[str, ...], title: str) -> st.SearchStrategy[dict[str, Any]]:
    parts = {name: st.sampled_from(VALUES[name]) for name in names}
    return st.fixed_dictionaries({title: st.sampled_from(VALUES[title]), **parts})


@st.composite
def records(draw: st.DrawFn, object_name: str, place: int, clients: int) -> RecordPlan:
    """A record; clients may have one of those before them as parent."""
    is_client = object_name == "client"
    names = CLIENT_FIELDS if is_client else CONTRACT_FIELDS
    most = place if is_client else clients
    lines = st.tuples(st.integers(0, 3), st.integers(0, 2))
    return RecordPlan(
        values=draw(_values(names, "name" if is_client else "subject")),
        owner=draw(st.integers(-1, 5)),
        department=draw(st.integers(-1, 5)),
        link=draw(st.integers(-1, most - 1)),
        links=()
        if is_client
        else draw(st.lists(st.integers(0, clients - 1), max_size=2).map(tuple)),
        lines=() if is_client else draw(st.lists(lines, max_size=2).map(tuple)),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A whole world."""
    departments = draw(st.integers(3, MOST_DEPARTMENTS))
    people = draw(st.integers(3, MOST_PEOPLE))
    made_roles = tuple(draw(st.lists(roles(), min_size=2, max_size=MOST_ROLES)))
    clients = draw(st.integers(4, 9))
    contracts = draw(st.integers(4, 11))
    every = clients + contracts
    share = st.builds(
        SharePlan,
        record=st.integers(0, every - 1),
        principal=st.integers(0, departments + people + len(made_roles) - 1),
        level=st.sampled_from(("read", "edit")),
        is_expired=st.integers(0, 3).map(lambda number: number == 0),
    )
    change = st.builds(
        ChangePlan,
        record=st.integers(0, every - 1),
        field=st.integers(0, 20),
        value=st.integers(0, 4),
        owner=st.integers(-2, 5),
    )
    return Plan(
        parents=tuple(draw(st.integers(-1, place - 1)) for place in range(departments)),
        people=tuple(
            PersonPlan(
                departments=tuple(
                    draw(st.lists(st.integers(0, departments - 1), max_size=3, unique=True))
                ),
                manager=draw(st.integers(-1, place - 1)),
                roles=tuple(
                    draw(
                        st.lists(
                            st.integers(0, len(made_roles) - 1),
                            min_size=1,
                            max_size=3,
                            unique=True,
                        )
                    )
                ),
            )
            for place in range(people)
        ),
        roles=made_roles,
        clients=tuple(draw(records("client", place, clients)) for place in range(clients)),
        contracts=tuple(draw(records("contract", place, clients)) for place in range(contracts)),
        changes=tuple(draw(st.lists(change, max_size=4))),
        binned=tuple(draw(st.lists(st.integers(0, every - 1), max_size=3, unique=True))),
        shares=tuple(draw(st.lists(share, max_size=10))),
        is_real=draw(st.integers(0, 4)) == 4,
    )
