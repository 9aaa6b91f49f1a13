"""The way back of one record, from what an operation did to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from sanhuan.changes.undo import Happened, Touched, batches, way_back

RECORD = UUID(int=7)


def did(kind: str, before: Any = None, after: Any = None, *, own: bool = True) -> Happened:
    return Happened(RECORD, 1, kind, before, after, own)


@pytest.mark.parametrize(
    ("history", "acts", "values"),
    [
        ([did("create", None, {"a": 1})], ("remove",), {}),
        ([did("create"), did("update", {"a": 1}, {"a": 2})], ("remove",), {}),
        ([did("create"), did("delete")], (), {}),
        ([did("update", {"a": 1}, {"a": 2})], ("put_back",), {"a": 1}),
        (
            [did("update", {"a": 1}, {"a": 2}), did("update", {"a": 2, "b": 5}, {"a": 3, "b": 6})],
            ("put_back",),
            {"a": 1, "b": 5},
        ),
        ([did("update", {"a": 1}, {"a": 2}), did("update", {"a": 2}, {"a": 1})], (), {}),
        ([did("delete", {"a": 1})], ("restore",), {"a": 1}),
        ([did("update", {"a": 1}, {"a": 2}), did("delete")], ("restore", "put_back"), {"a": 1}),
        ([did("restore")], ("remove",), {}),
    ],
)
def test_way_back(history: list[Happened], acts: tuple[str, ...], values: dict[str, Any]) -> None:
    way = way_back(history)
    assert way is not None
    assert (way.acts, dict(way.values)) == (acts, values)


def test_record_that_others_changed_since_has_no_way_back() -> None:
    assert way_back([did("create"), did("update", {"a": 1}, {"a": 2}, own=False)]) is None


def test_batches_keep_the_order_and_one_object_each() -> None:
    touched = [Touched(name, RECORD, 1) for name in "aabaab"]
    assert [(name, len(batch)) for name, batch in batches(touched)] == [
        ("a", 2), ("b", 1), ("a", 2), ("b", 1),
    ]  # fmt: skip
