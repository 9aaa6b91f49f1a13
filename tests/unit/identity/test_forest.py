"""Trees given by parents, cycles included (P04)."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sanhuan.identity.forest import Forest
from tests.unit.identity import company

A, B, C, D = (UUID(int=each) for each in range(4))
NODES = st.sampled_from([UUID(int=each) for each in range(12)])
PARENTS = st.dictionaries(NODES, st.none() | NODES)


def test_path_runs_from_the_root_to_the_node() -> None:
    tree = Forest({A: None, B: A, C: B})

    assert tree.path(C) == (A, B, C)


def test_below_holds_the_node_and_all_descendants() -> None:
    tree = Forest({A: None, B: A, C: B, D: A})

    assert set(tree.below(A)) == {A, B, C, D}
    assert set(tree.below(B)) == {B, C}


def test_node_in_a_cycle_stands_alone() -> None:
    tree = Forest({A: B, B: A, C: A})

    assert tree.path(A) == (A,)
    assert tree.below(A) == (A,)
    assert tree.path(C) == (C,)
    assert tree.alone() == {A, B, C}


def test_node_that_is_its_own_parent_stands_alone() -> None:
    tree = Forest({A: A})

    assert tree.path(A) == (A,)
    assert tree.below(A) == (A,)


def test_missing_parent_counts_as_none() -> None:
    tree = Forest({B: A, C: B})

    assert tree.path(C) == (B, C)


def test_unknown_node_has_nothing() -> None:
    tree = Forest({A: None})

    assert tree.path(D) == ()
    assert tree.below(D) == ()


def test_chain_of_20000_does_not_exhaust_the_stack() -> None:
    nodes = [UUID(int=each) for each in range(20_000)]
    tree = Forest({node: nodes[i - 1] if i else None for i, node in enumerate(nodes)})

    assert len(tree.path(nodes[-1])) == 20_000
    assert len(tree.below(nodes[0])) == 20_000


@given(PARENTS)
def test_agrees_with_walking_up(parents: dict[UUID, UUID | None]) -> None:
    tree = Forest(parents)

    for upper in parents:
        below = tree.below(upper)
        assert len(below) == len(set(below))
        for lower in parents:
            above = company.is_above(parents, upper, lower)
            assert (lower in below) == above
            assert (upper in tree.path(lower)) == above
