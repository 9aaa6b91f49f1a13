"""What a caller may do, asked of the caller itself."""

from uuid import UUID, uuid4

import pytest

from sanhuan.identity import access

OWN = access.Rows("owners", users=(UUID(int=1),))


def caller_with(grants: access.Grants) -> access.Caller:
    return access.Caller(
        user=UUID(int=1),
        name="李伟",
        login="liwei",
        department=None,
        departments=(),
        language="zh",
        grants=grants,
        rights=frozenset({"build"}),
        principals=(UUID(int=1),),
    )


def grant(*acts: str, **more: object) -> access.Grant:
    return access.Grant(role=UUID(int=9), acts=frozenset(acts), rows=OWN, **more)  # type: ignore[arg-type]  # tests name fields only


def test_caller_may_only_what_a_grant_allows() -> None:
    caller = caller_with(access.Grants({"lead": (grant("see"), grant("edit"))}))

    assert caller.may("see", "lead")
    assert caller.may("edit", "lead")
    assert not caller.may("delete", "lead")
    assert not caller.may("see", "account")
    assert caller.grants_for("lead", "edit") == (grant("edit"),)


def test_unknown_object_answers_no_grants() -> None:
    grants = access.Grants({"lead": (grant("see"),)})

    assert grants["account"] == ()
    assert grants.get("account", ()) == ()
    assert "account" not in grants


def test_grants_for_other_objects_answer_for_those_not_named() -> None:
    grants = access.Grants({"lead": (grant("edit"),)}, others=(grant("see"),))

    assert grants["made_later"] == (grant("see"),)
    assert grants["lead"] == (grant("edit"),)
    assert "made_later" in grants
    assert list(grants) == ["lead"]


def test_no_grants_are_false() -> None:
    assert not access.Grants()
    assert access.Grants(others=(grant("see"),))


@pytest.mark.parametrize("act", sorted(access.ACTS))
def test_system_may_do_everything_with_any_object(act: str) -> None:
    system = access.system_caller("flow")

    assert system.may(act, f"made_{uuid4().hex}")
    assert all(system.has(right) for right in access.RIGHTS)
    assert system.grants["lead"][0].rows == access.ALL_ROWS
    assert system.via == "flow"


def test_field_right_is_that_of_the_field_else_of_the_rest() -> None:
    held = grant("see", fields={"phone": "masked"}, other_fields="read")

    assert held.field_right("phone") == "masked"
    assert held.field_right("name") == "read"
    assert held.field_is_at_least("name", "masked")
    assert not held.field_is_at_least("phone", "read")


def test_cause_changes_only_what_is_given() -> None:
    operation, root = uuid4(), uuid4()
    before = caller_with(access.Grants())

    after = before.with_cause(operation=operation, root=root, depth=2, via="flow")

    assert (after.operation, after.root, after.depth, after.via) == (operation, root, 2, "flow")
    assert after.cause is None
    assert after.user == before.user
    assert after.with_cause().depth == 2
