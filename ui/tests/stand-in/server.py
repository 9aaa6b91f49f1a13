"""A stand-in for the server while the UI is made: the contract's answers over records in memory.

    python ui/tests/stand-in/server.py [port]

It serves ui/dist as the product does. It checks little, forgets everything when it stops, and is
no part of the product.
"""

from __future__ import annotations

import json
import mimetypes
import queue
import sys
import threading
import time
import uuid
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asking
import computed
import figures
import sheets
from company import Company, Json, now

DIST = Path(__file__).parents[2] / "dist"
ACTS = ["see", "create", "edit", "delete", "assign", "import", "export"]
ACTIONS = {
    "lead": [
        {"name": "dispatch", "label": {"zh": "派单", "en": "Dispatch"}, "parameters": []},
        {
            "name": "assign",
            "label": {"zh": "换负责人", "en": "Assign"},
            "parameters": [
                {
                    "name": "user",
                    "type": "user",
                    "label": {"zh": "给谁", "en": "To"},
                    "required": True,
                }
            ],
        },
    ],
    "task": [{"name": "complete", "label": {"zh": "完成", "en": "Complete"}, "parameters": []}],
}

company = Company(now())
listeners: list[queue.Queue[tuple[str, Json]]] = []
imports: list[Json] = []


class Refusal(Exception):
    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"status": status, "code": code, "title": detail, "detail": detail, **more}


def tell(object_name: str, record: Json, kind: str) -> None:
    event = {"object": object_name, "id": record["id"], "version": record["version"], "kind": kind}
    for listener in listeners:
        listener.put(("change", event))


def answer(object_name: str, record: Json, fields: list[str] | None = None) -> Json:
    definition = company.objects[object_name]
    names = fields or [
        *(one["name"] for one in definition["fields"]),
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "owner",
    ]
    shown = {name: asking.shown(company, object_name, record, name) for name in names}
    acts = ["edit", "delete", "assign", *(one["name"] for one in ACTIONS.get(object_name, []))]
    return {
        "id": record["id"],
        **({} if fields else {"version": record["version"]}),
        **shown,
        "_can": acts,
        "_masked": [],
        "_errors": {},
    }


def find(object_name: str, record_id: str) -> Json:
    record = company.records.get(object_name, {}).get(record_id)
    if record is None:
        raise Refusal(404, "not_found", "没有这条记录，或不对你开放")
    return record


def listed(object_name: str, asked: Json) -> Json:
    rows = list(company.records[object_name].values())
    rows = list(filter(asking.keep(company, object_name, asked.get("filter")), rows))
    if asked.get("q"):
        rows = list(filter(asking.matching(company, object_name, asked["q"]), rows))
    rows = asking.ordered(company, object_name, rows, asked.get("sort") or "")
    start, limit = int(asked.get("after") or 0), int(asked.get("limit") or 50)
    block = [answer(object_name, row, asked.get("fields")) for row in rows[start : start + limit]]
    more = str(start + limit) if start + limit < len(rows) else None
    count = {"capped": min(len(rows), 1001), "exact": len(rows)}.get(asked.get("count", ""))
    return {"data": block, "page": {"next": more, "count": count}}


def definition(name: str) -> Json:
    if name not in company.objects:
        raise Refusal(404, "unknown_object", f"没有对象 {name}")
    fields = [{"right": "write", **one} for one in company.objects[name]["fields"]]
    views = [view for view in company.views if view["object"] == name]
    return {
        **company.objects[name],
        "fields": fields,
        "views": views,
        "acts": ACTS,
        "actions": ACTIONS.get(name, []),
    }


def wire(object_name: str, body: Json) -> Json:
    values = {name: value for name, value in body.items() if name != "consent"}
    errors = []
    for one in company.objects[object_name]["fields"]:
        if one.get("required") and one["name"] in values and values[one["name"]] in (None, ""):
            errors.append({"field": one["name"], "code": "required", "message": "这一项要填"})
        if one["type"] == "money" and values.get(one["name"]) and float(values[one["name"]]) > 1e8:
            errors.append(
                {"field": one["name"], "code": "out_of_range", "message": "金额超过一亿，请拆分"}
            )
    if errors:
        raise Refusal(422, "invalid", "有字段填得不对", errors=errors)
    warned = str(values.get("discount") or "0") > "0.3" and not body.get("consent")
    if warned:
        warning = {"rule": "deep_discount", "message": "让利超过 30%，低于公司底线", "token": "t1"}
        raise Refusal(409, "needs_consent", "保存前需要确认", warnings=[warning])
    if isinstance(values.get("lines"), dict):
        values["lines"] = [company._line(row) for row in values["lines"].get("create", [])]
    return values


