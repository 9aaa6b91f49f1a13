"""Batches of steps hold what one save may take."""

from __future__ import annotations

from datetime import UTC, datetime

from sanhuan.sample.steps import Ref, Step, batches

AT = datetime(2026, 1, 5, tzinfo=UTC)


def keys(steps: list[Step], most: int = 500) -> list[list[str]]:
    return [[step.key for step in batch] for batch in batches(steps, most)]


def test_steps_of_one_kind_go_together() -> None:
    assert keys([Step("tag", "tag:1", AT), Step("tag", "tag:2", AT)]) == [["tag:1", "tag:2"]]


def test_another_object_operation_or_actor_begins_a_batch() -> None:
    steps = [
        Step("tag", "tag:1", AT),
        Step("lead", "lead:1", AT),
        Step("lead", "lead:2", AT, by="xia"),
        Step("lead", "lead:1", AT, by="xia", operation="update"),
    ]
    assert keys(steps) == [["tag:1"], ["lead:1"], ["lead:2"], ["lead:1"]]


def test_a_record_is_touched_once_in_a_batch() -> None:
    twice = [Step("lead", "lead:1", AT, operation="update")] * 2
    assert keys(twice) == [["lead:1"], ["lead:1"]]


def test_what_a_batch_makes_is_not_named_in_it() -> None:
    below = {"parent": Ref("department:1")}
    steps = [Step("department", "department:1", AT), Step("department", "department:2", AT, below)]
    assert keys(steps) == [["department:1"], ["department:2"]]


def test_references_within_lists_and_lines_count() -> None:
    lines = {"lines": {"create": [{"product": Ref("product:1")}]}}
    steps = [Step("product", "product:1", AT), Step("product", "product:2", AT, lines)]
    assert keys(steps) == [["product:1"], ["product:2"]]


def test_batches_are_bounded() -> None:
    steps = [Step("tag", f"tag:{number}", AT) for number in range(5)]
    assert [len(batch) for batch in batches(steps, 2)] == [2, 2, 1]
