"""Addresses as people write them in one cell, parted into divisions and detail.

    浙江省绍兴市越城区胜利东路 8 号   ->   33, 3306, 330602, 胜利东路 8 号

Names may lack their last word (浙江, 绍兴), a city its province, a district its city where the
name is that of one only. What is not understood stays in the detail: nothing is guessed or lost.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

BETWEEN: Final = " ,，、/-·\t　"
FILLERS: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Names of the table that are no places: a level that is missing there."""
ENDINGS: Final = (
    "特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "地区", "省",
    "市", "盟",
)  # fmt: skip
SHORTEST: Final = 2
ONE: Final = ("11", "12", "31")
"""Provinces that are one city."""


@dataclass(frozen=True, slots=True)
class Division:
    """A province, city or district; `above` are the codes of those it lies in, the widest first."""

    code: str
    above: tuple[str, ...]


def parted(text: str) -> dict[str, str | None]:
    """The address that a cell says, as the API writes addresses."""
    rest = text.strip()
    found: tuple[str, ...] = ()
    for level in ("province", "city", "district"):
        division, rest = _leading(level, found, rest)
        if division is not None:
            found = (*division.above, division.code)
    codes = {len(code): code for code in found}
    return {
        "province": codes.get(2),
        "city": codes.get(4),
        "district": codes.get(6),
        "detail": rest or None,
    }


def _leading(level: str, inside: tuple[str, ...], text: str) -> tuple[Division | None, str]:
    """The one division inside of `inside` that the text begins with, and the rest of the text."""
    for name, within in _begins(level, inside, text):
        rest = text[len(name) :]
        # 中山 of 中山东路 is no city: a shortened name has to end, or go on with what lies in it.
        if name in _names().full or not rest or rest[0] in BETWEEN or _goes_on(within, rest):
            return within, rest.lstrip(BETWEEN)
    return None, text


def _begins(level: str, inside: tuple[str, ...], text: str) -> Iterator[tuple[str, Division]]:
    """Names at the beginning of the text that are those of one division, the longest first."""
    names = _names().levels[level]
    for length in range(min(_names().longest, len(text)), SHORTEST - 1, -1):
        within = [
            one for one in names.get(text[:length], ()) if not inside or inside[-1] in one.above
        ]
        if len(within) == 1:
            yield text[:length], within[0]


def _goes_on(division: Division, rest: str) -> bool:
    inside = (*division.above, division.code)
    return any(
        next(_begins(level, inside, rest), None) is not None for level in ("city", "district")
    )


@dataclass(frozen=True)
class Names:
    """Divisions by level and name, and which names are written out in full."""

    levels: Mapping[str, Mapping[str, Sequence[Division]]]
    full: frozenset[str]
    longest: int


@cache
def _names() -> Names:
    """Every name that a division goes by; read once, 3,352 rows."""
    levels: dict[str, dict[str, list[Division]]] = {"province": {}, "city": {}, "district": {}}
    parents: dict[str, str] = {}
    written: dict[str, str] = {}
    for row in _rows():
        code = row["code"]
        parents[code], written[code] = row["parent"], row["name"]
        division = Division(code, _above(parents, code))
        # 北京市 is a province and a city in one: the city goes by its name too.
        is_one = row["name"] == "市辖区" and row["parent"] in ONE
        name = written[row["parent"]] if is_one else row["name"]
        for called in _called(name, row["level"]):
            levels[row["level"]].setdefault(called, []).append(division)
    longest = max(len(name) for names in levels.values() for name in names)
    return Names(levels, frozenset(written.values()), longest)


def _rows() -> Iterator[dict[str, str]]:
    table = resources.files("sanhuan.apps").joinpath("system/divisions.csv")
    yield from csv.DictReader(table.read_text(encoding="utf-8").splitlines())


def _above(parents: Mapping[str, str], code: str) -> tuple[str, ...]:
    found: list[str] = []
    while parents.get(code):
        code = parents[code]
        found.insert(0, code)
    return tuple(found)


def _called(name: str, level: str) -> Iterator[str]:
    if name in FILLERS:
        return
    yield name
    ending = next((end for end in ENDINGS if name.endswith(end)), "")
    short = name.removesuffix(ending)
    if level != "district" and ending and len(short) >= SHORTEST:
        yield short