def saved(object_name: str, record_id: str, body: Json, version: int) -> Json:
    record = find(object_name, record_id)
    if record["version"] != version:
        raise Refusal(412, "version", "别人先改了", current=answer(object_name, record))
    company.change(object_name, record, wire(object_name, body), now(), company.me["id"])
    computed.fill(company, object_name, record)
    tell(object_name, record, "update")
    return answer(object_name, record)


def acted(object_name: str, record_id: str, action: str, body: Json) -> Json:
    record = find(object_name, record_id)
    values: Json = (
        {"state": "done"}
        if action == "complete"
        else {"owner": body.get("user") or company.me["id"]}
    )
    company.change(object_name, record, values, now(), company.me["id"])
    tell(object_name, record, "update")
    message = {"zh": "已办结", "en": "Completed"}
    if action != "complete":
        name = company.title("user", record["owner"])
        message = {"zh": f"已派给 {name}：擅长该品类，手上线索最少", "en": f"Assigned to {name}"}
    return {
        "changed": [{"object": object_name, "id": record_id, "version": record["version"]}],
        "message": message,
    }


def bulk(object_name: str, body: Json) -> Json:
    results = []
    for index, row in enumerate(body["rows"]):
        record = find(object_name, row["id"])
        if body["operation"] == "delete":
            company.records[object_name].pop(row["id"])
        else:
            values = {name: value for name, value in row.items() if name not in ("id", "version")}
            company.change(object_name, record, wire(object_name, values), now(), company.me["id"])
        tell(object_name, record, body["operation"])
        results.append({"index": index, "status": f"{body['operation']}d", "id": row["id"]})
    deleted = len(results) if body["operation"] == "delete" else 0
    return {
        "created": 0,
        "updated": len(results) - deleted,
        "deleted": deleted,
        "refused": 0,
        "results": results,
    }


def timeline(record_id: str, after: str | None) -> Json:
    entries = list(reversed(company.log.get(record_id, [])))
    start = int(after or 0)
    data = []
    for entry in entries[start : start + 50]:
        name = company.title("user", entry["actor"])
        data.append(
            {**entry, "actor": {"id": entry["actor"], "title": name} if entry["actor"] else None}
        )
    more = str(start + 50) if start + 50 < len(entries) else None
    return {"data": data, "page": {"next": more, "count": None}}


def me() -> Json:
    user = company.me
    roles = [{"id": one, "title": company.title("role", one)} for one in user["roles"]]
    menu = [
        {"app": app["name"], "label": app["label"], "icon": app["icon"], "items": app["menu"]}
        for app in company.apps
    ]
    department = {
        "id": user["department"],
        "title": company.title("department", user["department"]),
    }
    return {
        "user": {
            "id": user["id"],
            "name": user["name"],
            "login": user["login"],
            "department": department,
            "language": "zh",
            "roles": roles,
        },
        "rights": ["manage_people", "manage_sources"],
        "objects": {name: {"acts": ACTS} for name in company.objects},
        "menu": menu,
    }


def workspace() -> Json:
    logins = ("xia.chengyu", "lu.jingming", "yu.wanqing", "luo.ziheng")
    people = [one for one in company.records["user"].values() if one["login"] in logins]
    return {
        "name": {"zh": "禾筑建材", "en": "Hezhu Materials"},
        "currency": "CNY",
        "zone": "Asia/Shanghai",
        "sample": True,
        "demo_people": [
            {
                "login": one["login"],
                "name": one["name"],
                "title": {"zh": one["title"], "en": one["title"]},
                "password": "demo",
            }
            for one in people
        ],
    }


