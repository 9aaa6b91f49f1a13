"""The 574 cases of tests/formula_cases.json as scopes, records and contexts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sanhuan.expressions import TITLE, Allowed, Context, ErrorValue, Name, Names
from sanhuan.expressions import types as t

FILE = Path(__file__).parents[2] / "formula_cases.json"
ALLOWED = {
    "value": Allowed.EVERYTHING,
    "stored": Allowed.STORED,
    "filter": Allowed.FILTER,
}
_SIMPLE: dict[str, t.Type] = {
    "number": t.NUMBER,
    "text": t.TEXT,
    "boolean": t.BOOLEAN,
    "date": t.DATE,
    "datetime": t.DATETIME,
    "duration": t.DURATION,
    "user": t.USER,
}


@dataclass(frozen=True)
class Case:
    """One case; `data` is its JSON, `context` the merged one."""

    data: Mapping[str, Any]
    context: Mapping[str, Any]

    @property
    def id(self) -> int:
        return int(self.data["id"])

    @property
    def kind(self) -> str:
        return str(self.data.get("kind", "formula"))

    @property
    def expr(self) -> str:
        return str(self.data["expr"])

    @property
    def language(self) -> str:
        return str(self.data.get("language", "zh"))

    @property
    def allow(self) -> Allowed:
        return ALLOWED[self.data.get("use", "value")]


def load() -> list[Case]:
    """All cases of the file, in order."""
    data = json.loads(FILE.read_text("utf-8"))
    common = data["context"]
    return [Case(case, common | case.get("context", {})) for case in data["cases"]]


class Row:
    """A record out of nested mappings; `title` is what TITLE reads."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def get(self, path: tuple[str, ...]) -> object:
        value: Any = self.values
        for place, step in enumerate(path):
            if value is None or isinstance(value, str):
                return None
            value = value.get("title" if step == TITLE else step)
            if isinstance(value, list) and place + 1 < len(path):
                return None
        if isinstance(value, Mapping):
            return value["id"]
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            return [Row(row) for row in value]
        return value


def type_of(written: Any, objects: dict[str, Names], labels: Mapping[str, Any]) -> t.Type:
    """The type of a `types` entry; far objects are added to `objects`."""
    if isinstance(written, Mapping):
        (kind, fields), *_ = written.items()
        name = f"object{len(objects)}"
        objects[name] = Names(())
        objects[name] = scope_of(fields, objects, {})
        return t.Reference(name) if kind == "ref" else t.Rows(name)
    if written.startswith("list:"):
        return t.ListOf(type_of(written[5:], objects, labels))
    if written.startswith("choice:"):
        return t.Choice.of(*written[7:].split("|"))
    return _SIMPLE[written]


def scope_of(
    types: Mapping[str, Any], objects: dict[str, Names], labels: Mapping[str, Any]
) -> Names:
    """A scope whose ids are the API names."""
    fields = [
        Name(name, name, labels.get(name, {}), type_of(written, objects, labels))
        for name, written in types.items()
    ]
    return Names(fields, objects)


def case_scope(case: Case) -> Names:
    return scope_of(case.data.get("types", {}), {}, case.data.get("labels", {}))


def value_of(written: Any, kind: Any) -> Any:
    """A record's value from its JSON, by the `types` entry."""
    if written is None:
        return None
    if isinstance(written, Mapping) and "error" in written:
        return ErrorValue(written["error"])
    if isinstance(kind, Mapping):
        (shape, fields), *_ = kind.items()
        if shape == "rows":
            return [row_of(row, fields) for row in written]
        return row_of(written, fields)
    if kind.startswith("list:"):
        return [value_of(item, kind[5:]) for item in written]
    return read_value(written, kind)


def read_value(written: Any, kind: str) -> Any:
    """A value of a simple type from its JSON."""
    match kind:
        case "number":
            return Decimal(written)
        case "duration":
            return int(written)
        case "date":
            return dt.date.fromisoformat(written)
        case "datetime":
            return dt.datetime.fromisoformat(written)
        case "text":
            return written or None
    return written


def row_of(values: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    read = {name: value_of(values.get(name), kind) for name, kind in types.items()}
    return {"id": values.get("id"), "title": values.get("title")} | read


def case_record(case: Case) -> Row:
    return Row(row_of(case.data["record"], case.data["types"]))


class Calendar:
    """The working calendar of the file's context."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._weekend = set(data["weekend"])
        self._off = set(data["holidays"])
        self._on = set(data["working_days"])
        self._hours: Sequence[tuple[dt.time, dt.time]] = [
            (dt.time.fromisoformat(start), dt.time.fromisoformat(end))
            for start, end in data["hours"]
        ]

    def is_working(self, day: dt.date) -> bool:
        if day.isoformat() in self._on:
            return True
        return day.isoformat() not in self._off and day.isoweekday() not in self._weekend

    def shifts(self, day: dt.date) -> Sequence[tuple[dt.time, dt.time]]:
        return self._hours


def case_context(case: Case) -> Context:
    data = case.context
    context = Context(
        zone=ZoneInfo(data["zone"]),
        now=dt.datetime.fromisoformat(data["now"]),
        me=data["me"],
        calendar=Calendar(data["calendar"]),
    )
    if "old" in case.data:
        old = row_of(case.data["old"], case.data["types"])
        return replace(context, old=Row(old))
    return context


def expected(case: Case) -> object:
    """The value that the case demands, or the error code as an ErrorValue."""
    if "error" in case.data:
        return ErrorValue(case.data["error"])
    value, kind = case.data["value"], case.data["result"]
    if kind == "list":
        return value
    return None if value is None else read_value(value, kind)
