"""Who suits a record: plain weights, ties, fairness (G13)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sanhuan.insight.dispatch import scoring
from sanhuan.insight.dispatch.definitions import Term
from sanhuan.insight.dispatch.scoring import Candidate, Wanted

NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
WATERPROOF, ADHESIVE = UUID(int=101), UUID(int=102)
TAGS = {WATERPROOF: "防水", ADHESIVE: "瓷砖胶"}


def person(number: int, **values: object) -> Candidate:
    return replace(Candidate(UUID(int=number), f"销售{number}"), **values)  # type: ignore[arg-type]  # fields of the test's choice


def order(wanted: Wanted, *candidates: Candidate) -> list[int]:
    return [one.candidate.id.int for one in scoring.ranked(wanted, candidates)]


def points(**worth: int) -> dict[Term, Decimal]:
    return {term: Decimal(worth[term]) for term in scoring.ORDER if term in worth}


def test_who_knows_all_tags_comes_before_who_knows_one() -> None:
    wanted = Wanted(points(tags=60), tags=TAGS)
    both = person(2, tags=frozenset({WATERPROOF, ADHESIVE}))
    one = person(1, tags=frozenset({WATERPROOF}))
    ranking = scoring.ranked(wanted, [one, both])
    assert [(each.candidate.id.int, each.score) for each in ranking] == [
        (2, Decimal(60)),
        (1, Decimal(30)),
    ]


def test_load_outweighs_expertise_once_it_is_heavy_enough() -> None:
    wanted = Wanted(points(tags=40, load=-2), tags=TAGS)
    expert = person(1, tags=frozenset(TAGS), load=21)
    assert order(wanted, expert, person(2)) == [2, 1]
    assert order(wanted, replace(expert, load=19), person(2)) == [1, 2]


def test_whose_customer_it_is_and_who_knows_the_place_get_their_points() -> None:
    wanted = Wanted(
        points(customer=80, near=12), customer="甲公司", customer_of=UUID(int=2),
        near={UUID(int=1): 4, UUID(int=3): 1},
    )  # fmt: skip
    scores = {
        one.candidate.id.int: one.score
        for one in scoring.ranked(wanted, [person(1), person(2), person(3)])
    }
    assert scores == {1: Decimal(12), 2: Decimal(80), 3: Decimal(3)}


def test_department_counts_only_where_the_record_has_one() -> None:
    here = UUID(int=9)
    wanted = Wanted(points(department=10), department=here)
    assert order(wanted, person(1), person(2, department=here)) == [2, 1]
    nowhere = Wanted(points(department=10))
    assert all(one.score == 0 for one in scoring.ranked(nowhere, [person(1), person(2)]))


def test_ties_go_to_who_holds_less_then_to_who_waited_longest() -> None:
    wanted = Wanted(points(tags=40))
    busy = person(1, load=1)
    recent = person(2, last=NOW)
    earlier = person(3, last=NOW - timedelta(hours=1))
    never = person(4)
    assert order(wanted, busy, recent, earlier, never) == [4, 3, 2, 1]


def test_excluded_and_full_people_are_not_eligible() -> None:
    wanted = Wanted({}, excluded=frozenset({UUID(int=1)}))
    people = [person(1), person(2, load=5), person(3, load=4)]
    assert [one.id.int for one in scoring.eligible(wanted, people, 5)] == [3]
    assert scoring.eligible(wanted, people[:2], 5) == []


@given(st.integers(1, 8), st.integers(0, 60))
def test_equals_get_equally_much_within_one(sellers: int, leads: int) -> None:
    """G13: fairness within ±1."""
    people = {number: person(number) for number in range(sellers)}
    wanted = Wanted(points(load=-2))
    for number in range(leads):
        best = scoring.ranked(wanted, list(people.values()))[0].candidate
        at = NOW + timedelta(seconds=number)
        people[best.id.int] = replace(best, load=best.load + 1, last=at)
    given_to = Counter({number: one.load for number, one in people.items()})
    assert sum(given_to.values()) == leads
    assert max(given_to.values()) - min(given_to.values()) <= 1


@given(st.permutations(range(5)))
def test_order_in_which_candidates_come_does_not_matter(numbers: list[int]) -> None:
    wanted = Wanted(points(tags=40, load=-2), tags=TAGS)
    people = [person(n, load=n % 2, tags=frozenset(list(TAGS)[: n % 3])) for n in numbers]
    assert order(wanted, *people) == order(wanted, *sorted(people, key=lambda one: one.id))