def page(name: str) -> Json:
    found = company.pages.get(name)
    if found is None:
        object_name, _, kind = name.partition(".")
        if object_name not in company.objects or kind not in ("list", "record", "form"):
            raise Refusal(404, "not_found", f"没有页面 {name}")
        bricks: Json = {
            "list": [{"brick": "list", "props": {"object": object_name}}],
            "record": [
                {"brick": "record-header", "props": {}},
                {
                    "brick": "columns",
                    "props": {"widths": [1, 2]},
                    "children": [{"brick": "facts", "props": {}}, {"brick": "timeline"}],
                },
            ],
            "form": [{"brick": "form"}],
        }
        return {
            "id": name,
            "name": name,
            "label": company.objects[object_name]["label"],
            "kind": kind,
            "object": object_name,
            "layout": bricks[kind],
        }
    return found


def searched(q: str) -> Json:
    hits = []
    for object_name in ("account", "lead", "opportunity", "contact", "product"):
        test = asking.matching(company, object_name, q)
        rows = [row for row in company.records[object_name].values() if test(row)][:5]
        hits += [
            {"object": object_name, "id": row["id"], "title": company.title(object_name, row["id"])}
            for row in rows
        ]
    return {"data": hits[:12]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.handle_call("GET")

    def do_POST(self) -> None:
        self.handle_call("POST")

    def do_PATCH(self) -> None:
        self.handle_call("PATCH")

    def do_DELETE(self) -> None:
        self.handle_call("DELETE")

    def handle_call(self, method: str) -> None:
        url = urlsplit(self.path)
        if not url.path.startswith("/api/v1/"):
            self.send_file(url.path)
            return
        parts = [unquote(part) for part in url.path.removeprefix("/api/v1/").split("/")]
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if parts == ["stream"]:
            self.stream()
            return
        try:
            status, body = self.route(method, parts, query)
            self.send_json(status, body)
        except Refusal as refusal:
            self.send_json(refusal.status, refusal.body)

    def route(self, method: str, parts: list[str], query: Json) -> tuple[int, Any]:
        body = self.body() if method in ("POST", "PATCH") else {}
        signed_in = "sanhuan_session=stand-in" in (self.headers.get("Cookie") or "")
        match (method, *parts):
            case ("GET", "workspace"):
                return 200, workspace()
            case ("POST", "session"):
                if body.get("password") != "demo":
                    raise Refusal(401, "wrong_password", "登录名或密码不对")
                return 201, {"token": "t", "expires_at": "2030-01-01T00:00:00Z", "user": {}}
            case ("GET", "invitations", _):
                return 200, {"name": "童晓岚", "login": "tong.xiaolan"}
            case ("POST", "invitations", _):
                return 201, {}
            case ("DELETE", "session"):
                return 204, None
        if not signed_in:
            raise Refusal(401, "signed_out", "请重新登录")
        match (method, *parts):
            case ("GET", "me"):
                return 200, me()
            case ("GET", "objects", name):
                return 200, definition(name)
            case ("GET", "pages", name):
                return 200, page(name)
            case ("GET", "search"):
                return 200, searched(query["q"])
            case ("GET", "records", name):
                asked = {**query, "filter": json.loads(query.get("filter", "null"))}
                asked["fields"] = query["fields"].split(",") if query.get("fields") else None
                return 200, listed(name, asked)
            case ("POST", "records", name, "query"):
                return 200, listed(name, body)
            case ("POST", "records", name, "bulk"):
                return 200, bulk(name, body)
            case ("POST", "records", name, "aggregate"):
                rows = filter(
                    asking.keep(company, name, body.get("filter")), company.records[name].values()
                )
                return 200, {"data": asking.aggregate(company, name, rows, body)}
            case ("POST", "records", name):
                record = company.make(name, wire(name, body), now(), company.me["id"])
                computed.fill(company, name, record)
                tell(name, record, "create")
                return 201, answer(name, record)
            case ("GET", "records", name, record_id):
                return 200, answer(name, find(name, record_id))
            case ("PATCH", "records", name, record_id):
                version = int((self.headers.get("If-Match") or "0").strip('"'))
                return 200, saved(name, record_id, body, version)
            case ("DELETE", "records", name, record_id):
                record = find(name, record_id)
                company.records[name].pop(record_id)
                bin_[record_id] = record
                tell(name, record, "delete")
                return 204, None
            case ("POST", "records", name, record_id, "restore"):
                company.records[name][record_id] = bin_.pop(record_id)
                return 200, answer(name, company.records[name][record_id])
            case ("POST", "records", name, record_id, "actions", action):
                return 200, acted(name, record_id, action, body)
            case ("GET", "records", _, record_id, "timeline"):
                return 200, timeline(record_id, query.get("after"))
            case ("POST", "metrics", "query"):
                return 200, {"data": figures.answers(company, body["metrics"])}
            case ("GET", "gaps"):
                return 200, figures.gaps(company)
            case ("GET", "sources"):
                return 200, figures.sources()
            case ("GET", "sources", _, "events"):
                return 200, figures.events()
            case ("POST", "sources", _, "events", _, "replay"):
                return 200, {}
            case ("POST", "people", "invitations"):
                user = company.make(
                    "user",
                    {
                        "name": body["name"],
                        "login": body["login"],
                        "active": True,
                        "roles": body["roles"],
                        "department": body.get("department"),
                    },
                    now(),
                    company.me["id"],
                )
                return 201, {
                    "link": f"http://127.0.0.1:8000/invitations/{user['id'][:12]}",
                    "expires_at": "2026-12-01T08:00:00+08:00",
                }
            case ("POST", "imports", "preview"):
                return 200, sheets.preview(company, body)
            case ("GET", "imports"):
                return 200, {"data": [sheets.state(one) for one in reversed(imports)]}
            case ("POST", "imports"):
                imports.append(sheets.begin(company, body))
                return 202, {"id": imports[-1]["id"]}
            case ("GET", "imports", wanted):
                return 200, sheets.state(next(one for one in imports if one["id"] == wanted))
            case ("DELETE", "imports", wanted):
                next(one for one in imports if one["id"] == wanted)["cancelled"] = True
                return 204, None
            case ("POST", "imports", wanted, "undo"):
                return 202, sheets.undo(next(one for one in imports if one["id"] == wanted))
            case ("POST", "files"):
                return 201, {
                    "id": str(uuid.uuid4()),
                    "name": body["file"][0],
                    "type": "",
                    "size": 1,
                    "sha256": "",
                }
        raise Refusal(404, "not_found", "没有这个地址")

    def body(self) -> Json:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type") or ""
        if not kind.startswith("multipart/"):
            return dict(json.loads(raw)) if raw else {}
        message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + raw)
        form: Json = {}
        for part in message.get_payload():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            file = part.get_filename()
            form[name] = (file, content) if file else content.decode()
        return form

    def stream(self) -> None:
        listener: queue.Queue[tuple[str, Json]] = queue.Queue()
        listeners.append(listener)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self.wfile.write(b": open\n\n")
            self.wfile.flush()
            while True:
                try:
                    kind, event = listener.get(timeout=15)
                    self.wfile.write(
                        f"event: {kind}\nid: {time.time()}\ndata: {json.dumps(event)}\n\n".encode()
                    )
                except queue.Empty:
                    self.wfile.write(b": still here\n\n")
                self.wfile.flush()
        except OSError:
            listeners.remove(listener)

    def send_file(self, path: str) -> None:
        file = DIST / path.lstrip("/")
        if not file.is_file():
            file = DIST / "index.html"
        content = file.read_bytes()
        self.send_response(200)
        self.send_header(
            "Content-Type", mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        )
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def send_json(self, status: int, body: Any) -> None:
        content = b"" if status == 204 else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if (status == 201 and self.path.endswith(("/session",))) or "/invitations/" in self.path:
            self.send_header(
                "Set-Cookie", "sanhuan_session=stand-in; Path=/; HttpOnly; SameSite=Lax"
            )
            self.send_header("Set-Cookie", "sanhuan_csrf=c; Path=/; SameSite=Lax")
        if self.command == "DELETE" and self.path.endswith("/session"):
            self.send_header("Set-Cookie", "sanhuan_session=; Path=/; Max-Age=0")
        self.end_headers()
        self.wfile.write(content)


bin_: dict[str, Json] = {}

if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8001
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()
