"""What roles allow: policies as roles state them, and as they hold for one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from psycopg import rows
from psycopg.types import json

from sanhuan.database import pool, queries
from sanhuan.identity import access, versions

EVERY_OBJECT: Final = "*"
"""Stands in a policy for every object, those made later included."""

ROWS: Final = frozenset(
    {"own", "reports", "department", "department_below", "shared", "all", "condition"}
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a role lets its holders do with those records of an object that lie in `rows`.

    `object_id` is an object's id, or EVERY_OBJECT. `acts` are some of access.ACTS, `rows` is one
    of ROWS. `condition` is a filter, there if and only if `rows` is `condition`. `fields` gives
    rights by field id (one of access.FIELD_RIGHTS), `other_fields` that of the rest.
    """

    object_id: str
    acts: frozenset[str]
    rows: str
    condition: Mapping[str, object] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    other_fields: str = "write"

    def is_sound(self) -> bool:
        """Whether every part is one that this version knows. What is not sound allows nothing."""
        return (
            self.acts <= access.ACTS
            and self.rows in ROWS
            and (self.rows == "condition") == (self.condition is not None)
            and self.other_fields in access.FIELD_RIGHTS
            and all(right in access.FIELD_RIGHTS for right in self.fields.values())
        )


@dataclass(frozen=True, slots=True)
class Role:
    """A role, by its record's id. `key` is the name of its definition."""

    id: UUID
    key: str
    policies: tuple[Policy, ...] = ()
    rights: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """What `own`, `reports`, `department` and `department_below` mean for one person."""

    user: UUID
    reports: tuple[UUID, ...]
    """The person himself and all who report to him, at any depth."""
    departments: tuple[UUID, ...]
    departments_below: tuple[UUID, ...]

    def rows(self, policy: Policy) -> access.Rows:
        """The policy's rows, with this person's literal values."""
        match policy.rows:
            case "own":
                return access.Rows("owners", users=(self.user,))
            case "reports":
                return access.Rows("owners", users=self.reports)
            case "department":
                return access.Rows("departments", departments=self.departments)
            case "department_below":
                return access.Rows("departments", departments=self.departments_below)
            case "condition":
                return access.Rows("condition", condition=policy.condition)
            case "shared":
                return access.Rows("shared")
            case "all":
                return access.ALL_ROWS
            case unknown:
                raise ValueError(f"unknown rows: {unknown}")  # is_sound() was not asked


def resolve(roles: Iterable[Role], reach: Reach) -> access.Grants:
    """What the roles together grant to one person. Policies that are not sound are left out."""
    by_object: dict[str, list[access.Grant]] = {}
    for role in roles:
        for policy in role.policies:
            if policy.is_sound() and policy.acts:
                by_object.setdefault(policy.object_id, []).append(grant(role.id, policy, reach))
    everywhere = tuple(by_object.pop(EVERY_OBJECT, ()))
    return access.Grants(
        {object_id: (*grants, *everywhere) for object_id, grants in by_object.items()}, everywhere
    )


def grant(role: UUID, policy: Policy, reach: Reach) -> access.Grant:
    """One sound policy as it holds for one person."""
    return access.Grant(
        role=role,
        acts=policy.acts,
        rows=reach.rows(policy),
        fields=policy.fields,
        other_fields=policy.other_fields,
    )


async def replace_policies(
    conn: pool.Connection,
    role_id: UUID,
    policies: Sequence[Policy],
    rights: Iterable[str] = (),
) -> None:
    """Make these the role's policies and rights, instead of those it had, in this transaction.

    Raises the version of policies. Raises ValueError for a policy that is not sound, and psycopg's
    CheckViolation for an unknown right. Whether the caller may do so is not asked here.
    """
    for policy in policies:
        if not policy.is_sound():
            raise ValueError(f"not a policy: {policy}")
    statements = queries.load("sanhuan.identity", "policies.sql")
    async with conn.cursor() as cursor:
        await cursor.execute(statements["clear_policies"], {"role": role_id})
        await cursor.execute(statements["clear_rights"], {"role": role_id})
        await cursor.executemany(
            statements["add_policy"],
            [_row(role_id, position, policy) for position, policy in enumerate(policies)],
        )
        await cursor.execute(
            statements["add_rights"], {"role": role_id, "rights": sorted(set(rights))}
        )
    await versions.bump(conn, "policies")


async def read_policies(conn: pool.Connection, role_id: UUID) -> list[Policy]:
    """A role's policies in their order, as they are stored."""
    statements = queries.load("sanhuan.identity", "policies.sql")
    async with conn.cursor(row_factory=rows.dict_row) as cursor:
        await cursor.execute(statements["policies_of_role"], {"role": role_id})
        return [
            Policy(**{**row, "acts": frozenset(row["acts"])}) for row in await cursor.fetchall()
        ]


def _row(role_id: UUID, position: int, policy: Policy) -> dict[str, object]:
    condition = None if policy.condition is None else json.Jsonb(dict(policy.condition))
    return {
        "role": role_id,
        "object_id": policy.object_id,
        "position": position,
        "acts": sorted(policy.acts),
        "rows": policy.rows,
        "condition": condition,
        "fields": json.Jsonb(dict(policy.fields)),
        "other_fields": policy.other_fields,
    }
