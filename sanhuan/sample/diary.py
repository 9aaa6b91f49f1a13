"""What sellers write down: activities with a text of their moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sanhuan.sample import hours
from sanhuan.sample.material import Colleague, Phrase
from sanhuan.sample.steps import Ref, Step
from sanhuan.sample.world import World

MINUTES = {"call": (2, 18), "visit": (30, 150), "meeting": (40, 120)}
RESULTS = {"no_answer": "no_answer", "lost": "refused", "first_contact": "interested"}
NEXT_STEP_IN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class About:
    """What the texts may mention."""

    person: str
    product: str
    city: str
    amount: Decimal | None


def wan(amount: Decimal | None) -> str:
    """An amount of CNY as people say it: 48.6 万, 3,280 元; 还没定 when there is none."""
    if amount is None:
        return "还没定"
    if amount < 10_000:
        return f"{amount:,.0f} 元"
    return f"{amount / 10_000:.1f} 万"


def to_hundreds(amount: float | Decimal) -> Decimal:
    """An amount of CNY as people estimate it: to the hundred, at least 500."""
    return Decimal(max(5, round(amount / 100))) * 100


class Diary:
    """Collects the activities of a history."""

    def __init__(self, world: World) -> None:
        self.steps: list[Step] = []
        self._world = world
        self._random = world.random("diary")

    def note(
        self,
        moment: str,
        at: datetime,
        by: Colleague,
        about: About,
        *,
        account: str | None = None,
        lead: str | None = None,
        opportunity: str | None = None,
        contact: str | None = None,
    ) -> Phrase | None:
        """Write an activity of a moment (see `Material.phrases`) unless it is still to come."""
        if at > self._world.now:
            return None
        phrase = self._random.choice(self._world.material.phrases[moment])
        links = {
            "account": account,
            "lead": lead,
            "opportunity": opportunity,
            "contact": contact,
        }
        values: dict[str, Any] = {
            "way": phrase.way,
            "content": self._text(phrase, about),
            "at": at.isoformat(),
            "minutes": self._minutes(phrase.way),
            "result": RESULTS.get(moment),
            "next_step": phrase.next_step,
            "next_at": self._next_at(at).isoformat(),
            "owner": Ref(f"user:{by.login}"),
            **{name: Ref(key) for name, key in links.items() if key},
        }
        key = f"activity:{len(self.steps)}"
        self.steps.append(Step("activity", key, at, values, by=by.login))
        return phrase

    def _text(self, phrase: Phrase, about: About) -> str:
        rival = self._random.choice(self._world.material.competitors)["name"]
        return phrase.text.format(
            person=about.person,
            product=about.product,
            city=about.city,
            amount=wan(about.amount),
            competitor=rival,
        )

    def _minutes(self, way: str) -> int | None:
        return self._random.randint(*MINUTES[way]) if way in MINUTES else None

    def _next_at(self, at: datetime) -> datetime:
        return hours.in_office(at + hours.spell(self._random, NEXT_STEP_IN, 0.5))
