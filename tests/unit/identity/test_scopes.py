"""Scopes of API tokens narrow, and never widen (P09)."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanhuan.identity import access, refusals, scopes

OBJECTS = ("lead", "account", "made_later")
ACTS = st.sampled_from(sorted(access.ACTS))
SCOPES = st.frozensets(
    st.one_of(
        st.just("*"),
        st.sampled_from(sorted(access.RIGHTS)),
        st.builds("{}:{}".format, st.sampled_from([*OBJECTS, "*"]), st.one_of(ACTS, st.just("*"))),
    ),
    min_size=1,
    max_size=4,
)
GRANTS = st.lists(
    st.builds(
        access.Grant,
        role=st.builds(UUID, int=st.integers(1, 3)),
        acts=st.frozensets(ACTS),
        rows=st.just(access.ALL_ROWS),
    ),
    max_size=3,
).map(tuple)
ALL_GRANTS = st.builds(access.Grants, st.dictionaries(st.sampled_from(OBJECTS[:2]), GRANTS), GRANTS)
RIGHTS = st.frozensets(st.sampled_from(sorted(access.RIGHTS)))


def is_in_scope(scope_list: frozenset[str], object_id: str, act: str) -> bool:
    wanted = {"*", f"{object_id}:{act}", f"{object_id}:*", f"*:{act}", "*:*"}
    return bool(wanted & scope_list)


@given(ALL_GRANTS, RIGHTS, SCOPES)
def test_narrowed_grants_are_those_in_scope(
    grants: access.Grants, rights: frozenset[str], scope_list: frozenset[str]
) -> None:
    narrowed, left = scopes.narrow(grants, rights, scope_list)

    for object_id in OBJECTS:
        for act in access.ACTS:
            before = [each.role for each in grants[object_id] if act in each.acts]
            after = [each.role for each in narrowed[object_id] if act in each.acts]
            assert after == (before if is_in_scope(scope_list, object_id, act) else [])
    assert left == (rights if "*" in scope_list else rights & scope_list)


def test_narrowing_keeps_rows_and_fields() -> None:
    grant = access.Grant(
        UUID(int=1), frozenset({"see", "edit"}), access.Rows("shared"), {"phone": "masked"}, "read"
    )

    narrowed, _ = scopes.narrow(
        access.Grants({"lead": (grant,)}), frozenset(), frozenset({"*:see"})
    )

    assert narrowed["lead"] == (
        access.Grant(
            UUID(int=1), frozenset({"see"}), access.Rows("shared"), {"phone": "masked"}, "read"
        ),
    )


@pytest.mark.parametrize(
    "scope", ["*", "*:see", "lead:*", "lead:see", "*:*", "read_log", "a.b:see"]
)
def test_scope_is_read(scope: str) -> None:
    assert scopes.parse([scope]) == {scope}


@pytest.mark.parametrize(
    "scope",
    ["", "lead", "lead:", ":see", "lead:own", "lead:see:x", "LEAD:see", "lead :see", "lead:see\n",
     "线索:see", "\0", "*:", "**", "'; drop table kernel.session; --", "\ud800:see", "x" * 10_000],
)  # fmt: skip
def test_what_is_no_scope_is_refused(scope: str) -> None:
    with pytest.raises(refusals.InvalidScope):
        scopes.parse(["lead:see", scope])


def test_no_scope_and_thousands_are_refused() -> None:
    for scope_list in ([], [f"o{each}:see" for each in range(501)]):
        with pytest.raises(refusals.InvalidScope):
            scopes.parse(scope_list)


def test_names_become_ids_and_back() -> None:
    ids = scopes.rename(["线索:see", "*:see", "*", "read_log", "gone:edit"], {"线索": "lead"})

    assert ids == ["lead:see", "*:see", "*", "read_log", "gone:edit"]
    assert scopes.rename(ids, {"lead": "线索"})[0] == "线索:see"
