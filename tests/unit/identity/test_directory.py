"""A person's grants against a plain account of the rules (P01, P04, B17, B18)."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanhuan.identity.directory import PolicyRow, PostRow, RightRow, UserRoleRow
from tests.unit.identity import company
from tests.unit.identity.company import Company, Record, department, role, user

EXAMPLES = 10_000 if os.environ.get("SANHUAN_PROVE") == "1" else 300


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)
@given(st.data())
def test_grants_agree_with_the_rules(data: st.DataObject) -> None:
    drawn = data.draw(company.companies())
    directory = drawn.directory()
    for record in data.draw(st.lists(company.records(drawn), min_size=1, max_size=4)):
        for who in [*drawn.managers, user(99)]:
            caller = directory.caller(who)
            for act in ("see", "edit"):
                expected = company.allowed_by_rules(drawn, who, act, record)
                if caller is None:
                    assert not expected
                else:
                    assert company.allowed_by_grants(caller, act, record) == expected


@given(company.companies())
def test_rights_and_roles_agree_with_the_rules(drawn: Company) -> None:
    directory = drawn.directory()
    for who in drawn.managers:
        caller = directory.caller(who)
        assert (caller is None) == (who in drawn.inactive)
        if caller is not None:
            held = company.roles_held(drawn, who)
            assert {each.id for each in directory.roles_of(who)} == held
            assert caller.rights == {each.right for each in drawn.rights if each.role in held}
            assert set(caller.principals) == company.reached_by(drawn, who)
            assert all(who in directory.holders(right) for right in caller.rights)


def seller(**changes: object) -> Company:
    """One person in one department with one role that sees own leads."""
    made = Company(
        parents={department(1): None},
        managers={user(1): None},
        main={user(1): department(1)},
        user_roles=[UserRoleRow(user(1), role(1))],
        role_keys={role(1): "seller"},
        policies=[PolicyRow(role(1), "lead", ["see"], "own", None, {}, "write")],
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_inactive_person_is_nobody() -> None:
    assert seller(inactive={user(1)}).directory().caller(user(1)) is None


def test_binned_role_gives_nothing() -> None:
    caller = seller(role_keys={}).directory().caller(user(1))

    assert caller is not None
    assert not caller.grants
    assert role(1) not in caller.principals


def test_binned_department_gives_nothing() -> None:
    caller = seller(parents={}).directory().caller(user(1))

    assert caller is not None
    assert caller.department is None
    assert caller.departments == ()
    assert department(1) not in caller.principals


def test_role_member_is_held_by_everyone_active() -> None:
    made = seller(user_roles=[], role_keys={role(1): "member"}).directory()

    caller = made.caller(user(1))

    assert caller is not None
    assert caller.may("see", "lead")


def test_several_posts_add_up() -> None:
    made = seller(
        parents={department(1): None, department(2): None},
        posts=[PostRow(user(1), department(2), False)],
        policies=[PolicyRow(role(1), "lead", ["see"], "department", None, {}, "write")],
    )

    caller = made.directory().caller(user(1))

    assert caller is not None
    assert caller.department == department(1)
    assert caller.grants["lead"][0].rows.departments == (department(1), department(2))


def test_main_post_gives_the_department_when_the_person_names_none() -> None:
    made = seller(
        main={},
        parents={department(1): None, department(2): None},
        posts=[PostRow(user(1), department(1), False), PostRow(user(1), department(2), True)],
    )

    caller = made.directory().caller(user(1))

    assert caller is not None
    assert caller.department == department(2)
    assert caller.departments == (department(2), department(1))


def test_manager_sees_records_of_reports_who_left() -> None:
    made = seller(
        managers={user(1): None, user(2): user(1), user(3): user(2)},
        inactive={user(2)},
        policies=[PolicyRow(role(1), "lead", ["see"], "reports", None, {}, "write")],
    )

    caller = made.directory().caller(user(1))

    assert caller is not None
    assert caller.grants["lead"][0].rows.users == (user(1), user(2), user(3))


def test_managers_in_a_circle_see_nothing_of_each_other() -> None:
    made = seller(
        managers={user(1): user(2), user(2): user(1)},
        policies=[PolicyRow(role(1), "lead", ["see"], "reports", None, {}, "write")],
    )

    caller = made.directory().caller(user(1))

    assert caller is not None
    assert caller.grants["lead"][0].rows.users == (user(1),)


@pytest.mark.parametrize(
    "broken",
    [
        PolicyRow(role(1), "lead", ["see"], "everything", None, {}, "write"),
        PolicyRow(role(1), "lead", ["see", "own_it"], "all", None, {}, "write"),
        PolicyRow(role(1), "lead", ["see"], "condition", None, {}, "write"),
        PolicyRow(role(1), "lead", ["see"], "all", dict(company.CONDITION), {}, "write"),
        PolicyRow(role(1), "lead", ["see"], "all", None, {"phone": "all"}, "write"),
        PolicyRow(role(1), "lead", ["see"], "all", None, {"phone": ["read"]}, "write"),
        PolicyRow(role(1), "lead", ["see"], "all", None, {}, ""),
    ],
)
def test_policy_that_errs_denies_and_is_told(broken: PolicyRow) -> None:
    """B17."""
    made = seller(policies=[broken]).directory()

    caller = made.caller(user(1))

    assert caller is not None
    assert not caller.may("see", "lead")
    assert [role_id for role_id, _ in made.unsound()] == [role(1)]


def test_unknown_right_is_not_a_right() -> None:
    caller = seller(rights=[RightRow(role(1), "fly")]).directory().caller(user(1))

    assert caller is not None
    assert caller.rights == frozenset()


def test_scopes_of_a_token_narrow_its_caller_alone() -> None:
    made = seller(
        policies=[PolicyRow(role(1), "lead", ["see", "edit"], "own", None, {}, "write")]
    ).directory()

    by_token = made.caller(user(1), token_scopes=frozenset({"lead:see"}))
    signed_in = made.caller(user(1))

    assert by_token is not None
    assert signed_in is not None
    assert not by_token.may("edit", "lead")
    assert by_token.scopes == frozenset({"lead:see"})
    assert signed_in.may("edit", "lead")
    assert signed_in.scopes is None


def test_language_falls_back_to_chinese() -> None:
    caller = seller().directory().caller(user(1))

    assert caller is not None
    assert caller.language == "zh"


def test_record_without_owner_is_nobodys_own() -> None:
    """B18: empty matches no rule about owners or departments."""
    caller = seller().directory().caller(user(1))
    record = Record("lead", None, None, frozenset(), False)

    assert caller is not None
    assert not company.allowed_by_grants(caller, "see", record)
