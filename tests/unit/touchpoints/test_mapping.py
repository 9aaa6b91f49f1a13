"""From what an event carries to what is to be done."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanhuan import expressions
from sanhuan.touchpoints import heat, mapping
from sanhuan.touchpoints.definitions import Carried, EventDefinition, RecordEffect

NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)
CONTEXT = expressions.Context(zone=ZoneInfo("Asia/Shanghai"), now=NOON)


def read(
    values: dict[str, str], data: dict[str, Any], *carries: Carried, **effect: Any
) -> mapping.RecordIntent:
    """The record that an event asks for."""
    definition = EventDefinition(
        type="t",
        carries=[Carried(name="id"), *carries],
        record=RecordEffect(object="lead", identity="id", values=values, **effect),
    )
    scope = mapping.scope_of(definition.carries)
    carried = {one.name: one for one in (*definition.carries, *mapping.ALWAYS_CARRIED)}
    compiled = mapping.CompiledEvent(
        definition,
        carried,
        tuple(mapping._value(name, text, carried, scope) for name, text in values.items()),
    )
    found = mapping.read(compiled, {"id": "x", **data}, NOON, "e", CONTEXT).record
    assert found is not None
    return found


def test_bare_name_takes_a_value_as_it_came() -> None:
    data = {"a": {"deep": ["x"]}, "n": Decimal("1.50"), "e": None}
    carries = [Carried(name="a", type="any"), Carried(name="n", type="any"), Carried(name="e")]
    found = read({"one": "a", "two": "n", "three": "e", "four": "id"}, data, *carries)
    assert found.values == {
        "one": {"deep": ["x"]}, "two": Decimal("1.50"), "three": None, "four": "x",
    }  # fmt: skip


def test_value_that_is_not_carried_is_left_out() -> None:
    """What an event says nothing of stays as it is."""
    found = read({"one": "a", "two": 'a & "!"', "three": 'IFBLANK(a, "-")'}, {}, Carried(name="a"))
    assert (found.values, found.defaults) == ({}, {"two": "!", "three": "-"})


def test_constant_holds_for_every_event() -> None:
    assert read({"state": '"lost"'}, {}).values == {"state": "lost"}


def test_value_may_lie_deeper_and_numbers_read_as_texts() -> None:
    carries = [Carried(name="phone", path="contact.phone"), Carried(name="gone", path="a.b.c")]
    found = read({"phone": "phone", "x": "gone"}, {"contact": {"phone": 13812345678}}, *carries)
    assert found.values == {"phone": "13812345678"}


def test_formulas_compute_over_typed_values() -> None:
    carries = [
        Carried(name="n", type="number"),
        Carried(name="t", type="datetime"),
        Carried(name="d", type="date"),
        Carried(name="b", type="boolean"),
    ]
    data = {"n": "1.5", "t": "2026-03-31T10:00:00+08:00", "d": "2026-03-31", "b": True}
    values = {"n": "n * 2", "t": "IF(b, t, NULL)", "d": "IF(b, d, NULL)", "at": "occurred_at"}
    assert read(values, data, *carries).values == {
        "n": Decimal("3.0"),
        "t": "2026-03-31T02:00:00+00:00",
        "d": "2026-03-31",
        "at": NOON.isoformat(),
    }


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "many"), ("number", True), ("number", "NaN"), ("boolean", "yes"),
        ("date", "31.3."), ("datetime", "2026-03-31T10:00:00"), ("list", "a"), ("text", ["a"]),
    ],
)  # fmt: skip
def test_value_of_another_type_refuses_the_event(kind: Any, value: Any) -> None:
    with pytest.raises(mapping.Refusal) as caught:
        read({"x": "IF(ISBLANK(v), 1, 2)"}, {"v": value}, Carried(name="v", type=kind))
    assert [(fault.code, fault.field) for fault in caught.value.faults] == [("wrong_type", "v")]


def test_formula_in_error_refuses_the_event() -> None:
    with pytest.raises(mapping.Refusal) as caught:
        read({"x": "1 / n"}, {"n": 0}, Carried(name="n", type="number"))
    assert caught.value.faults[0].code == "division_by_zero"


@pytest.mark.parametrize("identity", [None, "", 7, "x" * 201, "a\0b", ["x"]])
def test_event_without_an_id_of_its_record_is_refused(identity: Any) -> None:
    with pytest.raises(mapping.Refusal):
        read({}, {"id": identity} if identity != 7 else {"id": 7.5})


def test_changes_are_ordered_by_what_the_source_says() -> None:
    carries = [Carried(name="v", type="number")]
    found = read({}, {"v": 12}, *carries, version="v")
    assert found.version == (Decimal(12), "e")
    with pytest.raises(mapping.Refusal):
        read({}, {}, *carries, version="v")


VERSIONS = st.tuples(st.integers(0, 5).map(Decimal), st.sampled_from("abc"))
CHANGES = st.lists(
    st.tuples(VERSIONS, st.dictionaries(st.sampled_from("xyz"), st.integers(0, 9), min_size=1)),
    unique_by=lambda change: change[0],
    max_size=8,
)


@given(changes=CHANGES, order=st.randoms())
def test_fields_end_as_in_order_whatever_the_order_of_events(changes: Any, order: Any) -> None:
    """G05, field by field."""

    def applied(some: Any) -> dict[str, int]:
        state: dict[str, int] = {}
        versions: dict[str, list[str]] = {}
        for version, values in some:
            for name, value in mapping.newer(values, version, versions).items():
                state[name] = value
                versions[name] = [str(version[0]), version[1]]
        return state

    shuffled = [*changes, *changes]
    order.shuffle(shuffled)
    assert applied(shuffled) == applied(sorted(changes, key=lambda change: change[0]))


@given(base=st.integers(0, 100), score=st.floats(0, 10_000))
def test_heat_lies_between_its_base_and_a_hundred(base: int, score: float) -> None:
    assert base <= heat.lifted(base, score) <= 100


def test_sixty_points_lift_half_of_the_way() -> None:
    assert heat.lifted(20, 60) == 60
    assert heat.lifted(20, 0) == 20


@pytest.mark.parametrize(
    ("now", "known", "base"),
    [(40, None, 40), (None, None, 0), (70, heat.Known(40, 70), 40), (88, heat.Known(40, 70), 88)],
)
def test_base_is_what_rules_set_last(now: int | None, known: heat.Known | None, base: int) -> None:
    assert heat.base_of(now, known) == base
