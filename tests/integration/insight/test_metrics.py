"""Figures: right, only of what the asker sees, and each opens exactly its records (I03, B02)."""

from __future__ import annotations

import statistics
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from sanhuan.records import Write
from tests import workspace as workspaces
from tests.databases import TestDatabase
from tests.loop import Loop

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = (600, 1_200, 1_800, 3_600, 7_200, 36_000)
"""How long six leads waited for their first contact, xia's and lin's by turns."""


@dataclass
class Company:
    """A workspace with leads in several states."""

    loop: Loop
    contacted: list[UUID] = field(default_factory=list)

    async def ask(self, login: str, *metrics: dict[str, Any]) -> dict[str, Any]:
        client = await self.loop.workspace.as_person(login)
        answer = await client.post("/metrics/query", {"metrics": list(metrics)})
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def rows(self, login: str, name: str, **asked: Any) -> list[dict[str, Any]]:
        data = await self.ask(login, {"name": name, "as": "x", **asked})
        rows: list[dict[str, Any]] = data["x"]["rows"]
        return rows

    async def value(self, login: str, name: str, **asked: Any) -> str | None:
        (row,) = await self.rows(login, name, **asked)
        value: str | None = row["value"]
        return value

    async def opened(self, login: str, drill: dict[str, Any]) -> list[dict[str, Any]]:
        """The records that a figure opens."""
        client = await self.loop.workspace.as_person(login)
        answer = await client.post(
            f"/records/{drill['object']}/query", {"filter": drill["filter"], "limit": 500}
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found


async def _lead(loop: Loop, owner: str | None, state: str, **values: Any) -> UUID:
    """A lead that came to a state in a legal way."""
    given = {} if owner is None else {"owner": str(loop.workspace.people[owner])}
    start = "new" if state == "new" else "assigned"
    amount = "500" if state == "new" else "60000"  # so little is unfit, and not dispatched
    lead = await loop.lead(
        state=start, expected_amount=amount, phone="13800138000", **given, **values
    )
    way = {"contacted": 1, "qualified": 2, "converted": 3}.get(state, 0)
    for step in ("contacted", "qualified", "converted")[:way]:
        changed: dict[str, Any] = {"state": step}
        if step == "converted":
            changed["account"] = str(await loop.workspace.create("account", name="新客户"))
        await loop.workspace.save("lead", Write("update", changed, id=lead))
    if state == "lost":
        gone = {"state": "lost", "lost_reason": "price"}
        await loop.workspace.save("lead", Write("update", gone, id=lead))
    return lead


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(
    module_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    folder: Path = tmp_path_factory.mktemp("data")
    async with workspaces.started(module_database, folder) as workspace:
        made = Company(Loop(workspace))
        await fill(made)
        yield made


async def fill(company: Company) -> None:
    loop = company.loop
    now = loop.workspace.clock.now()
    for number, seconds in enumerate(SECONDS):
        lead = await _lead(loop, ("xia", "lin")[number % 2], "assigned",
            received_at=(now - timedelta(days=1, seconds=seconds)).isoformat())  # fmt: skip
        contact = {"state": "contacted", "first_contact_at": (now - timedelta(days=1)).isoformat()}
        await loop.workspace.save("lead", Write("update", contact, id=lead))
        company.contacted.append(lead)
    for owner, states in {
        "xia": ("converted", "converted", "lost", "assigned"),
        "lin": ("converted", "lost", "lost"),
        "zhou": ("qualified", "assigned"),
        None: ("new", "new"),
    }.items():
        for state in states:
            await _lead(loop, owner, state)
    account = str(
        await loop.workspace.create("account", name="客户", owner=str(loop.workspace.people["xia"]))
    )
    for owner, amount in (("xia", "100000.50"), ("xia", "50000"), ("zhou", "7")):
        await loop.workspace.create(
            "opportunity", name="商机", account=account, amount=amount, stage="proposal",
            owner=str(loop.workspace.people[owner]),
        )  # fmt: skip
    await loop.follow()


EVERY: Sequence[tuple[str, list[str]]] = [
    ("leads_by_state", []),
    ("leads_by_state", ["state"]),
    ("leads_by_state", ["owner", "tier"]),
    ("leads_by_state", ["received_at:month"]),
    ("new_leads_today", ["state"]),
    ("first_response_median", []),
    ("first_response_median", ["owner"]),
    ("first_response_p90", ["owner"]),
    ("conversion_by_seller", ["owner"]),
    ("opportunity_amount_by_stage", ["stage"]),
    ("opportunity_amount_by_stage", ["owner"]),
    ("open_gaps", []),
    ("open_gaps", ["owner"]),
]


@pytest.mark.parametrize("login", ["admin", "lu", "xia", "zhou"])
async def test_every_figure_opens_exactly_its_records(company: Company, login: str) -> None:
    """I03: what the drill opens is what was counted, for each role."""
    counted = 0
    for name, by in EVERY:
        for row in await company.rows(login, name, group_by=by):
            found = await company.opened(login, row["drill"])
            assert reckoned(name, found) == row["value"], (login, name, by, row)
            counted += 1
    assert counted > 12


def reckoned(name: str, found: list[dict[str, Any]]) -> str | None:
    """A figure, worked out from the records in the plainest way."""
    if name.startswith("first_response"):
        values = sorted(one["first_response_seconds"] for one in found)
        if not values:
            return None
        if name.endswith("median"):
            return plain(statistics.median(values))
        place = 0.9 * (len(values) - 1)
        low = values[int(place)]
        high = values[min(int(place) + 1, len(values) - 1)]
        return plain(low + (high - low) * (place - int(place)))
    if name == "conversion_by_seller":
        won = sum(one["state"] == "converted" for one in found)
        return None if not found else f"{won / len(found):.6f}"
    if name == "opportunity_amount_by_stage":
        return f"{sum(float(one['amount']) for one in found):.2f}" if found else "0"
    return str(len(found))


def plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


async def test_median_and_p90_are_interpolated(company: Company) -> None:
    """Of 0 four times (contacted as they came), then SECONDS."""
    assert await company.value("admin", "first_response_median") == "900"
    assert await company.value("admin", "first_response_p90") == "10080"


async def test_conversion_is_of_decided_leads_by_seller(company: Company) -> None:
    rows = await company.rows("lu", "conversion_by_seller", group_by=["owner"])
    found = {row["dimension"]["owner"]["title"]: row["value"] for row in rows}
    assert found == {"夏承宇": "0.666667", "林一白": "0.333333"}


async def test_figures_are_of_the_askers_rows(company: Company) -> None:
    """B02: counts and sums leave out what the asker does not see."""
    everyone = await company.value("admin", "leads_by_state")
    assert (everyone, await company.value("zhou", "leads_by_state")) == ("17", "2")
    assert await company.value("zhou", "opportunity_amount_by_stage") == "7.00"
    assert await company.value("admin", "opportunity_amount_by_stage") == "150007.50"


async def test_gaps_are_counted_and_listed_for_who_sees_their_records(company: Company) -> None:
    counts = {login: await company.value(login, "open_gaps") for login in ("admin", "lu", "zhou")}
    assert counts == {"admin": "2", "lu": "2", "zhou": "1"}
    client = await company.loop.workspace.as_person("zhou")
    answer = await client.get("/gaps", params={"state": "open"})
    assert answer.status_code == 200, answer.text
    (gap,) = answer.json()["data"]
    assert (gap["object"], gap["gap"]) == ("lead", "lead.first_contact")
    assert (gap["record"]["title"], gap["owner"]["title"]) == ("李工", "周然")
    assert gap["left_seconds"] > 0
    assert (await client.get("/gaps", params={"state": "breached"})).json()["data"] == []


async def test_labels_units_and_instant_come_along(company: Company) -> None:
    data = await company.ask(
        "lu",
        {"name": "leads_by_state", "group_by": ["state"], "as": "a"},
        {"name": "first_response_median", "as": "b"},
        {"name": "opportunity_amount_by_stage", "as": "c"},
        {"name": "conversion_by_seller", "as": "d"},
    )
    assert [data[key]["unit"] for key in "abcd"] == ["count", "seconds", "CNY", "ratio"]
    assert data["a"]["label"] == {"zh": "线索数", "en": "Leads"}
    assert data["a"]["at"].startswith("2026-03-31T04:00:00")
    states = {row["dimension"]["state"]: row["value"] for row in data["a"]["rows"]}
    assert states["converted"] == "3"


async def test_askers_filter_narrows_the_figure(company: Company) -> None:
    rule = {"field": "owner", "operator": "=", "value": {"me": True}}
    mine = {"combinator": "and", "rules": [rule]}
    assert await company.value("xia", "leads_by_state", filter=mine) == "7"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"name": "nothing"}, "unknown_metric"),
        ({"name": "leads_by_state", "group_by": ["phone"]}, "unknown_dimension"),
        ({"name": "leads_by_state", "group_by": ["state:month"]}, "bad_aggregate"),
        (
            {
                "name": "leads_by_state",
                "filter": {"rules": [{"field": "colour", "operator": "null"}]},
            },
            "unknown_field",
        ),
    ],
)
async def test_what_can_not_be_asked_is_refused(
    company: Company, asked: dict[str, Any], code: str
) -> None:
    client = await company.loop.workspace.as_person("lu")
    answer = await client.post("/metrics/query", {"metrics": [{**asked, "as": "x"}]})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_what_the_asker_knows_nothing_of_has_no_rows(company: Company) -> None:
    """An asker without the object gets no figure, and no error that tells there is one."""
    workspace = company.loop.workspace
    login = "guest"
    workspaces_people = dict(workspace.people)
    guest = await workspace.create("user", name="访客", login=login, active=True)
    assert guest not in workspaces_people.values()
    await _let_in(company, guest)
    client = await workspace.sign_in(login)
    answer = await client.post(
        "/metrics/query", {"metrics": [{"name": "leads_by_state", "as": "x"}]}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["x"]["rows"] == []
    assert (await client.get("/gaps")).json()["data"] == []
    await client.http.aclose()


async def _let_in(company: Company, person: UUID) -> None:
    from sanhuan.identity import credentials

    kernel = company.loop.workspace.kernel
    hashed = await kernel.authenticator.passwords.hash(workspaces.PASSWORD)
    async with kernel.app.connection() as connection:
        await credentials.set_password_hash(connection, person, hashed, kernel.clock.now())
