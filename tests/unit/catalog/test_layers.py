"""Layers: what a vendor ships, what an installation changes, and how the two are kept apart."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sanhuan.catalog import layers

SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "甲", "b"])
KEYS = st.sampled_from(["a", "b", "c"])
THINGS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(["x", "y", "z"]), "v": SCALARS}),
    unique_by=lambda thing: thing["id"],
    max_size=3,
)
BODIES = st.dictionaries(KEYS, SCALARS | THINGS | st.dictionaries(KEYS, SCALARS, max_size=3))


def test_lists_of_things_merge_by_id() -> None:
    base = {"fields": [{"id": "a", "label": "甲", "type": "text"}, {"id": "b", "label": "乙"}]}
    change = {"fields": [{"id": "b", "label": "丙"}, {"id": "c", "label": "丁"}]}

    assert layers.merge(base, change) == {
        "fields": [
            {"id": "a", "label": "甲", "type": "text"},
            {"id": "b", "label": "丙"},
            {"id": "c", "label": "丁"},
        ]
    }


@given(BODIES, BODIES)
def test_the_difference_laid_over_the_base_gives_what_was_wanted(
    base: dict[str, Any], change: dict[str, Any]
) -> None:
    wanted = layers.merge(base, change)

    difference = layers.difference(base, wanted)

    assert layers.merge(base, difference or {}) == wanted


@given(BODIES)
def test_nothing_differs_from_itself(body: dict[str, Any]) -> None:
    assert layers.difference(body, body) is None
