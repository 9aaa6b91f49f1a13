"""The catalogue of hostile input (hostile/*.yaml), run against the API, bulk and import alike.

Nothing that a client sends is a 5xx; each answer is as written; and each refusal is a problem of
the one shape, in which nothing of the inside is told.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import pytest_asyncio
import yaml

from tests.workspace import Client, Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOLDER = Path(__file__).parent / "hostile"
CODE = "91330100MA27XW8T5D"
INSIDE = ("select ", "psycopg", "Traceback", "/sanhuan/", "o_lead", "kernel.", "site-packages")
MEMBERS = {"type", "title", "status", "detail", "code", "errors", "trace_id"}


def cases(name: str) -> list[Any]:
    written = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["id"]) for case in written]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(workspace: Workspace) -> AsyncIterator[dict[str, str]]:
    """Ids of people and records, by the names that cases use."""
    people = workspace.people
    xia, zhou = str(people["xia"]), str(people["zhou"])
    made = {
        "xia": xia,
        "zhou": zhou,
        "other_department": str(workspace.departments["销售二部"]),
        "zhou_code": CODE,
    }
    records = {
        "zhou_account": ("account", {"name": "周家的客户", "owner": zhou, "credit_code": CODE}),
        "xia_account": ("account", {"name": "夏家的客户", "owner": xia}),
        "zhou_lead": ("lead", {"name": "周家的", "source": "web_form", "owner": zhou}),
        "xia_lead": ("lead", {"name": "夏家的", "source": "web_form", "owner": xia}),
    }
    for name, (object_name, values) in records.items():
        made[name] = str(await workspace.create(object_name, **values))
    order = await workspace.create("order", account=made["xia_account"], owner=xia)
    made["xia_order"] = str(order)
    yield made


async def person(workspace: Workspace, login: str) -> Client:
    if login == "nobody":
        return Client(workspace.client())
    return await workspace.as_person(login)


@pytest.mark.parametrize("case", cases("requests.yaml"))
async def test_request(workspace: Workspace, world: dict[str, str], case: Any) -> None:
    client = await person(workspace, case.get("as", "xia"))
    answer = await send(client, filled(case, world))
    judge(answer, case["expect"], unquote(repr(case)))


def filled(case: Any, world: dict[str, str]) -> Any:
    """The case with the world's ids in place of their names, and long texts made long."""
    if isinstance(case, dict):
        return {key: filled(value, {**world, **longer(case)}) for key, value in case.items()}
    if isinstance(case, list):
        return [filled(each, world) for each in case]
    if isinstance(case, str):
        for name, value in world.items():
            case = case.replace("{" + name + "}", value)
        return case.replace("LONG", world.get("LONG", "LONG"))
    return case


def longer(case: Any) -> dict[str, str]:
    return {"LONG": "x" * case["long"]} if isinstance(case.get("long"), int) else {}


