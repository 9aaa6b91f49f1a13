"""A made-up company, and a plain account of who may do what in it, written from the rules.

The reference walks up from one thing to another each time it is asked, and knows nothing of
snapshots, forests or grants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import strategies as st

from sanhuan.identity import access, policies
from sanhuan.identity.directory import (
    DepartmentRow,
    Directory,
    PolicyRow,
    PostRow,
    RightRow,
    RoleRow,
    Snapshot,
    UserRoleRow,
    UserRow,
)

CONDITION = {"combinator": "and", "rules": [{"field": "tier", "operator": "=", "value": "A"}]}


def department(number: int) -> UUID:
    return UUID(int=0x1000 + number)


def user(number: int) -> UUID:
    return UUID(int=0x2000 + number)


def role(number: int) -> UUID:
    return UUID(int=0x3000 + number)


@dataclass
class Company:
    """Parents, managers and posts may name what is not there: binned things are absent."""

    parents: dict[UUID, UUID | None] = field(default_factory=dict)
    managers: dict[UUID, UUID | None] = field(default_factory=dict)
    inactive: set[UUID] = field(default_factory=set)
    main: dict[UUID, UUID | None] = field(default_factory=dict)
    posts: list[PostRow] = field(default_factory=list)
    user_roles: list[UserRoleRow] = field(default_factory=list)
    role_keys: dict[UUID, str] = field(default_factory=dict)
    policies: list[PolicyRow] = field(default_factory=list)
    rights: list[RightRow] = field(default_factory=list)

    def directory(self) -> Directory:
        return Directory(
            Snapshot(
                version=1,
                departments=[
                    DepartmentRow(each, "部门", parent, None)
                    for each, parent in self.parents.items()
                ],
                users=[
                    UserRow(
                        each,
                        "张三",
                        f"u{each.int}",
                        None,
                        self.main.get(each),
                        manager,
                        None,
                        each not in self.inactive,
                    )
                    for each, manager in self.managers.items()
                ],
                posts=self.posts,
                user_roles=self.user_roles,
                roles=[RoleRow(each, key) for each, key in self.role_keys.items()],
                policies=self.policies,
                rights=self.rights,
            )
        )


@dataclass(frozen=True)
class Record:
    object_id: str
    owner: UUID | None
    department: UUID | None
    shared_with: frozenset[UUID]
    meets_condition: bool


def allowed_by_grants(caller: access.Caller, act: str, record: Record) -> frozenset[UUID]:
    """The roles by which the caller's grants allow an act on a record."""
    return frozenset(
        grant.role
        for grant in caller.grants_for(record.object_id, act)
        if takes(caller, grant.rows, record)
    )


def takes(caller: access.Caller, rows: access.Rows, record: Record) -> bool:
    if rows.kind == "owners":
        return record.owner in rows.users
    if rows.kind == "departments":
        return record.department in rows.departments
    if rows.kind == "shared":
        return bool(record.shared_with & set(caller.principals))
    return rows.kind == "all" or record.meets_condition


def allowed_by_rules(company: Company, who: UUID, act: str, record: Record) -> frozenset[UUID]:
    """The same, from the company itself."""
    if who not in company.managers or who in company.inactive:
        return frozenset()
    return frozenset(
        policy.role
        for policy in company.policies
        if policy.role in roles_held(company, who)
        and policy.object_id in (record.object_id, "*")
        and act in policy.acts
        and lies_in(company, who, policy.rows, record)
    )


def lies_in(company: Company, who: UUID, rows: str, record: Record) -> bool:
    posts = departments_of(company, who)
    if rows == "own":
        return record.owner == who
    if rows == "reports":
        return record.owner is not None and is_above(company.managers, who, record.owner)
    if rows == "department":
        return record.department in posts
    if rows == "department_below":
        return record.department is not None and any(
            is_above(company.parents, post, record.department) for post in posts
        )
    if rows == "shared":
        return bool(record.shared_with & reached_by(company, who))
    return rows == "all" or record.meets_condition


def reached_by(company: Company, who: UUID) -> set[UUID]:
    above = {
        each
        for each in company.parents
        for post in departments_of(company, who)
        if is_above(company.parents, each, post)
    }
    return {who} | above | roles_held(company, who)


