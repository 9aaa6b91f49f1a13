"""The built-in packages and the made-up company, held in memory for the stand-in server."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import computed
import yaml

from sanhuan.sample import company
from sanhuan.sample.steps import Ref, Step

APPS = Path(__file__).parents[3] / "sanhuan" / "apps"
ME = "xia.chengyu"
SYSTEM_FIELDS = {
    "owner": "user",
    "created_by": "user",
    "updated_by": "user",
    "department": "department",
}
LINKS = {"reference", "user", "department"}

Json = dict[str, Any]


class Company:
    """Definitions by name, records by object and id, and a log of changes by record."""

    def __init__(self, now: datetime) -> None:
        self.objects = {item["name"]: item for item in definitions("objects")}
        self.views = sorted(definitions("views"), key=lambda view: view.get("order", 100))
        self.pages = {item["name"]: item for item in definitions("pages")}
        self.roles = list(definitions("roles"))
        self.apps = sorted(
            (yaml.safe_load(path.read_text("utf-8")) for path in APPS.glob("*/app.yaml")),
            key=lambda app: int(app.get("order", 100)),
        )
        self.records: dict[str, dict[str, Json]] = {name: {} for name in self.objects}
        self.log: dict[str, list[Json]] = {}
        self._by_account: dict[str, dict[str, list[Json]]] = {}
        self.ids: dict[str, str] = {}
        self.numbers = itertools.count(1)
        for role in self.roles:
            self._put("role", f"role:{role['name']}", {"name": role["label"]["zh"]}, now, None)
        for step in company.plan(now):
            self.apply(step)
        for object_name, records in self.records.items():
            for record in records.values():
                computed.fill(self, object_name, record)
        self.me = next(row for row in self.records["user"].values() if row["login"] == ME)

    def field(self, object_name: str, name: str) -> Json | None:
        """The field's definition; None for what is not a field."""
        if name in SYSTEM_FIELDS:
            return {"name": name, "type": SYSTEM_FIELDS[name]}
        return next(
            (one for one in self.objects[object_name]["fields"] if one["name"] == name), None
        )

    def target(self, field: Json) -> str:
        return str(field.get("object", field["type"]))

    def by_account(self, object_name: str) -> dict[str, list[Json]]:
        """The records of an object by the account that they point at, as first asked for."""
        found = self._by_account.get(object_name)
        if found is None:
            found = self._by_account[object_name] = {}
            for record in self.records[object_name].values():
                found.setdefault(str(record.get("account")), []).append(record)
        return found

    def apply(self, step: Step) -> None:
        values = {name: self._plain(value) for name, value in step.values.items()}
        if step.operation == "create":
            self._put(step.object, step.key, values, step.at, step.by)
        else:
            record = self.records[step.object][self.ids[step.key]]
            self.change(step.object, record, values, step.at, self.ids.get(f"user:{step.by}"))

    def change(
        self, object_name: str, record: Json, values: Json, at: datetime, by: str | None
    ) -> None:
        """Lay values over a record, with its entry in the log."""
        fields = {
            name: {"before": record.get(name), "after": value}
            for name, value in values.items()
            if record.get(name) != value
        }
        record.update(values)
        record["version"] += 1
        record["updated_at"], record["updated_by"] = at.isoformat(), by
        self._entry(record["id"], "update", fields, at, by, record["version"])

    def make(self, object_name: str, values: Json, at: datetime, by: str | None) -> Json:
        key = f"new:{next(self.numbers)}"
        self._put(object_name, key, values, at, None)
        record = self.records[object_name][self.ids[key]]
        record["created_by"] = record["updated_by"] = by
        record.setdefault("owner", by)
        self.log[record["id"]][0]["actor"] = by
        return record

    def title(self, object_name: str, record_id: str | None) -> str:
        record = self.records.get(object_name, {}).get(record_id or "")
        return str(record.get(self.objects[object_name]["title_field"]) or "") if record else ""

    def _put(self, object_name: str, key: str, values: Json, at: datetime, by: str | None) -> None:
        record_id = str(uuid.uuid5(uuid.NAMESPACE_URL, key))
        self.ids[key] = record_id
        actor = self.ids.get(f"user:{by}")
        blank = {one["name"]: None for one in self.objects[object_name]["fields"]}
        for one in self.objects[object_name]["fields"]:
            if one["type"] == "auto_number":
                blank[one["name"]] = (
                    f"{object_name[:2].upper()}-{at:%Y%m}-{len(self.records[object_name]) + 1:04d}"
                )
            if one["type"] in ("references", "multi_select", "lines", "file"):
                blank[one["name"]] = []
            if str(one.get("default", "")).startswith('"'):
                blank[one["name"]] = str(one["default"]).strip('"')
        lines = values.get("lines")
        if isinstance(lines, dict):
            values = {**values, "lines": [self._line(row) for row in lines.get("create", [])]}
        record = {
            **blank,
            **values,
            "id": record_id,
            "version": 1,
            "created_at": at.isoformat(),
            "updated_at": at.isoformat(),
            "created_by": actor,
            "updated_by": actor,
        }
        self.records[object_name][record_id] = record
        self._entry(record_id, "create", {}, at, actor, 1)

    def _line(self, row: Json) -> Json:
        price, quantity = float(row.get("unit_price") or 0), float(row.get("quantity") or 0)
        return {**row, "id": str(uuid.uuid4()), "version": 1, "amount": f"{price * quantity:.2f}"}

    def _entry(
        self, record: str, kind: str, fields: Json, at: datetime, by: str | None, version: int
    ) -> None:
        entry = {
            "id": f"{record}:{version}",
            "at": at.isoformat(),
            "occurred_at": None,
            "actor": by,
            "via": "ui" if by else "system",
            "kind": kind,
            "version": version,
            "fields": fields,
            "cause": None,
        }
        self.log.setdefault(record, []).append(entry)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self.ids.get(value.key)
        if isinstance(value, dict):
            return {name: self._plain(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(inner) for inner in value]
        return value


def definitions(kind: str) -> Iterable[Json]:
    for path in sorted(APPS.glob(f"*/{kind}/*.yaml")):
        yield yaml.safe_load(path.read_text("utf-8"))


def now() -> datetime:
    return datetime.now(UTC)
