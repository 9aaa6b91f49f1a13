"""What all parts of a made-up history share: the present, the people, and the luck."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from sanhuan.sample import hours, organisation
from sanhuan.sample.material import Colleague, Material, Place
from sanhuan.sample.naming import Namer, Person

HISTORY = timedelta(days=365)
WITH_THE_PRODUCT = timedelta(days=150)
"""How long ago the made-up company began to work with this product: response gets faster there."""

CITIES = {
    # Hangzhou, Jiaxing, Huzhou
    "3301": 18, "3304": 8, "3305": 6,
    # Ningbo, Shaoxing, Jinhua, Taizhou, Wenzhou, Quzhou
    "3302": 10, "3306": 9, "3307": 5, "3310": 4, "3303": 3, "3308": 2,
    # Shanghai, Suzhou, Wuxi, Nanjing, Changzhou, Hefei
    "3101": 8, "3205": 8, "3202": 4, "3201": 5, "3204": 2, "3401": 2,
}  # fmt: skip
"""Where customers are, with weights."""

INDUSTRIES = {
    "e47": 20, "e48": 8, "e49": 7, "e50": 18, "k70": 8, "f51": 11, "f52": 9, "c21": 3, "c30": 3,
    "c33": 4, "g59": 3, "h61": 2, "m74": 2, "n78": 2,
}  # fmt: skip
"""Divisions of industry that buy building materials, with weights."""


@dataclass(slots=True)
class Contact:
    """Somebody at a customer's."""

    key: str
    person: Person
    job_title: str
    part: str


@dataclass(slots=True)
class Account:
    """A customer as the plan knows it."""

    key: str
    name: str
    place: Place
    industry: str
    level: str
    source: str
    owner: Colleague
    since: datetime
    contacts: list[Contact] = field(default_factory=list)


class World:
    """The frame of a plan: `now` is the present, `seed` settles all luck.

    Each area draws from a generator of its own, so that a change to one part leaves the others'
    figures alone.
    """

    def __init__(self, material: Material, now: datetime, seed: int) -> None:
        self.material = material
        self.now = now
        self.start = now - HISTORY
        self.with_product = now - WITH_THE_PRODUCT
        self.seed = seed
        self.namer = Namer(material, self.random("names"))
        self.places = [place for place in material.places if place.city in CITIES]
        self._place_weights = self._weigh_places()
        self.sellers = {
            name: [one for one in material.staff if one.department == name and one.sells]
            for name in organisation.DEPARTMENTS
        }
        luck = self.random("skill")
        self.skill = {one.login: luck.uniform(0.75, 1.3) for one in material.staff if one.sells}
        """How much likelier than the average a seller is to win."""

    def random(self, area: str) -> Random:
        return Random(f"{self.seed}:{area}")

    def place(self, random: Random) -> Place:
        return random.choices(self.places, weights=self._place_weights)[0]

    def industry(self, random: Random) -> str:
        return random.choices(list(INDUSTRIES), weights=list(INDUSTRIES.values()))[0]

    def seller(self, random: Random, place: Place, source: str) -> Colleague:
        """One of the sellers who look after a place; heads of departments take fewer."""
        sellers = self.sellers[organisation.department_for(place, source)]
        heads = {head for _, head in organisation.DEPARTMENTS.values()}
        weights = [0.4 if one.login in heads else 1.0 for one in sellers]
        return random.choices(sellers, weights=weights)[0]

    def days(self) -> list[date]:
        """The days of the history, the first to today."""
        first, last = hours.local_day(self.start), hours.local_day(self.now)
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    def _weigh_places(self) -> list[float]:
        districts = Counter(place.city for place in self.places)
        return [CITIES[place.city] / districts[place.city] for place in self.places]