def departments_of(company: Company, who: UUID) -> set[UUID]:
    named = {company.main.get(who)} | {
        post.department for post in company.posts if post.user == who
    }
    return {each for each in named if each is not None and each in company.parents}


def roles_held(company: Company, who: UUID) -> set[UUID]:
    given = {each.role for each in company.user_roles if each.user == who}
    return {each for each, key in company.role_keys.items() if each in given or key == "member"}


def is_above(parents: Mapping[UUID, UUID | None], upper: UUID, lower: UUID) -> bool:
    """Whether `upper` is `lower` or above it, by a chain that ends at a top."""
    if lower not in parents:
        return False
    chain = [lower]
    while True:
        parent = parents[chain[-1]]
        if parent is None or parent not in parents:
            return upper in chain
        if parent in chain:
            return upper == lower
        chain.append(parent)


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """Up to 6 departments, 6 people and 3 roles; some of what they name is not there.

    Most parents come before their children, so that most trees are trees, and some are circles.
    """
    departments = [department(each) for each in range(draw(st.integers(1, 6)))]
    people = [user(each) for each in range(draw(st.integers(1, 6)))]
    roles = [role(each) for each in range(draw(st.integers(1, 3)))]
    some_department = st.sampled_from([*departments, *departments, department(99)])
    some_person = st.sampled_from([*people, *people, user(99)])
    some_role = st.sampled_from([*roles, *roles, role(99)])
    return Company(
        parents=draw(parents(departments, department(99))),
        managers=draw(parents(people, user(99))),
        inactive=draw(st.sets(st.sampled_from(people), max_size=1)),
        main={each: draw(st.none() | some_department) for each in people},
        posts=draw(
            st.lists(st.builds(PostRow, some_person, some_department, st.booleans()), max_size=6)
        ),
        user_roles=[
            UserRoleRow(each, held)
            for each in people
            for held in draw(st.sets(some_role, min_size=1, max_size=2))
        ],
        role_keys={each: draw(st.sampled_from(["seller"] * 4 + ["member"])) for each in roles},
        policies=draw(st.lists(stated_policies(some_role), min_size=1, max_size=5)),
        rights=draw(
            st.lists(
                st.builds(RightRow, some_role, st.sampled_from(sorted(access.RIGHTS))), max_size=4
            )
        ),
    )


@st.composite
def parents(draw: st.DrawFn, nodes: list[UUID], missing: UUID) -> dict[UUID, UUID | None]:
    drawn: dict[UUID, UUID | None] = {}
    for node in nodes:
        anyone = st.none() | st.sampled_from([*nodes, missing])
        before = st.sampled_from(list(drawn)) if drawn else anyone
        drawn[node] = draw(before | before | anyone)
    return drawn


@st.composite
def stated_policies(draw: st.DrawFn, some_role: st.SearchStrategy[UUID]) -> PolicyRow:
    rows = draw(st.sampled_from(sorted(policies.ROWS)))
    return PolicyRow(
        role=draw(some_role),
        object_id=draw(st.sampled_from(["lead"] * 4 + ["account", "*"])),
        acts=sorted({"see"} | draw(st.sets(st.sampled_from(sorted(access.ACTS))))),
        rows=rows,
        condition=dict(CONDITION) if rows == "condition" else None,
        fields=draw(
            st.dictionaries(
                st.sampled_from(["phone", "cost"]), st.sampled_from(access.FIELD_RIGHTS)
            )
        ),
        other_fields=draw(st.sampled_from(access.FIELD_RIGHTS)),
    )


@st.composite
def records(draw: st.DrawFn, company: Company) -> Record:
    people = [*company.managers, user(99)]
    departments = [*company.parents, department(99)]
    principals = [*people, *departments, *company.role_keys, role(99)]
    return Record(
        object_id=draw(st.sampled_from(["lead"] * 4 + ["account", "made_later"])),
        owner=draw(st.sampled_from([*people, *company.managers, None])),
        department=draw(st.sampled_from([*departments, *company.parents, None])),
        shared_with=draw(st.frozensets(st.sampled_from(principals), max_size=3)),
        meets_condition=draw(st.booleans()),
    )
