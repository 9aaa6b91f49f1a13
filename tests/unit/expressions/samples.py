"""Random records, biased to the edges of the language, and the fields they have."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sanhuan.expressions import ErrorValue, Name, Names
from sanhuan.expressions import types as t

CHOICE = t.Choice(
    (t.Option("a", {"zh": "甲"}), t.Option("b", {"zh": "乙"}), t.Option("c", {"zh": "丙"}))
)
NUMBERS = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "-7",
    "0.5",
    "2.5",
    "-2.5",
    "1.005",
    "0.000000000001",
    "-0.000000000001",
    "99999999999999999999999999",
    "-99999999999999999999999999",
    "1250",
    "120000.5",
    "10001",
    "1001000",
    "0.333333333333",
    "12",
    "28",
    "2025",
    "100",
    "-20",
    "1000000000000.000000000001",
    "0.1",
    "26",
    "101",
]
TEXTS = [
    "a",
    "A",
    "ab",
    "华为技术有限公司",
    "😀",
    "👨‍👩‍👧x",
    "13812345678",
    "1,234.5",
    "１２",
    " ",
    "　x ",
    "12%",
    "2024-02-29",
    "2025-02-29",
    "2025/3/1",
    "2025年3月1日",
    "%",
    "_",
    "\\",
    "a_c%",
    "é",
    "e\u0301",
    "91350100M000100Y43",
    "-7",
    "1e5",
    "0",
    "aaa",
    "，",
    "｡",
    "00001234567890123456789012345678901",
]
DATES = [
    "1900-01-01",
    "1900-02-28",
    "9999-12-31",
    "9999-12-01",
    "2024-02-29",
    "2023-02-28",
    "2025-01-31",
    "2025-03-30",
    "2025-03-31",
    "2025-04-01",
    "2000-02-29",
    "2100-02-28",
    "2025-12-29",
    "2024-12-30",
    "1986-05-04",
    "2025-03-09",
    "2025-11-02",
]
INSTANTS = [
    "1900-01-02T00:00:00Z",
    "9999-12-30T23:59:59.999Z",
    "2025-03-31T16:00:00Z",
    "2025-03-31T15:59:59.999Z",
    "2025-03-09T06:59:59Z",
    "2025-03-09T07:00:00Z",
    "2025-11-02T05:30:00Z",
    "2025-11-02T06:30:00Z",
    "1986-05-03T16:30:00Z",
    "1986-09-13T15:30:00Z",
    "1991-09-14T16:00:00Z",
    "2024-02-29T12:00:00.123Z",
    "1927-12-31T15:54:00Z",
    "2025-01-31T23:00:00Z",
]
DURATIONS = [
    0,
    1,
    -1,
    999,
    3_600_000,
    5_400_000,
    -86_400_000,
    10**15,
    999_999_999_999_999_999,
    86_400_000,
]
ROW_TYPES: Mapping[str, Any] = {
    "rn": "number",
    "rt": "text",
    "rb": "boolean",
    "rd": "date",
    "rs": "datetime",
    "ru": "duration",
    "rc": "choice:a|b|c",
    "rl": "list:text",
}
PART_TYPES: Mapping[str, Any] = {"pn": "number", "pt": "text"}
"""Fields of a row's own rows."""
FAR_TYPES: Mapping[str, Any] = {"fn": "number", "ft": "text", "fc": "choice:a|b|c", "fd": "date"}
TYPES: Mapping[str, Any] = {
    "n1": "number",
    "n2": "number",
    "ne": "number",
    "t1": "text",
    "t2": "text",
    "b1": "boolean",
    "b2": "boolean",
    "d1": "date",
    "d2": "date",
    "s1": "datetime",
    "s2": "datetime",
    "u1": "duration",
    "c1": "choice:a|b|c",
    "c2": "choice:a|b|c",
    "p1": "user",
    "l1": "list:text",
    "far": {"ref": FAR_TYPES},
    "rows": {"rows": ROW_TYPES},
}
KINDS: Mapping[str, t.Type] = {
    "number": t.NUMBER,
    "text": t.TEXT,
    "boolean": t.BOOLEAN,
    "date": t.DATE,
    "datetime": t.DATETIME,
    "duration": t.DURATION,
    "choice:a|b|c": CHOICE,
    "user": t.USER,
    "list:text": t.ListOf(t.TEXT),
}


def scope() -> Names:
    """The scope of TYPES; labels are Chinese, some odd."""
    others: dict[str, Names] = {}
    others["far"] = Names(_names(FAR_TYPES), others)
    parts = Name("parts", "parts", {"zh": "部件", "en": "Parts"}, t.Rows("parts"))
    others["rows"] = Names([*_names(ROW_TYPES), parts], others)
    others["parts"] = Names(_names(PART_TYPES), others)
    fields = [
        *_names({name: kind for name, kind in TYPES.items() if isinstance(kind, str)}),
        Name("far", "far", {"zh": "客户", "en": "Account"}, t.Reference("far")),
        Name("rows", "rows", {"zh": "明细", "en": "Lines"}, t.Rows("rows")),
    ]
    return Names(fields, others)


def _names(types: Mapping[str, str]) -> list[Name]:
    odd = {"n2": "价格 (含税)", "t2": "或", "rn": "金额", "n1": "金额"}
    return [
        Name(name, name, {"zh": odd.get(name, f"字段{name}"), "en": f"Field {name}"}, KINDS[kind])
        for name, kind in types.items()
    ]


class Records:
    """Random records: nested mappings as `cases.Row` takes them."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def value(self, kind: str) -> Any:
        chance = self.chance
        if chance.random() < 0.18:
            return [] if kind.startswith("list") else None
        match kind:
            case "number":
                return Decimal(chance.choice(NUMBERS)) if chance.random() < 0.6 else self.number()
            case "text":
                return chance.choice(TEXTS)
            case "boolean":
                return chance.random() < 0.5
            case "date":
                return dt.date.fromisoformat(chance.choice(DATES))
            case "datetime":
                return dt.datetime.fromisoformat(chance.choice(INSTANTS))
            case "duration":
                return chance.choice(DURATIONS)
            case "user":
                return chance.choice(["u_zhang", "u_li"])
            case "list:text":
                return [chance.choice(TEXTS) for _ in range(chance.randrange(4))]
        return chance.choice("abc")

    def number(self) -> Decimal:
        digits = self.chance.randrange(-(10**9), 10**9)
        return Decimal(digits).scaleb(-self.chance.choice([0, 2, 4]))

    def record(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            name: self.value(kind) for name, kind in TYPES.items() if isinstance(kind, str)
        }
        if self.chance.random() < 0.3:
            made["ne"] = ErrorValue("division_by_zero")
        made["far"] = None if self.chance.random() < 0.3 else self.far()
        count = self.chance.choice([0, 1, 2, 3, 5])
        made["rows"] = [self.row(place) for place in range(count)]
        return made

    def far(self) -> dict[str, Any]:
        values = {name: self.value(kind) for name, kind in FAR_TYPES.items()}
        return {"id": self.chance.choice("xyz"), "title": self.chance.choice(TEXTS)} | values

    def row(self, place: int) -> dict[str, Any]:
        values = {name: self.value(kind) for name, kind in ROW_TYPES.items()}
        parts = [self.part(place) for place in range(self.chance.choice([0, 1, 3]))]
        return {"id": f"r{place}", "parts": parts} | values

    def part(self, place: int) -> dict[str, Any]:
        return {"id": f"p{place}"} | {name: self.value(kind) for name, kind in PART_TYPES.items()}
