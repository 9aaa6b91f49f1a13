"""Imports of CSV files, with progress that takes a few seconds so that it can be seen."""

from __future__ import annotations

import csv
import io
import json
import time
import uuid

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
    given = json.loads(body.get("mapping") or "null")
    mapping = given or {head: {"field": by_label.get(head), "values": {}} for head in heads}
    return {
        "encoding": "utf-8",
        "sheet": None,
        "columns": [
            _column(fields, head, mapping, [row[place] for row in rows])
            for place, head in enumerate(heads)
        ],
        "remembered": False,
        "keys": [one["name"] for one in fields if one.get("unique")],
        "rows": len(rows),
        "preview": [
            _checked(index, dict(zip(heads, row, strict=False)), mapping)
            for index, row in enumerate(rows[:20])
        ],
    }


def _column(fields: list[Json], head: str, mapping: Json, cells: list[str]) -> Json:
    name = mapping[head]["field"]
    field = next((one for one in fields if one["name"] == name), None)
    column: Json = {"name": head, "samples": cells[:3], "field": name, "warnings": []}
    if field and field["type"] == "select":
        known = {text for one in field["choices"] for text in (one["key"], one["label"]["zh"])}
        column["choices"] = [
            {
                "value": cell,
                "rows": cells.count(cell),
                "choice": mapping[head].get("values", {}).get(cell),
            }
            for cell in dict.fromkeys(cells)
            if cell and cell not in known
        ]
    return column


def _checked(index: int, row: dict[str, str], mapping: Json) -> Json:
    values = {one["field"]: row[head] for head, one in mapping.items() if one["field"]}
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
        "mode": body["mode"],
    }


def state(one: Json) -> Json:
    share = min(1.0, (time.time() - one["started"]) / SECONDS)
    done = int(one["total"] * share)
    name = "done" if share == 1 else "writing"
    if one.get("cancelled"):
        name = "cancelled"
    if one.get("undone"):
        name = "undone"
    fault = {"field": "phone", "code": "bad_phone", "message": "手机号少 1 位"}
    return {
        **{key: one[key] for key in ("id", "file", "object", "created_at")},
        "mode": one["mode"],
        "state": name,
        "rows": one["total"],
        "progress": {"phase": "write", "done": done, "total": one["total"]},
        "counts": {
            "total": one["total"],
            "created": max(0, done - 1),
            "updated": 0,
            "unchanged": 0,
            "refused": int(share == 1),
        },
        "refused": [{"index": 1, "line": 3, "errors": [fault]}] if share == 1 else [],
        "failure": None,
        "undo": one.get("undo"),
    }


def undo(one: Json) -> Json:
    one["undone"] = True
    one["undo"] = {"removed": one["total"] - 1, "put_back": 0, "restored": 0, "left_count": 0}
    return {"operation": one["id"]}
