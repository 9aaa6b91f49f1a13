"""How long a record was in which state, from its history."""

import datetime
import itertools
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sanhuan.changes import stays
from sanhuan.changes.entries import Entry
from tests.unit.changes.making import NOON, entry

ANNA, BERT = UUID(int=10), UUID(int=11)
SALES, SERVICE = UUID(int=20), UUID(int=21)
MINUTE = datetime.timedelta(minutes=1)


def step(
    version: int,
    minute: int,
    state: str | None = None,
    *,
    owner: UUID | None = ANNA,
    **more: object,
) -> Entry:
    """An entry that happened so many minutes after noon; `state` is what it set, if anything."""
    after = {} if state is None else {"s": state or None}
    return entry(
        version,
        id=100 + version,
        occurred_at=NOON + minute * MINUTE,
        **{"after": after, "owner_after": owner, "department_after": SALES, **more},
    )


def shown(found: list[stays.Stay]) -> list[tuple[str, int, int | None, str | None]]:
    """Value, begin and end in minutes after noon, what ended it."""
    return [
        (
            stay.value,
            (stay.since - NOON) // MINUTE,
            None if stay.until is None else (stay.until - NOON) // MINUTE,
            stay.ended_by,
        )
        for stay in found
    ]


def test_state_lasts_until_the_next_one() -> None:
    history = [step(1, 0, "new"), step(2, 5, "won")]
    assert shown(stays.of("s", history)) == [("new", 0, 5, "value"), ("won", 5, None, None)]


def test_change_of_another_field_ends_nothing() -> None:
    history = [step(1, 0, "new"), step(2, 5)]
    assert shown(stays.of("s", history)) == [("new", 0, None, None)]


def test_emptied_state_ends_and_none_begins() -> None:
    history = [step(1, 0, "new"), step(2, 5, "")]
    assert shown(stays.of("s", history)) == [("new", 0, 5, "value")]


def test_new_holder_begins_a_stay_in_the_state_entered_before() -> None:
    history = [step(1, 0, "new"), step(2, 5, owner=BERT), step(3, 9, "won", owner=BERT)]
    found = stays.of("s", history)
    assert shown(found) == [
        ("new", 0, 5, "holder"),
        ("new", 5, 9, "value"),
        ("won", 9, None, None),
    ]
    assert [stay.owner_id for stay in found] == [ANNA, BERT, BERT]
    assert [(stay.entered_at - NOON) // MINUTE for stay in found] == [0, 0, 9]


def test_time_in_the_bin_is_in_no_state() -> None:
    history = [
        step(1, 0, "new"),
        step(2, 5, kind="delete", after=None, owner=None),
        step(3, 8, kind="restore"),
    ]
    found = stays.of("s", history)
    assert shown(found) == [("new", 0, 5, "bin"), ("new", 8, None, None)]
    assert found[1].entered_at == NOON + 8 * MINUTE


def test_time_is_when_things_happened_and_never_runs_back() -> None:
    """Imported history has times of its own."""
    history = [step(1, 10, "new"), step(2, 4, "won"), step(3, 12, "lost")]
    assert shown(stays.of("s", history)) == [
        ("new", 10, 10, "value"),
        ("won", 10, 12, "value"),
        ("lost", 12, None, None),
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """A record's life: made, changed, binned and brought back, at any times, by any hands."""
    entries = [step(1, draw(st.integers(0, 50)), draw(st.sampled_from(["", "a", "b"])))]
    is_live = True
    for version in range(2, draw(st.integers(2, 9))):
        minute, owner = draw(st.integers(0, 50)), draw(st.sampled_from([ANNA, BERT]))
        kinds = ["update", "computed", "delete"] if is_live else ["restore", "purge"]
        kind = draw(st.sampled_from(kinds))
        state = draw(st.sampled_from([None, "", "a", "b"])) if kind == "update" else None
        is_live = kind not in ("delete", "purge")
        entries.append(step(version, minute, state, owner=owner, kind=kind))
        if kind == "purge":
            break
    return entries


@given(histories(), st.data())
def test_stays_do_not_depend_on_the_order_or_repeats(
    history: list[Entry], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(history + history[:2]))
    assert stays.of("s", shuffled) == stays.of("s", history)


@given(histories())
def test_every_instant_is_in_the_stay_of_its_state_and_holder(history: list[Entry]) -> None:
    """Against the plain account: look at each instant, not at the changes."""
    moments = [moment for moment, _ in stays.moments("s", history)]
    found = stays.of("s", history)
    for first, second in itertools.pairwise(moments):
        if first.at == second.at:
            continue
        covering = [
            (stay.value, stay.owner_id)
            for stay in found
            if stay.since <= first.at and (stay.until is None or second.at <= stay.until)
        ]
        expected = [] if first.value is None else [(first.value, first.owner_id)]
        assert covering == expected


@given(histories())
def test_stays_follow_one_another(history: list[Entry]) -> None:
    found = stays.of("s", history)
    for first, second in itertools.pairwise(found):
        assert first.until is not None
        assert first.since <= first.until <= second.since
        assert first.version < second.version
    assert all((stay.until is None) == (stay.ended_by is None) for stay in found)
    assert all(stay.entered_at <= stay.since for stay in found)
