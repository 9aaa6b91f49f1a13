"""How a reader's place moves, and the bound that lets old partitions be skipped."""

import datetime

from sanhuan.changes import places
from sanhuan.changes.places import CLOCK_SLACK, Place, Stretch

EARLY = datetime.datetime(2026, 3, 2, 4, 0, tzinfo=datetime.UTC)
LATE = EARLY + datetime.timedelta(days=40)


def place(**changes: object) -> Place:
    start = {"generation": 1, "xid": 10, "id": 5, "mark_xid": 50, "mark_at": EARLY, "latest": 1}
    return Place(**{**start, **changes})  # type: ignore[arg-type]  # the tests' own words


def stretch(xid: int | None, entry: int | None = 1) -> Stretch:
    return Stretch(
        scanned=0 if xid is None else 1, wanted=True, xid=xid, id=entry, next_xid=99, now=LATE
    )


def test_place_moves_to_the_end_of_what_was_read() -> None:
    moved = places.after(place(), stretch(20, 7))
    assert (moved.generation, moved.xid, moved.id) == (1, 20, 7)


def test_no_floor_is_known_before_the_mark_is_reached() -> None:
    assert places.after(place(), stretch(49)).floor is None


def test_mark_s_time_is_the_floor_once_it_is_reached() -> None:
    """Ids from the mark on were drawn after its time: nobody can have written before."""
    moved = places.after(place(), stretch(50))
    assert moved.floor == EARLY - CLOCK_SLACK
    assert (moved.mark_xid, moved.mark_at) == (99, LATE)


def test_place_rests_where_nothing_is_new() -> None:
    assert places.after(place(), stretch(None)) == place()


def test_next_generation_begins_where_one_is_read_up() -> None:
    moved = places.after(place(latest=2), stretch(None))
    assert (moved.generation, moved.xid, moved.id) == (2, 0, 0)


def test_ids_of_an_old_generation_say_nothing_about_time() -> None:
    assert places.after(place(latest=2), stretch(60)).floor is None


def test_entries_ahead_are_forgotten_once_passed() -> None:
    assert places.without(place(ahead=[3, 4]), {4}).ahead == [3]
