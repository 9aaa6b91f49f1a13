"""Imports of CSV files, with progress that takes a few seconds so that it can be seen."""

from __future__ import annotations

import csv
import io
import json
import time
import uuid
from typing import Any

from company import Company, Json, now

SECONDS = 4


def _table(body: Json) -> tuple[str, list[str], list[list[str]]]:
    name, content = body["file"]
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return name, rows[0], rows[1:]


def preview(company: Company, body: Json) -> Json:
    _, heads, rows = _table(body)
    fields = company.objects[body["object"]]["fields"]
    by_label = {one["label"]["zh"]: one["name"] for one in fields}
    mapping = json.loads(body.get("mapping") or "null") or {
        head: by_label.get(head) for head in heads
    }
    return {
        "encoding": "UTF-8",
        "sheet": None,
        "columns": [
            {"name": head, "samples": [row[index] for row in rows[:3]], "field": by_label.get(head)}
            for index, head in enumerate(heads)
        ],
        "rows": len(rows),
        "preview": [
            _checked(index, dict(zip(heads, row, strict=False)), mapping)
            for index, row in enumerate(rows[:20])
        ],
    }


def _checked(index: int, row: dict[str, str], mapping: Json) -> Json:
    values = {field: row[head] for head, field in mapping.items() if field}
    errors = []
    phone = values.get("phone", "")
    if phone and len(phone) != 11:
        errors.append({"field": "phone", "code": "bad_phone", "message": "手机号少 1 位"})
    return {"index": index, "values": values, "errors": errors}


def begin(company: Company, body: Json) -> Json:
    name, _, rows = _table(body)
    return {
        "id": str(uuid.uuid4()),
        "file": name,
        "object": body["object"],
        "started": time.time(),
        "total": len(rows),
        "created_at": now().isoformat(),
        "created_by": {"id": company.me["id"], "title": company.me["name"]},
    }


def state(one: Json) -> Json:
    share = min(1.0, (time.time() - one["started"]) / SECONDS)
    done = int(one["total"] * share)
    refused = [
        {
            "index": 1,
            "errors": [{"field": "phone", "code": "bad_phone", "message": "手机号少 1 位"}],
        }
    ]
    name = "done" if share == 1 else "running"
    if one.get("cancelled"):
        name = "cancelled"
    if one.get("undone"):
        name = "undone"
    answer: Json = {
        name: one[name] for name in ("id", "file", "object", "created_at", "created_by")
    }
    counts: dict[str, Any] = {
        "created": max(0, done - 1),
        "updated": 0,
        "refused": 1 if share == 1 else 0,
    }
    return {
        **answer,
        "state": name,
        "progress": {"done": done, "total": one["total"]},
        "counts": counts,
        "refused": refused if share == 1 else [],
    }


def undo(one: Json) -> Json:
    one["undone"] = True
    return {"id": one["id"], "kept": []}
