"""Nobody gives what he lacks (B10)."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanhuan.identity import access, granting
from sanhuan.identity.directory import PolicyRow, RightRow, UserRoleRow
from tests.unit.identity import company
from tests.unit.identity.company import Company, department, role, user

GIVER, RECEIVER = user(1), user(2)
HELD, OFFERED = role(1), role(2)


def policy(
    role_id: UUID,
    rows: str = "all",
    acts: Sequence[str] = ("see",),
    object_id: str = "lead",
    fields: dict[str, object] | None = None,
    other_fields: str = "write",
) -> PolicyRow:
    condition = dict(company.CONDITION) if rows == "condition" else None
    return PolicyRow(role_id, object_id, list(acts), rows, condition, fields or {}, other_fields)


def may_give(
    held: PolicyRow,
    offered: PolicyRow,
    *,
    rights: Sequence[tuple[UUID, str]] = (),
    receiver: UUID | None = None,
) -> bool:
    """A giver in department 1, which 2 is part of; 3 stands beside."""
    directory = Company(
        parents={department(1): None, department(2): department(1), department(3): None},
        managers={GIVER: None},
        main={GIVER: department(1)},
        user_roles=[UserRoleRow(GIVER, HELD)],
        role_keys={HELD: "giver", OFFERED: "offered"},
        policies=[held, offered],
        rights=[RightRow(*each) for each in rights],
    ).directory()
    caller = directory.caller(GIVER)
    assert caller is not None
    return granting.can_grant(
        directory,
        caller,
        OFFERED,
        receiver_departments=None if receiver is None else [receiver],
    )


@pytest.mark.parametrize(
    ("held", "offered", "given_"),
    [
        ("all", "all", True),
        ("all", "own", True),
        ("all", "condition", True),
        ("department_below", "department", True),
        ("department", "own", True),
        ("reports", "own", True),
        ("condition", "condition", True),
        ("shared", "shared", True),
        ("own", "department", False),
        ("department", "department_below", False),
        ("department_below", "reports", False),
        ("department_below", "all", False),
        ("condition", "all", False),
        ("all_but_condition", "condition", False),
    ],
)
def test_rows_are_at_most_as_wide(held: str, offered: str, given_: bool) -> None:
    held = held.replace("all_but_condition", "department_below")

    assert may_give(policy(HELD, held), policy(OFFERED, offered)) is given_


def test_act_that_the_giver_lacks_is_not_given() -> None:
    assert not may_give(policy(HELD), policy(OFFERED, acts=("see", "export")))


def test_other_object_is_not_given() -> None:
    assert not may_give(policy(HELD), policy(OFFERED, object_id="account"))
    assert not may_give(policy(HELD), policy(OFFERED, object_id="*"))
    assert may_give(policy(HELD, object_id="*"), policy(OFFERED, object_id="account"))


def test_field_right_above_the_givers_is_not_given() -> None:
    held = policy(HELD, fields={"phone": "masked"})

    assert not may_give(held, policy(OFFERED))
    assert not may_give(held, policy(OFFERED, fields={"phone": "read"}))
    assert may_give(held, policy(OFFERED, fields={"phone": "hidden"}))
    assert not may_give(policy(HELD, other_fields="read"), policy(OFFERED))


def test_right_that_the_giver_lacks_is_not_given() -> None:
    both = [(HELD, "manage_people"), (OFFERED, "manage_people")]

    assert may_give(policy(HELD), policy(OFFERED), rights=both)
    assert not may_give(policy(HELD), policy(OFFERED), rights=[*both, (OFFERED, "build")])


def test_administrator_gives_every_role() -> None:
    assert may_give(
        policy(HELD, "own"), policy(OFFERED, object_id="*"), rights=[(HELD, "administer")]
    )


def test_departments_beyond_the_givers_are_not_given() -> None:
    """A giver must not gain sight of another department through someone he invites into it."""
    held, offered = policy(HELD, "department_below"), policy(OFFERED, "department_below")

    assert may_give(held, offered, receiver=department(2))
    assert not may_give(held, offered, receiver=department(3))
    assert may_give(policy(HELD, "all"), offered, receiver=department(3))
    assert may_give(held, policy(OFFERED, "own"), receiver=department(3))


def test_unknown_role_is_not_given() -> None:
    directory = Company(managers={GIVER: None}).directory()
    caller = directory.caller(GIVER)

    assert caller is not None
    assert not granting.can_grant(directory, caller, role(99))


def test_narrow_token_gives_no_role() -> None:
    directory = Company(
        managers={GIVER: None},
        user_roles=[UserRoleRow(GIVER, HELD)],
        role_keys={HELD: "administrator"},
        rights=[RightRow(HELD, "administer")],
    ).directory()
    caller = directory.caller(GIVER, token_scopes=frozenset({"administer"}))

    assert caller is not None
    assert not granting.can_grant(directory, caller, HELD)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_receiver_gains_no_sight_that_the_giver_lacks(data: st.DataObject) -> None:
    """Records of the receiver's own apart, and those shared with or reported to him by name."""
    drawn = data.draw(company.companies())
    receiver = user(50)
    drawn.managers[receiver] = None
    drawn.main[receiver] = data.draw(st.none() | st.sampled_from([*drawn.parents, department(99)]))
    before = drawn.directory()
    posts = company.departments_of(drawn, receiver)
    for giver in drawn.managers:
        caller = before.caller(giver)
        if caller is None or caller.has("administer") or giver == receiver:
            continue
        given_ = [
            each
            for each in drawn.role_keys
            if granting.can_grant(before, caller, each, receiver_departments=posts)
        ]
        drawn.user_roles.extend(UserRoleRow(receiver, each) for each in given_)
        record = data.draw(company.records(drawn))
        for act in access.ACTS:
            gained = company.allowed_by_rules(drawn, receiver, act, record) & set(given_)
            if record.owner != receiver and not record.shared_with:
                assert not gained or company.allowed_by_rules(drawn, giver, act, record)
        del drawn.user_roles[len(drawn.user_roles) - len(given_) :]