async def send(client: Client, case: Any) -> httpx.Response:
    content, kind = body_of(case)
    headers = dict(case.get("headers", {}))
    if content is not None and case.get("type", kind):
        headers["Content-Type"] = case.get("type", kind)
    request = client.http.build_request(
        case.get("method", "POST"),
        f"/api/v1{case['path']}",
        content=content,
        headers=[(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    )
    if content is not None and not case.get("type", kind):
        request.headers.pop("Content-Type", None)
    return await client.http.send(request)


def body_of(case: Any) -> tuple[bytes | None, str | None]:
    if "raw" in case:
        digits = "9" * case.get("digits", 0)
        return case["raw"].replace("DIGITS", digits).encode(), "application/json"
    if "repeat" in case:
        text, times = case["repeat"]
        return (text * times).encode(), "application/json"
    if "hex" in case:
        return bytes.fromhex(case["hex"]), "application/json"
    if "filter" in case:
        body: dict[str, Any] = {"filter": large_filter(case["filter"])}
        if case.get("measures"):
            body["measures"] = [{"function": "count", "as": "n"}]
        return dumped(body), "application/json"
    if "json" in case:
        return json.dumps(case["json"]).encode(), "application/json"
    return None, None


def large_filter(size: dict[str, int]) -> Any:
    rule = {"field": "name", "operator": "=", "value": "x"}
    if "nodes" in size:
        return {"combinator": "or", "rules": [rule] * size["nodes"]}
    if "values" in size:
        values = [f"n{number}" for number in range(size["values"])]
        return {"rules": [{"field": "name", "operator": "in", "value": values}]}
    return Nested(size["levels"])


class Nested:
    """A filter in a filter in a filter; written without recursion."""

    def __init__(self, levels: int) -> None:
        self.levels = levels


def dumped(body: dict[str, Any]) -> bytes:
    nested = body["filter"]
    if not isinstance(nested, Nested):
        return json.dumps(body).encode()
    opened = '{"rules": [' * nested.levels
    return ('{"filter": ' + opened + "]}" * nested.levels + "}").encode()


def judge(answer: httpx.Response, expect: Any, case: str) -> None:
    """Hold an answer to `case` against what is written."""
    statuses = expect["status"] if isinstance(expect["status"], list) else [expect["status"]]
    assert answer.status_code in statuses, answer.text[:2000]
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        judge_problem(answer, case)
    for word in expect.get("without", ()):
        assert word not in answer.text
    if answer.request.method == "HEAD":
        return
    if answer.status_code < 300:
        judge_success(answer, expect)
        return
    problem = answer.json()
    if "code" in expect:
        assert expect["code"] in codes_of(problem), problem
    if "field" in expect:
        assert expect["field"] in [each["field"] for each in problem["errors"]], problem
    if "title" in expect:
        assert problem["title"] == expect["title"]


def judge_success(answer: httpx.Response, expect: Any) -> None:
    if expect.get("empty"):
        assert answer.json()["data"] == []
    for name, value in expect.get("body", {}).items():
        assert answer.json()[name] == value


def judge_problem(answer: httpx.Response, case: str) -> None:
    """Every refusal has one shape, and tells nothing of the inside that was not in the request."""
    assert answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) >= MEMBERS
    assert problem["status"] == answer.status_code
    for word in INSIDE:
        assert word not in answer.text or word in case


def codes_of(problem: Any) -> set[str]:
    return {problem["code"], *(each["code"] for each in problem["errors"])}


# Values, by each way that writes

REQUIRED: dict[str, dict[str, Any]] = {
    "lead": {"name": "好的", "source": "web_form"},
    "account": {"name": "好的"},
    "order": {"account": "{xia_account}"},
}
WAYS = ("create", "update", "bulk-create-all", "bulk-create-each", "bulk-update")


def by_each_way() -> list[Any]:
    """Every value by every way that writes, but those in which the field means something else."""
    return [
        pytest.param(case, way, id=f"{case['id']}-{way}")
        for (case,) in (each.values for each in cases("values.yaml"))
        for way in WAYS
        if way not in case.get("not_in", ())
    ]


@pytest.mark.parametrize(("case", "way"), by_each_way())
async def test_value(workspace: Workspace, world: dict[str, str], case: Any, way: str) -> None:
    client = await workspace.as_person("xia")
    case = filled({**case, **({"value": "x" * case["long"]} if "long" in case else {})}, world)
    codes = await write(client, case, way, world)
    expected = case["expect"] if isinstance(case["expect"], list) else [case["expect"]]
    assert codes & set(expected), codes


@pytest.mark.parametrize(
    "case", [each for each in cases("values.yaml") if "cell" in each.values[0]]
)
async def test_cell(workspace: Workspace, world: dict[str, str], case: Any) -> None:
    """The same value in a file that is imported: the row is refused, and told why."""
    client = await workspace.as_person("xia")
    full = {**filled(REQUIRED[case["object"]], world), case["field"]: case["cell"]}
    content = ",".join(full) + "\n" + ",".join(full.values()) + "\n"
    answer = await client.http.post(
        "/api/v1/imports/preview",
        files={"file": ("values.csv", content.encode())},
        data={"object": case["object"], "mapping": json.dumps({name: name for name in full})},
    )
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["preview"]
    expected = case["expect"] if isinstance(case["expect"], list) else [case["expect"]]
    codes = {each["code"] for each in row["errors"]}
    assert codes & set(expected), row


async def write(client: Client, case: Any, way: str, world: dict[str, str]) -> set[str]:
    """Send the value in one way; the codes of what is wrong with it."""
    name, value = case["object"], {case["field"]: case["value"]}
    full = {**filled(REQUIRED[name], world), **value}
    record = world[f"xia_{name}"]
    if way == "create":
        answer = await client.post(f"/records/{name}", full)
    elif way == "update":
        answer = await client.patch(f"/records/{name}/{record}", value, 1)
    elif way == "bulk-update":
        rows = [{"id": record, **value}]
        answer = await client.post(
            f"/records/{name}/bulk", {"operation": "update", "mode": "all", "rows": rows}
        )
    else:
        mode = way.rpartition("-")[2]
        body = {"operation": "create", "mode": mode, "rows": [full]}
        answer = await client.post(f"/records/{name}/bulk", body)
        if mode == "each":
            assert answer.status_code == 200, answer.text
            (result,) = answer.json()["results"]
            assert result["status"] == "refused"
            return {each["code"] for each in result["errors"]}
    assert answer.status_code == 422, answer.text
    judge_problem(answer, repr(case))
    return codes_of(answer.json())
