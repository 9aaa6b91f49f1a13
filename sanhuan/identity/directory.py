"""Who works here and what each may do: a copy in memory, loaded when its version differs.

A `Directory` never changes. It is read in one statement, so all of it is of one moment, and
resolves a person to a `Caller` of literal values. What is binned or unknown is not in it; whoever
is inactive is in it (his records are still those of his manager's reports), but gets nothing.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from psycopg import rows

from sanhuan.database import pool, queries
from sanhuan.identity import access, forest, policies, scopes

MEMBER: Final = "member"
"""Key of the role that every active person holds without being given it."""


class DepartmentRow(msgspec.Struct, array_like=True, frozen=True):
    """A department that is not binned. `parent` None is the top; `manager` is its head."""

    id: UUID
    name: str | None
    parent: UUID | None
    manager: UUID | None


class UserRow(msgspec.Struct, array_like=True, frozen=True):
    """A person who is not binned."""

    id: UUID
    name: str | None
    login: str | None
    email: str | None
    department: UUID | None
    manager: UUID | None
    language: str | None
    active: bool


class PostRow(msgspec.Struct, array_like=True, frozen=True):
    """A person's place in a department."""

    user: UUID
    department: UUID
    main: bool


class UserRoleRow(msgspec.Struct, array_like=True, frozen=True):
    """A role that a person was given."""

    user: UUID
    role: UUID


class RoleRow(msgspec.Struct, array_like=True, frozen=True):
    """A role that is not binned."""

    id: UUID
    key: str | None


class PolicyRow(msgspec.Struct, array_like=True, frozen=True):
    """A policy as stored."""

    role: UUID
    object_id: str
    acts: list[str]
    rows: str
    condition: dict[str, Any] | None
    fields: dict[str, Any]
    other_fields: str


class RightRow(msgspec.Struct, array_like=True, frozen=True):
    """A right of a role."""

    role: UUID
    right: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows that a directory is made of, as of one moment."""

    version: int
    departments: Sequence[DepartmentRow] = ()
    users: Sequence[UserRow] = ()
    posts: Sequence[PostRow] = ()
    user_roles: Sequence[UserRoleRow] = ()
    roles: Sequence[RoleRow] = ()
    policies: Sequence[PolicyRow] = ()
    rights: Sequence[RightRow] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A person with posts and roles. `department` is that of the main post, None without any.

    `departments` are those of all posts, the main one first; `roles` are ids of roles that are
    not binned, MEMBER's included for the active.
    """

    id: UUID
    name: str
    login: str
    email: str | None
    language: str
    active: bool
    manager: UUID | None
    department: UUID | None
    departments: tuple[UUID, ...]
    roles: tuple[UUID, ...]


class Directory:
    """People, departments and roles of one version of the policies."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.version: Final = snapshot.version
        self.roles: Final[Mapping[UUID, policies.Role]] = make_roles(snapshot)
        self.departments: Final[Mapping[UUID, DepartmentRow]] = {
            each.id: each for each in snapshot.departments
        }
        self.people: Final[Mapping[UUID, Person]] = make_people(
            snapshot, self.departments, self.roles
        )
        self.tree: Final = forest.Forest({each.id: each.parent for each in snapshot.departments})
        """Departments by what they are part of."""
        self.reporting: Final = forest.Forest(
            {each.id: each.manager for each in self.people.values()}
        )
        """People by manager, the inactive included."""
        self._callers: dict[tuple[UUID, frozenset[str] | None], access.Caller] = {}

    def caller(
        self,
        user: UUID,
        *,
        via: str = "api",
        session: UUID | None = None,
        token_scopes: frozenset[str] | None = None,
        operation: UUID | None = None,
    ) -> access.Caller | None:
        """The person as one who asks; None for who is unknown, binned or inactive.

        `token_scopes` are those of an API token, None for a person who signed in.
        """
        base = self._callers.get((user, token_scopes))
        if base is None:
            person = self.people.get(user)
            if person is None or not person.active:
                return None
            base = self._callers[user, token_scopes] = self._resolve(person, token_scopes)
        return dataclasses.replace(base, via=via, session=session, operation=operation)

    def reach(self, person: Person) -> policies.Reach:
        """What `own`, `reports`, `department` and `department_below` mean for a person."""
        below = {each for top in person.departments for each in self.tree.below(top)}
        return policies.Reach(
            user=person.id,
            reports=tuple(sorted(self.reporting.below(person.id))),
            departments=tuple(sorted(person.departments)),
            departments_below=tuple(sorted(below)),
        )

    def principals(self, person: Person) -> tuple[UUID, ...]:
        """Whom a share may name to reach a person: himself, departments and above, roles."""
        above = {each for post in person.departments for each in self.tree.path(post)}
        return (person.id, *sorted(above), *person.roles)

    def roles_of(self, user: UUID) -> tuple[policies.Role, ...]:
        """The roles that a person holds; () for who is unknown or inactive."""
        person = self.people.get(user)
        if person is None or not person.active:
            return ()
        return tuple(self.roles[each] for each in person.roles)

    def holders(self, right: str) -> tuple[UUID, ...]:
        """The active people who hold a right, by id: whom to tell what needs one of them."""
        return tuple(
            sorted(
                user
                for user in self.people
                if any(right in role.rights for role in self.roles_of(user))
            )
        )

    def unsound(self) -> tuple[tuple[UUID, policies.Policy], ...]:
        """Policies that allow nothing because they can't be understood, each with its role."""
        return tuple(
            (role.id, policy)
            for role in self.roles.values()
            for policy in role.policies
            if not policy.is_sound()
        )

    def _resolve(self, person: Person, token_scopes: frozenset[str] | None) -> access.Caller:
        roles = self.roles_of(person.id)
        grants = policies.resolve(roles, self.reach(person))
        rights = frozenset[str]().union(*(role.rights for role in roles))
        if token_scopes is not None:
            grants, rights = scopes.narrow(grants, rights, token_scopes)
        return access.Caller(
            user=person.id,
            name=person.name,
            login=person.login,
            department=person.department,
            departments=person.departments,
            language=person.language,
            grants=grants,
            rights=rights,
            principals=self.principals(person),
            scopes=token_scopes,
        )


