"""A real phone campaign as leads and calls.

What is real: 41,188 clients that a Portuguese bank called in a campaign, in file order, each with
trade, month, weekday, kind of telephone, number of calls, length and outcome of the last call
(S. Moro, P. Cortez, P. Rita, 2014; see the NOTICE beside the file).

What is not: the file has month and weekday but no dates: dates follow file order, and are moved
by whole weeks so that the history ends when it is asked to. It has no names, firms or numbers:
people are made up from the row's number, as are firm, product line and amount. Calls before the
last are known by their number only: they are put on the working days before it. The industry is
guessed from the trade.

`duration` is known only after a call and must not be used to foretell its outcome.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from sanhuan.sample import hours, organisation
from sanhuan.sample.diary import to_hundreds
from sanhuan.sample.events import Event, in_order
from sanhuan.sample.material import SAMPLE, Material
from sanhuan.sample.naming import GIVEN_FIRST, GIVEN_SECOND, PHONE_PREFIX, SURNAMES

FILE = SAMPLE / "phone_campaign.csv.gz"
FIRST_YEAR = 2008
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
USUAL_AMOUNT = 40_000

INDUSTRIES = {
    "admin.": "l72",
    "blue-collar": "c34",
    "entrepreneur": "f51",
    "management": "e47",
    "self-employed": "e50",
    "services": "h62",
    "technician": "m74",
}
"""What a trade hints at; the other trades hint at nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """A client of the campaign. `number` counts the file's rows from 1."""

    number: int
    job: str
    contact: str
    month: str
    day_of_week: str
    seconds: int
    calls: int
    earlier: str
    won: bool


def read(path: Path = FILE) -> Iterator[Row]:
    """The rows of the file in their order."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            yield Row(
                number=number,
                job=row["job"],
                contact=row["contact"],
                month=row["month"],
                day_of_week=row["day_of_week"],
                seconds=int(row["duration"]),
                calls=int(row["campaign"]),
                earlier=row["poutcome"],
                won=row["y"] == "yes",
            )


def days(rows: list[Row]) -> list[date]:
    """The day of each row's last call, from month, weekday and place in the file.

    A month that follows a later one begins a new year. Within a month, another weekday begins
    another day: the next one of that name, or the last of the month once it is used up.
    """
    found: list[date] = []
    year, month, day = FIRST_YEAR, 0, date.min
    for row in rows:
        of_row = MONTHS.index(row.month) + 1
        weekday = WEEKDAYS.index(row.day_of_week)
        if of_row != month:
            year += of_row < month
            month = of_row
            day = _next(date(year, month, 1), weekday)
        elif day.weekday() != weekday:
            later = _next(day, weekday)
            day = later if later.month == month else _last(year, month, weekday)
        found.append(day)
    return found


def _next(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _last(year: int, month: int, weekday: int) -> date:
    after = date(year + month // 12, month % 12 + 1, 1)
    return after - timedelta(days=(after.weekday() - weekday - 1) % 7 + 1)


def events(
    *, until: date, limit: int | None = None, seed: int = 1, path: Path = FILE
) -> list[Event]:
    """The campaign's leads and calls in order of time, the last call in the week before `until`.

    `limit` takes the first so many clients; None all. The same arguments give the same events.
    """
    rows = list(islice(read(path), limit))
    if not rows:
        return []
    called_on = days(rows)
    shift = timedelta(weeks=(until - max(called_on)).days // 7)
    made = Made(Material(), seed)
    return in_order(
        [
            event
            for row, day in zip(rows, called_on, strict=True)
            for event in made.story(row, day + shift)
        ]
    )


class Made:
    """Makes up what the file does not say, from the seed and the number of the row."""

    def __init__(self, material: Material, seed: int) -> None:
        self._parts = material.name_parts
        self._seed = seed

    def story(self, row: Row, day: date) -> Iterator[Event]:
        """A client's coming in and his calls, the last one on `day`."""
        random = Random(f"{self._seed}:{row.number}")
        calls = [
            hours.at(one, random.randint(9, 17), random.randrange(60))
            for one in reversed(_days_until(day, row.calls))
        ]
        lead = f"campaign-{row.number:05d}"
        received = calls[0] - timedelta(minutes=random.randint(20, 600))
        yield Event(lead, "lead.created", received, self._lead(lead, row, received, random))
        for attempt, at in enumerate(calls, 1):
            yield Event(f"{lead}-call-{attempt}", "call.made", at, _call(lead, row, attempt))
        if row.won:
            at = calls[-1] + timedelta(seconds=row.seconds)
            yield Event(f"{lead}-won", "lead.won", at, {"lead": lead})

    def _lead(self, lead: str, row: Row, received: datetime, random: Random) -> dict[str, object]:
        given = random.choice(GIVEN_FIRST) + random.choice(GIVEN_SECOND)
        first, second = random.sample(self._parts, 2)
        return {
            "lead": lead,
            "name": random.choice(SURNAMES) + given,
            "company": f"{first}{second}商行" if random.random() < 0.6 else None,
            "phone": f"{PHONE_PREFIX}{row.number:07d}",
            "source": "campaign",
            "campaign": f"电话营销 {row.month}",
            "industry": INDUSTRIES.get(row.job),
            "interests": [random.choice(list(organisation.PRODUCT_LINES.values()))],
            "expected_amount": str(to_hundreds(USUAL_AMOUNT * math.exp(random.gauss(0, 0.9)))),
            "received_at": received.isoformat(),
        }


def _days_until(day: date, count: int) -> list[date]:
    """The last `count` working days to `day`, the latest first."""
    found = [day]
    while len(found) < count:
        before = found[-1] - timedelta(days=1)
        while before.weekday() >= hours.SATURDAY:
            before -= timedelta(days=1)
        found.append(before)
    return found


def _call(lead: str, row: Row, attempt: int) -> dict[str, object]:
    is_last = attempt == row.calls
    outcome = "interested" if row.won else "refused"
    return {
        "lead": lead,
        "attempt": attempt,
        "seconds": row.seconds if is_last else None,
        "result": outcome if is_last else None,
    }
