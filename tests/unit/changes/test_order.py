"""F31: one record's entries come by version, whatever the order of transaction ids."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sanhuan.changes import order
from sanhuan.changes.entries import Entry
from tests.unit.changes.making import entry

A, B = UUID(int=1), UUID(int=2)


def test_later_version_waits_for_the_earlier_one() -> None:
    third = entry(3, record_id=A, xid=5, id=30)
    second = entry(2, record_id=A, xid=6, id=20)
    assert order.by_version([third, second]) == [second, third]


def test_other_records_keep_their_place() -> None:
    third = entry(3, record_id=A, xid=5, id=30)
    other = entry(1, record_id=B, xid=5, id=31)
    second = entry(2, record_id=A, xid=6, id=20)
    assert order.by_version([third, other, second]) == [second, third, other]


def test_computed_values_come_after_the_version_they_belong_to() -> None:
    computed = entry(2, kind="computed", record_id=A, xid=5, id=21)
    second = entry(2, record_id=A, xid=6, id=20)
    assert order.by_version([computed, second]) == [second, computed]


def test_entry_from_further_on_comes_before_the_one_that_needs_it() -> None:
    other = entry(1, record_id=B, xid=4, id=9)
    third = entry(3, record_id=A, xid=5, id=30)
    second = entry(2, record_id=A, xid=6, id=20)
    assert order.by_version([other, third], [second]) == [other, second, third]


@st.composite
def logs(draw: st.DrawFn) -> list[Entry]:
    """Histories of a few records, in any order of the log."""
    entries = [
        entry(version, record_id=UUID(int=record), id=record * 100 + version)
        for record in range(1, draw(st.integers(1, 4)) + 1)
        for version in range(1, draw(st.integers(1, 6)) + 1)
    ]
    return draw(st.permutations(entries))


@given(logs(), st.data())
def test_each_entry_comes_once_and_after_its_record_s_earlier_ones(
    entries: list[Entry], data: st.DataObject
) -> None:
    """`ahead` holds the earlier versions that a batch lacks, as a reader fetches them."""
    batch = entries[: data.draw(st.integers(0, len(entries)))]
    lasts = {each.record: each.step for each in order.last_steps(batch)}
    ahead = [
        each
        for each in entries[len(batch) :]
        if each.record in lasts and each.step < lasts[each.record]
    ]
    ordered = order.by_version(batch, ahead)
    assert sorted(each.id for each in ordered) == sorted(each.id for each in batch + ahead)
    for record in lasts:
        steps = [each.step for each in ordered if each.record == record]
        assert steps == sorted(steps)
