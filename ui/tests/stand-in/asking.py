"""Filters, order, groups and sums over records in memory, as CONTRACT.md says them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from company import Company, Json

ZONE = ZoneInfo("Asia/Shanghai")


def read(company: Company, object_name: str, record: Json, path: str) -> Any:
    """The stored value at a path over references."""
    first, _, rest = path.partition(".")
    value = record.get(first)
    if not rest:
        return value
    field = company.field(object_name, first)
    target = company.target(field) if field else ""
    return read(company, target, company.records.get(target, {}).get(str(value), {}), rest)


def shown(company: Company, object_name: str, record: Json, path: str) -> Any:
    """The value as the API reads it: references with their titles."""
    first, _, rest = path.partition(".")
    field = company.field(object_name, first)
    if field is None:
        return record.get(first)
    if rest:
        target = company.target(field)
        other = company.records.get(target, {}).get(str(record.get(first)), {})
        return shown(company, target, other, rest)
    value = record.get(first)
    if field["type"] in ("reference", "user", "department") and value:
        return {"id": value, "title": company.title(company.target(field), value)}
    if field["type"] == "references":
        return [{"id": one, "title": company.title(field["object"], one)} for one in value or []]
    if field["type"] == "lines":
        names = [one["name"] for one in company.objects[field["object"]]["fields"]]
        return [
            {"id": row["id"], "version": 1}
            | {name: shown(company, field["object"], row, name) for name in names}
            for row in value or []
        ]
    if field["type"] == "lookup":
        return shown(company, object_name, record, field["path"])
    return value


def keep(company: Company, object_name: str, rule: Json | None) -> Callable[[Json], bool]:
    """Whether a record passes a filter."""
    if not rule:
        return lambda record: True
    if "rules" in rule:
        parts = [keep(company, object_name, one) for one in rule["rules"]]
        join = any if rule["combinator"] == "or" else all
        return lambda record: (
            (not parts or join(part(record) for part in parts)) != bool(rule.get("not"))
        )
    path, operator, wanted = rule["field"], rule["operator"], rule.get("value")
    wanted = company.me["id"] if wanted == {"me": True} else wanted
    if isinstance(wanted, dict) and "relative" in wanted:
        first, last = period(wanted["relative"])
        return lambda record: within(
            read(company, object_name, record, path), operator, first, last
        )
    test = TESTS[operator]
    return lambda record: bool(test(read(company, object_name, record, path), wanted))


def within(value: Any, operator: str, first: date, last: date) -> bool:
    if not value:
        return False
    day = (
        datetime.fromisoformat(str(value)).astimezone(ZONE).date()
        if "T" in str(value)
        else date.fromisoformat(value)
    )
    if operator == ">=":
        return day >= first
    return day <= last if operator == "<=" else first <= day <= last


def period(name: str) -> tuple[date, date]:
    """First and last day of `this_month` and its like."""
    today = datetime.now(ZONE).date()
    if name in ("today", "yesterday", "tomorrow"):
        day = today + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[name])
        return day, day
    which, unit = name.split("_")
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        return monday, monday + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    start = (today.year * 12 + today.month - 1) // months * months + step * months
    end = start + months
    return date(start // 12, start % 12 + 1, 1), date(end // 12, end % 12 + 1, 1) - timedelta(
        days=1
    )


def number(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return value if value is None else str(value)


def compared(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def judge(value: Any, wanted: Any) -> bool:
        one, other = number(value), number(wanted)
        return one is not None and type(one) is type(other) and test(one, other)

    return judge


TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda value, wanted: number(value) == number(wanted),
    "!=": lambda value, wanted: number(value) != number(wanted),
    "<": compared(lambda one, other: one < other),
    "<=": compared(lambda one, other: one <= other),
    ">": compared(lambda one, other: one > other),
    ">=": compared(lambda one, other: one >= other),
    "contains": lambda value, wanted: wanted in (value or ""),
    "doesNotContain": lambda value, wanted: wanted not in (value or ""),
    "beginsWith": lambda value, wanted: str(value or "").startswith(wanted),
    "endsWith": lambda value, wanted: str(value or "").endswith(wanted),
    "in": lambda value, wanted: value in wanted,
    "notIn": lambda value, wanted: value not in wanted,
    "between": lambda value, wanted: (
        value is not None and number(wanted[0]) <= number(value) <= number(wanted[1])
    ),
    "null": lambda value, wanted: value in (None, "", []),
    "notNull": lambda value, wanted: value not in (None, "", []),
}


def ordered(company: Company, object_name: str, rows: list[Json], sort: str) -> list[Json]:
    """Records in the order of `-amount,name`, empty ones last; newest first without one."""
    rows = sorted(rows, key=lambda row: str(row["created_at"]), reverse=True)
    for key in reversed([part for part in sort.split(",") if part]):
        path, down = key.lstrip("-"), key.startswith("-")
        filled = [row for row in rows if read(company, object_name, row, path) is not None]
        blank = [row for row in rows if read(company, object_name, row, path) is None]
        filled.sort(key=lambda row: _key(read(company, object_name, row, path)), reverse=down)
        rows = filled + blank
    return rows


def _key(value: Any) -> tuple[int, Any]:
    one = number(value)
    return (0, one) if isinstance(one, float) else (1, str(one))


def matching(company: Company, object_name: str, q: str) -> Callable[[Json], bool]:
    fields = [
        one["name"] for one in company.objects[object_name]["fields"] if one.get("searchable")
    ] + [company.objects[object_name]["title_field"]]
    return lambda record: any(q in str(record.get(name) or "") for name in fields)


def aggregate(company: Company, object_name: str, rows: Iterable[Json], body: Json) -> list[Json]:
    """Rows of groups and measures; without groups, one row."""
    by = body.get("group_by") or []
    groups: dict[tuple[Any, ...], list[Json]] = {} if by else {(): []}
    for row in rows:
        key = tuple(str(read(company, object_name, row, path) or "") for path in by)
        groups.setdefault(key, []).append(row)
    return [
        {path: (shown(company, object_name, group[0], path) if group else None) for path in by}
        | {one["as"]: measured(company, object_name, group, one) for one in body["measures"]}
        for group in groups.values()
    ]


def measured(company: Company, object_name: str, rows: list[Json], measure: Json) -> Any:
    if measure["function"] == "count":
        return len(rows)
    values = [
        float(value)
        for row in rows
        if (value := read(company, object_name, row, measure["field"])) is not None
    ]
    if not values:
        return None
    total = sum(values)
    whole = {"sum": total, "avg": total / len(values), "min": min(values), "max": max(values)}
    return f"{whole[measure['function']]:.2f}"
