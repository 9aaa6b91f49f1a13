"""The lists and texts that a made-up company is built of, read from the files of the packages."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import sanhuan.apps

APPS = Path(next(iter(sanhuan.apps.__path__)))
SAMPLE = APPS / "sales" / "sample"


@dataclass(frozen=True, slots=True)
class Place:
    """A district with the divisions above it: codes of GB/T 2260 and names."""

    province: str
    city: str
    district: str
    city_name: str
    district_name: str

    @property
    def short_city(self) -> str:
        """As it stands in a firm's name: 绍兴, not 绍兴市."""
        return self.city_name.removesuffix("市")

    def address(self, detail: str | None = None) -> dict[str, str | None]:
        return {
            "province": self.province,
            "city": self.city,
            "district": self.district,
            "detail": detail,
        }


@dataclass(frozen=True, slots=True)
class Product:
    """A line of the price list; prices are in CNY."""

    code: str
    name: str
    spec: str
    category: str
    unit: str
    price: Decimal
    floor_price: Decimal


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a seller writes down after an activity at some moment of a deal."""

    way: str
    text: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff. `manager` is a login, `roles` are names of roles."""

    login: str
    name: str
    title: str
    department: str
    manager: str | None
    roles: tuple[str, ...]
    expertise: tuple[str, ...]
    phone: str

    @property
    def sells(self) -> bool:
        return "seller" in self.roles


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by column."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Material:
    """All lists, each read when first asked for."""

    @cached_property
    def name_parts(self) -> list[str]:
        return [row["part"] for row in rows(SAMPLE / "name_parts.csv")]

    @cached_property
    def products(self) -> list[Product]:
        return [
            Product(
                code=row["code"],
                name=row["name"],
                spec=row["spec"],
                category=row["category"],
                unit=row["unit"],
                price=Decimal(row["price"]),
                floor_price=Decimal(row["floor_price"]),
            )
            for row in rows(SAMPLE / "products.csv")
        ]

    @cached_property
    def competitors(self) -> list[dict[str, str]]:
        return rows(SAMPLE / "competitors.csv")

    @cached_property
    def phrases(self) -> Mapping[str, list[Phrase]]:
        """By moment: first_contact, no_answer, lead_follow, the stages of a deal, care."""
        found: dict[str, list[Phrase]] = {}
        for row in rows(SAMPLE / "phrases.csv"):
            phrase = Phrase(row["way"], row["text"], row["next_step"])
            found.setdefault(row["moment"], []).append(phrase)
        return found

    @cached_property
    def staff(self) -> list[Colleague]:
        return [
            Colleague(
                login=row["login"],
                name=row["name"],
                title=row["title"],
                department=row["department"],
                manager=row["manager"] or None,
                roles=tuple(filter(None, row["roles"].split(";"))),
                expertise=tuple(filter(None, row["expertise"].split(";"))),
                phone=row["phone"],
            )
            for row in rows(SAMPLE / "staff.csv")
        ]

    @cached_property
    def places(self) -> list[Place]:
        """The districts of mainland China below a city with a name of its own."""
        divisions = rows(APPS / "system" / "divisions.csv")
        names = {row["code"]: row["name"] for row in divisions}
        return [
            Place(row["code"][:2], row["parent"], row["code"], city, row["name"])
            for row in divisions
            if row["level"] == "district" and (city := _city(names, row["parent"]))
        ]


def _city(names: Mapping[str, str], code: str) -> str:
    """A city's name; for those below a municipality (市辖区, 县) that of the municipality."""
    name = names[code]
    if name in ("市辖区", "县"):
        return names[code[:2]]
    return "" if name.endswith("行政区划") else name
