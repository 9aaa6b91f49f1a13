"""Nobody gives what he lacks: which roles a person may give to another.

A role may be given when each of its policies lies within one of the giver's own, act by act: rows
at most as wide, no field right above. Rows are compared by kind; where they mean departments, also
by which departments the receiver would get them for. Records of the receiver's own lie within
every giver's reach: there are none yet. Whoever administers may give every role.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sanhuan.identity import access, policies
from sanhuan.identity.directory import Directory

_WIDER: Final = {
    "own": frozenset({"own", "reports", "department", "department_below"}),
    "reports": frozenset({"reports"}),
    "department": frozenset({"department", "department_below"}),
    "department_below": frozenset({"department_below"}),
    "shared": frozenset({"shared"}),
    "condition": frozenset[str](),
    "all": frozenset[str](),
}
"""By kind of rows: the kinds that are at least as wide, `all` and the same condition apart."""


def can_grant(
    directory: Directory,
    caller: access.Caller,
    role_id: UUID,
    *,
    receiver_departments: Iterable[UUID] | None = None,
) -> bool:
    """Whether the caller may give a role to someone.

    `receiver_departments` are the departments of all posts of who would get it: a role over
    departments is then refused outside the giver's own. None leaves them out of account, to say
    which roles can be offered at all. An unknown role can't be given, and API tokens give none
    unless they have every scope.
    """
    role = directory.roles.get(role_id)
    if role is None or (caller.scopes is not None and "*" not in caller.scopes):
        return False
    if caller.has("administer"):
        return True
    receiver = None if receiver_departments is None else tuple(receiver_departments)
    return role.rights <= caller.rights and all(
        _is_covered(directory, caller, policy, act, receiver)
        for policy in role.policies
        if policy.is_sound()
        for act in policy.acts
    )


def _is_covered(
    directory: Directory,
    caller: access.Caller,
    policy: policies.Policy,
    act: str,
    receiver: tuple[UUID, ...] | None,
) -> bool:
    return any(
        act in own.acts
        and own.is_sound()
        and own.object_id in (policy.object_id, policies.EVERY_OBJECT)
        and _rows_are_within(policy, own)
        and _fields_are_within(policy, own)
        and _departments_are_within(directory, caller, policy, own, receiver)
        for role in directory.roles_of(caller.user)
        for own in role.policies
    )


def _rows_are_within(policy: policies.Policy, own: policies.Policy) -> bool:
    if own.rows == "all":
        return True
    if policy.rows == own.rows == "condition":
        return policy.condition == own.condition
    return own.rows in _WIDER[policy.rows]


def _fields_are_within(policy: policies.Policy, own: policies.Policy) -> bool:
    level = access.FIELD_RIGHTS.index
    pairs = [(policy.other_fields, own.other_fields)] + [
        (policy.fields.get(name, policy.other_fields), own.fields.get(name, own.other_fields))
        for name in {*policy.fields, *own.fields}
    ]
    return all(level(given) <= level(held) for given, held in pairs)


def _departments_are_within(
    directory: Directory,
    caller: access.Caller,
    policy: policies.Policy,
    own: policies.Policy,
    receiver: tuple[UUID, ...] | None,
) -> bool:
    if receiver is None or own.rows == "all" or policy.rows not in _OVER_DEPARTMENTS:
        return True
    return _spread(directory, policy.rows, receiver) <= _spread(
        directory, own.rows, caller.departments
    )


_OVER_DEPARTMENTS: Final = frozenset({"department", "department_below"})


def _spread(directory: Directory, kind: str, departments: Iterable[UUID]) -> frozenset[UUID]:
    if kind == "department":
        return frozenset(departments)
    return frozenset(each for top in departments for each in directory.tree.below(top))