def make_roles(snapshot: Snapshot) -> dict[UUID, policies.Role]:
    """The roles that are not binned, with their policies and rights."""
    stated: dict[UUID, list[policies.Policy]] = {}
    for row in snapshot.policies:
        stated.setdefault(row.role, []).append(
            policies.Policy(
                object_id=row.object_id,
                acts=frozenset(row.acts),
                rows=row.rows,
                condition=row.condition,
                fields=row.fields,
                other_fields=row.other_fields,
            )
        )
    rights = _grouped((each.role, each.right) for each in snapshot.rights)
    return {
        each.id: policies.Role(
            id=each.id,
            key=each.key or "",
            policies=tuple(stated.get(each.id, ())),
            rights=frozenset(rights.get(each.id, ())) & access.RIGHTS,
        )
        for each in snapshot.roles
    }


def make_people(
    snapshot: Snapshot,
    departments: Mapping[UUID, DepartmentRow],
    roles: Mapping[UUID, policies.Role],
) -> dict[UUID, Person]:
    """The people who are not binned, with their posts in, and roles from, what is not binned."""
    everyone = [role.id for role in roles.values() if role.key == MEMBER]
    given = _grouped((each.user, each.role) for each in snapshot.user_roles)
    posts = _grouped(
        (each.user, each.department)
        for each in sorted(snapshot.posts, key=lambda post: not post.main)
    )
    people = {}
    for row in snapshot.users:
        own = [each for each in (row.department, *posts.get(row.id, ())) if each in departments]
        held = {*given.get(row.id, ()), *(everyone if row.active else ())}
        people[row.id] = Person(
            id=row.id,
            name=row.name or "",
            login=row.login or "",
            email=row.email,
            language="en" if row.language == "en" else "zh",
            active=row.active,
            manager=row.manager,
            department=own[0] if own else None,
            departments=tuple(dict.fromkeys(own)),
            roles=tuple(sorted(held & roles.keys())),
        )
    return people


class Directories:
    """The directory of one process."""

    def __init__(self) -> None:
        self._current: Directory | None = None
        self._loading = asyncio.Lock()

    async def at(self, conn: pool.Connection, version: int) -> Directory:
        """The directory, at least as new as `version`, which the request's look-up returned."""
        if self._current is not None and self._current.version >= version:
            return self._current
        async with self._loading:
            if self._current is None or self._current.version < version:
                self._current = await load(conn)
            return self._current


async def load(conn: pool.Connection) -> Directory:
    """Read the directory as it is now. Needs the tables of the package `system`."""
    statements = queries.load("sanhuan.identity", "directory.sql")
    async with conn.cursor(row_factory=rows.tuple_row) as cursor:
        await cursor.execute(statements["snapshot"])
        row = await cursor.fetchone()
    assert row is not None, "a select without from has one row"
    # Tens of milliseconds for thousands of people: not on the event loop.
    return await asyncio.to_thread(_make, *row)


def _make(
    version: int,
    departments: str,
    users: str,
    posts: str,
    user_roles: str,
    roles: str,
    stated: str,
    rights: str,
) -> Directory:
    return Directory(
        Snapshot(
            version=version,
            departments=msgspec.json.decode(departments, type=list[DepartmentRow]),
            users=msgspec.json.decode(users, type=list[UserRow]),
            posts=msgspec.json.decode(posts, type=list[PostRow]),
            user_roles=msgspec.json.decode(user_roles, type=list[UserRoleRow]),
            roles=msgspec.json.decode(roles, type=list[RoleRow]),
            policies=msgspec.json.decode(stated, type=list[PolicyRow]),
            rights=msgspec.json.decode(rights, type=list[RightRow]),
        )
    )


_Value = TypeVar("_Value")


def _grouped(pairs: Iterable[tuple[UUID, _Value]]) -> dict[UUID, list[_Value]]:
    grouped: dict[UUID, list[_Value]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped
