"""Figures for the dashboard, gaps and sources: believable, from the records where that is easy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asking
from company import Company, Json, now

METRICS: dict[str, tuple[Json, str, str, Json]] = {
    "new_leads_today": (
        {"zh": "今日新线索", "en": "New leads today"},
        "count",
        "lead",
        {"function": "count", "as": "value"},
    ),
    "first_response_median": (
        {"zh": "首次响应（中位）", "en": "First response (median)"},
        "seconds",
        "lead",
        {"function": "count", "as": "value"},
    ),
    "first_response_p90": (
        {"zh": "首次响应（P90）", "en": "First response (P90)"},
        "seconds",
        "lead",
        {"function": "count", "as": "value"},
    ),
    "open_gaps": (
        {"zh": "静默缺口", "en": "Silent gaps"},
        "count",
        "lead",
        {"function": "count", "as": "value"},
    ),
    "leads_by_state": (
        {"zh": "线索", "en": "Leads"},
        "count",
        "lead",
        {"function": "count", "as": "value"},
    ),
    "opportunity_amount_by_stage": (
        {"zh": "商机金额", "en": "Opportunity amount"},
        "CNY",
        "opportunity",
        {"function": "sum", "field": "amount", "as": "value"},
    ),
    "conversion_by_seller": (
        {"zh": "转化率", "en": "Conversion"},
        "ratio",
        "lead",
        {"function": "count", "as": "value"},
    ),
}

FIXED = {"first_response_median": "7560", "first_response_p90": "41400", "open_gaps": "23"}


def answers(company: Company, asked: list[Json]) -> Json:
    return {one.get("as") or one["name"]: _answer(company, one) for one in asked}


def _answer(company: Company, asked: Json) -> Json:
    label, unit, name, measure = METRICS[asked["name"]]
    by = asked.get("group_by") or []
    today = asked["name"] == "new_leads_today"
    filter_: Json | None = asked.get("filter")
    if today:
        filter_ = {
            "combinator": "and",
            "rules": [{"field": "received_at", "operator": "=", "value": {"relative": "today"}}],
        }
    rows = filter(asking.keep(company, name, filter_), company.records[name].values())
    found = asking.aggregate(company, name, rows, {"group_by": by, "measures": [measure]})
    return {
        "label": label,
        "unit": unit,
        "rows": [_row(asked["name"], name, row, by, filter_) for row in found],
        "at": now().isoformat(),
    }


def _row(metric: str, name: str, row: Json, by: list[str], filter_: Json | None) -> Json:
    rules = []
    for path in by:
        value = row[path]["id"] if isinstance(row[path], dict) else row[path]
        rules.append({"field": path, "operator": "=" if value else "null", "value": value})
    rules += [filter_] if filter_ else []
    value: Any = FIXED.get(metric, row["value"]) if not by else row["value"]
    if metric == "conversion_by_seller":
        value = f"{0.08 + int(row['value']) % 17 / 100:.2f}"
    elif metric.startswith("first_response") and by:
        value = str(1800 + int(row["value"]) * 97)
    drill = {"object": name, "filter": {"combinator": "and", "rules": rules}}
    return {
        "value": None if value is None else str(value),
        "dimension": {path: row[path] for path in by},
        "drill": drill,
    }


def gaps(company: Company) -> Json:
    leads = [one for one in company.records["lead"].values() if one["state"] == "assigned"][:8]
    return {
        "data": [
            {
                "object": "lead",
                "record": {"id": one["id"], "title": one["company"] or one["name"]},
                "owner": {"id": one["owner"], "title": company.title("user", one["owner"])},
                "since": (now() - timedelta(hours=3 + index * 2)).isoformat(),
                "due": (now() + timedelta(minutes=90 - index * 55)).isoformat(),
                "left_seconds": (90 - index * 55) * 60,
            }
            for index, one in enumerate(leads)
        ]
    }


def sources() -> Json:
    def one(name: str, zh: str, en: str, hours: float, **counts: int) -> Json:
        return {
            "name": name,
            "label": {"zh": zh, "en": en},
            "kind": "webhook",
            "path": f"/api/v1/hooks/{name}",
            "last_event_at": (now() - timedelta(hours=hours)).isoformat(),
            "lag_seconds": 1,
            "silent": hours > 24,
            "has_secret": True,
            "counts": counts,
        }

    web = one("web_form", "官网表单", "Web form", 0.07, waiting=0, applied=1284, refused=3)
    return {"data": [web, one("shop", "商城订单", "Shop orders", 31, waiting=2, applied=310)]}


def events() -> Json:
    bodies = (
        ("未知来源 foo，可选 官网表单、展会", '{"name": "王先生", "source": "foo"}'),
        ("手机号少 1 位", '{"name": "李女士", "source": "web_form", "phone": "1385751602"}'),
        ("缺公司名", '{"source": "web_form", "phone": "13957118826"}'),
    )
    return {
        "data": [
            {
                "id": str(index),
                "type": "lead",
                "received_at": (now() - timedelta(hours=index * 7 + 1)).isoformat(),
                "state": "refused",
                "errors": [{"field": None, "code": "bad", "message": reason}],
                "body": body,
            }
            for index, (reason, body) in enumerate(bodies)
        ]
    }
