"""Who suits a record, by plain weights. Pure.

Every term gives points, which add up. Ties go to whoever holds less, then to whoever was not
chosen for longest, so that equals get equally much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from sanhuan.insight.dispatch.definitions import Term

ORDER: tuple[Term, ...] = ("customer", "tags", "load", "near", "department")
"""In which terms are told."""
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
NOTHING = Decimal(0)
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Someone who may be chosen. `load` counts open records; `last` is None for never chosen."""

    id: UUID
    name: str
    department: UUID | None = None
    tags: frozenset[UUID] = frozenset()
    load: int = 0
    last: datetime | None = None
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a record asks of its owner.

    `points` are what each term is worth to it. `tags` gives names by id; `near` how many records
    of the same place each person worked on; `customer_of` who looks after its customer.
    `excluded` are not to be chosen.
    """

    points: Mapping[Term, Decimal]
    department: UUID | None = None
    tags: Mapping[UUID, str] = field(default_factory=dict)
    near: Mapping[UUID, int] = field(default_factory=dict)
    customer: str | None = None
    customer_of: UUID | None = None
    excluded: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """What one term gave a candidate. `count` and `names` are what it goes by."""

    term: Term
    points: Decimal
    count: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with the sum of its parts."""

    candidate: Candidate
    parts: tuple[Part, ...]

    @property
    def score(self) -> Decimal:
        return sum((part.points for part in self.parts), NOTHING)

    def part(self, term: Term) -> Part | None:
        return next((part for part in self.parts if part.term == term), None)


def eligible(
    wanted: Wanted, candidates: Iterable[Candidate], capacity: int | None
) -> list[Candidate]:
    """Those who are not excluded and have room for one more."""
    return [
        one
        for one in candidates
        if one.id not in wanted.excluded and (capacity is None or one.load < capacity)
    ]


def ranked(wanted: Wanted, candidates: Sequence[Candidate]) -> list[Scored]:
    """The candidates, the best first."""
    most = max((wanted.near.get(one.id, 0) for one in candidates), default=0)
    scored = [Scored(one, tuple(_parts(wanted, one, most))) for one in candidates]
    return sorted(scored, key=_place)


def _place(one: Scored) -> tuple[Decimal, int, datetime, str]:
    candidate = one.candidate
    return -one.score, candidate.load, candidate.last or LONG_AGO, str(candidate.id)


def _parts(wanted: Wanted, one: Candidate, most_near: int) -> Iterable[Part]:
    for term in ORDER:
        if term not in wanted.points:
            continue
        worth = wanted.points[term]
        match term:
            case "tags":
                yield _tags(wanted, one, worth)
            case "load":
                yield Part(term, worth * one.load, one.load)
            case "near":
                count = wanted.near.get(one.id, 0)
                yield Part(term, _share(worth, count, most_near), count)
            case "customer":
                own = wanted.customer_of == one.id
                names = (wanted.customer or "",) if own else ()
                yield Part(term, worth if own else NOTHING, int(own), names)
            case "department":
                same = wanted.department is not None and wanted.department == one.department
                yield Part(term, worth if same else NOTHING, int(same))


def _tags(wanted: Wanted, one: Candidate, worth: Decimal) -> Part:
    shared = [name for tag, name in wanted.tags.items() if tag in one.tags]
    points = _share(worth, len(shared), len(wanted.tags))
    return Part("tags", points, len(shared), tuple(sorted(shared)))


def _share(worth: Decimal, part: int, whole: int) -> Decimal:
    if whole == 0:
        return NOTHING
    return (worth * part / whole).quantize(TENTH, rounding=ROUND_HALF_UP)
