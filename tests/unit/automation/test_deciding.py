"""What becomes of a gap, and what its clock asks for (G07)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sanhuan.automation.gaps import deciding
from sanhuan.automation.gaps.deciding import Ring, Row, Said, Step

NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
LI, WANG = UUID(int=1), UUID(int=2)
ROW = Row(
    id=UUID(int=10),
    gap="lead_first_contact",
    object_id="lead",
    record_id=UUID(int=11),
    owner_id=LI,
    department_id=None,
    state="open",
    lapsed=[],
    since=NOW,
    counted_from=NOW,
    hours=Decimal(4),
    remind_hours=Decimal(1),
    remind_at=NOW + 3 * HOUR,
    due_at=NOW + 4 * HOUR,
    next_at=NOW + 3 * HOUR,
    operation=UUID(int=12),
    root=None,
    depth=1,
    calendar_version=1,
    attempts=0,
)
WAITING = Said(True, waits=True, owner=LI)


def test_a_record_that_begins_to_wait_opens_a_gap() -> None:
    assert deciding.step(None, WAITING) == Step(open=True)
    assert deciding.step(None, Said(True, waits=False)) == Step()


def test_a_record_that_still_waits_changes_nothing() -> None:
    assert deciding.step(ROW, WAITING) == Step()


def test_who_acted_closes_it_as_met_and_what_went_away_as_dropped() -> None:
    assert deciding.step(ROW, Said(True, met=True, owner=LI)).close == "met"
    assert deciding.step(ROW, Said(True, owner=LI)).close == "dropped"
    assert deciding.step(ROW, Said(False)).close == "dropped"


def test_another_owner_has_his_own_time() -> None:
    moved = deciding.step(ROW, replace(WAITING, owner=WANG))
    assert moved == Step(close="moved", open=True)


def test_a_later_beginning_is_another_wait_of_the_same_owner() -> None:
    assert deciding.step(ROW, replace(WAITING, since=NOW)) == Step()
    later = replace(WAITING, since=NOW + HOUR)
    assert deciding.step(ROW, later) == Step(close="moved", open=True)


def test_who_let_it_lapse_is_remembered_and_who_gave_it_away_in_time_is_not() -> None:
    breached = replace(ROW, state="breached", lapsed=[WANG])
    assert deciding.step(breached, replace(WAITING, owner=None)).lapsed == (WANG, LI)
    assert deciding.step(ROW, replace(WAITING, owner=WANG)).lapsed == ()


def test_reminder_then_the_end() -> None:
    assert deciding.ring(ROW, NOW + 2 * HOUR, 2) is Ring.NOTHING
    assert deciding.ring(ROW, NOW + 3 * HOUR, 2) is Ring.REMIND
    reminded = replace(ROW, state="reminded")
    assert deciding.ring(reminded, NOW + 3 * HOUR, 2) is Ring.NOTHING
    assert deciding.ring(reminded, NOW + 4 * HOUR, 2) is Ring.PASS_ON


def test_after_an_outage_only_the_end_counts() -> None:
    """G07: what was missed is one ring, not two."""
    assert deciding.ring(ROW, NOW + 72 * HOUR, 2) is Ring.PASS_ON


def test_after_the_last_round_the_manager_decides() -> None:
    lapsed = replace(ROW, lapsed=[UUID(int=7), UUID(int=8)])
    assert deciding.ring(lapsed, NOW + 4 * HOUR, 2) is Ring.ESCALATE
    assert deciding.ring(ROW, NOW + 4 * HOUR, None) is Ring.ESCALATE
    assert deciding.ring(replace(ROW, owner_id=None), NOW + 4 * HOUR, 2) is Ring.ESCALATE


def test_a_breached_gap_rings_no_more() -> None:
    breached = replace(ROW, state="breached")
    assert deciding.ring(breached, NOW + 100 * HOUR, 2) is Ring.NOTHING
    assert deciding.next_at(breached, NOW) is None


@given(
    st.sampled_from(["open", "reminded", "breached"]),
    st.builds(Said, st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, LI, WANG])),
)
def test_saying_the_same_again_changes_nothing(state: str, said: Said) -> None:
    """The reader may look at a record twice: once it did what the record asks, that is all."""
    row = replace(ROW, state=state)  # type: ignore[arg-type]  # one of the three
    step = deciding.step(row, said)
    if step.open:
        opened = replace(ROW, owner_id=said.owner, lapsed=list(step.lapsed))
        assert deciding.step(opened, said) == Step()
    elif step.close is not None:
        assert deciding.step(None, said) == Step()
