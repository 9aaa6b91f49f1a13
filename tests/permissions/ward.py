"""The objects of the package `ward` (tests/packages/ward) as plain tables, and its formulas.

Written by hand beside the YAML, so that the model of rights does not lean on the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

CENT: Final = Decimal("0.01")
TEXTS: Final = frozenset({"text", "phone", "email"})
NUMBERS: Final = frozenset({"integer", "money", "decimal"})
POINTING: Final = frozenset({"reference"})


@dataclass(frozen=True)
class Field:
    """A field: `kind` is the type of what it shows, `target` the object that it points at."""

    id: str
    kind: str
    mask: tuple[int, int] = (1, 0)
    target: str = ""
    computed: bool = False
    read_only: bool = False
    searchable: bool = False
    lookup: str = ""


SYSTEM: Final[Mapping[str, Field]] = {
    "version": Field("_version", "integer", read_only=True),
    "created_at": Field("_created_at", "instant", read_only=True),
    "created_by": Field("_created_by", "reference", target="user", read_only=True),
    "updated_at": Field("_updated_at", "instant", read_only=True),
    "updated_by": Field("_updated_by", "reference", target="user", read_only=True),
    "owner": Field("_owner", "reference", target="user"),
    "department": Field("_department", "reference", target="department"),
}

CLIENT: Final[Mapping[str, Field]] = {
    **SYSTEM,
    "name": Field("name", "text", searchable=True),
    "code": Field("code", "text"),
    "phone": Field("phone", "phone", (3, 4), searchable=True),
    "email": Field("email", "email", searchable=True),
    "remark": Field("remark", "text", (2, 1), searchable=True),
    "level": Field("level", "select"),
    "score": Field("score", "integer"),
    "credit": Field("credit", "money"),
    "since": Field("since", "date"),
    "vip": Field("vip", "boolean"),
    "parent_client": Field("parent", "reference", target="client"),
    "tier": Field("tier", "text", read_only=True),
    "weight": Field("weight", "integer", computed=True),
    "ratio": Field("ratio", "decimal", computed=True),
    "contract_count": Field("deals", "integer", computed=True),
    "worth": Field("worth", "money", computed=True),
}

CONTRACT: Final[Mapping[str, Field]] = {
    **SYSTEM,
    "subject": Field("subj", "text", (1, 1), searchable=True),
    "client": Field("client", "reference", target="client"),
    "parties": Field("parties", "references", target="client"),
    "amount": Field("amount", "money"),
    "state": Field("state", "select"),
    "signed": Field("signed", "date"),
    "hotline": Field("line", "phone", (3, 4), searchable=True),
    "client_level": Field("clevel", "select", computed=True, lookup="client.level"),
    "client_phone": Field("cphone", "phone", (3, 4), computed=True, lookup="client.phone"),
    "boss": Field(
        "boss", "reference", target="client", computed=True, lookup="client.parent_client"
    ),
    "is_big": Field("big", "boolean", computed=True),
    "lines": Field("lines", "lines"),
    "total": Field("total", "money", computed=True),
}

OBJECTS: Final[Mapping[str, Mapping[str, Field]]] = {
    "client": CLIENT,
    "contract": CONTRACT,
    "user": {"name": Field("name", "text", searchable=True)},
    "department": {"name": Field("name", "text", searchable=True)},
}
IDS: Final = {"client": "wcl", "contract": "wco", "user": "user", "department": "department"}
TITLES: Final = {"client": "name", "contract": "subject", "user": "name", "department": "name"}
LINE_FIELDS: Final = ("what", "quantity", "price")
CHOICES: Final = {"level": "ABC", "client_level": "ABC", "state": ("draft", "open", "shut")}

PINYIN: Final = {
    "越辰建设": ("yuechenjianshe", "ycjs"),
    "安": ("an", "a"),
    "辰安商贸": ("chenanshangmao", "casm"),
    "采购一号": ("caigouyihao", "cgyh"),
    "维保二期": ("weibaoerqi", "wbeq"),
}
"""How the titles of the worlds are written in Latin letters, in full and by initials."""


def masked(field: Field, value: Any) -> Any:
    """What shows of a value where its field is masked: some characters of texts, else nothing."""
    if value is None or field.kind not in TEXTS:
        return None
    head, tail = field.mask
    if field.kind == "email":
        local, domain = value.split("@")
        return f"{local[:head]}***@{domain}"
    if len(value) <= head + tail:
        return "*" * len(value)
    return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail :]


def compute_client(values: dict[str, Any], contracts: list[Mapping[str, Any]]) -> dict[str, str]:
    """Fill in what a client's record computes over its live contracts; codes of what errs."""
    score, credit = values.get("score"), values.get("credit")
    values["tier"] = "高" if score is not None and score > 5 else "低"
    values["weight"] = None if score is None else score * 2
    is_known = score is not None and credit is not None
    ratio = (credit / score).quantize(CENT, ROUND_HALF_UP) if is_known and score else None
    values["ratio"] = ratio
    values["contract_count"] = Decimal(len(contracts))
    values["worth"] = sum((each["amount"] or Decimal(0) for each in contracts), Decimal(0))
    return {"ratio": "division_by_zero"} if is_known and not score else {}


def compute_contract(
    values: dict[str, Any], client_of: Callable[[UUID], Mapping[str, Any] | None]
) -> dict[str, str]:
    """Fill in what a contract's record computes, given the values of the client it names."""
    reference = values.get("client")
    client = (client_of(reference) if reference else None) or {}
    values["client_level"] = client.get("level")
    values["client_phone"] = client.get("phone")
    values["boss"] = client.get("parent_client")
    amount = values.get("amount")
    is_large = None if amount is None else amount > 100
    is_first = client.get("level") == "A"
    values["is_big"] = False if not is_first else is_large
    values["total"] = sum(
        (
            (line["quantity"] * line["price"]).quantize(CENT, ROUND_HALF_UP)
            for line in values.get("lines") or ()
            if line["quantity"] is not None and line["price"] is not None
        ),
        Decimal(0),
    )
    return {}
