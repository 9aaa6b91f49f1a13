"""One lead's whole way: in by a signed webhook, checked, dispatched, a task, live on the board."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
import standardwebhooks
from playwright.sync_api import Page, expect

from tests.acceptance.browser.conftest import DEMO_PASSWORD, Served, Visit

ADMINISTRATOR, MANAGER = "luo.ziheng", "lu.jingming"
SOURCE = "web_leads"
LIVE_MS = 180_000  # the first minutes after a first start go to the sample's own history


class Api:
    """The API as one person uses it."""

    def __init__(self, base: str, login: str) -> None:
        self.http = httpx.Client(base_url=f"{base}/api/v1", timeout=30)
        credentials = {"login": login, "password": DEMO_PASSWORD}
        answer = self.http.post("/session", json=credentials)
        self.http.cookies.clear()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    def find(self, object_name: str, **values: str) -> dict[str, Any] | None:
        """The newest record with these values."""
        rules = [
            {"field": field, "operator": "=", "value": value} for field, value in values.items()
        ]
        asked = {"filter": {"combinator": "and", "rules": rules}, "limit": 1}
        found = self.http.post(f"/records/{object_name}/query", json=asked).json()["data"]
        return found[0] if found else None


def deliver(base: str, secret: str, event: dict[str, Any]) -> httpx.Response:
    """Send an event as a website would, signed by Standard Webhooks."""
    body = json.dumps(event, ensure_ascii=False)
    now, message = datetime.now(UTC), f"msg_{uuid4().hex}"
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(secret).sign(message, now, body),
        "content-type": "application/json",
    }
    return httpx.post(f"{base}/api/v1/hooks/{SOURCE}", content=body.encode(), headers=headers)


@pytest.fixture
def administrator(served: Served) -> Iterator[Api]:
    found = Api(served.base, ADMINISTRATOR)
    yield found
    found.http.close()


def test_lead_comes_in_is_dispatched_with_a_reason_and_becomes_a_task(
    visit: Visit, administrator: Api
) -> None:
    secret = administrator.http.post(f"/sources/{SOURCE}/secrets").json()["secret"]
    name = f"来客{uuid4().hex[:6]}"
    page = watching(visit, name)

    answer = deliver(
        visit.base,
        secret,
        {
            "type": "lead.created",
            "timestamp": datetime.now(UTC).isoformat(),
            "data": {
                "lead": uuid4().hex,
                "name": name,
                "company": "杭州示例装饰工程有限公司",
                "phone": "10055512345",
                "interests": ["防水"],
                "expected_amount": "260000",
            },
        },
    )
    assert answer.status_code == 200, answer.text

    news = page.get_by_text("条新记录")
    expect(news).to_be_visible(timeout=LIVE_MS)
    news.click()
    expect(page.get_by_text(name).first).to_be_visible(timeout=LIVE_MS)
    lead = dispatched(administrator, page, name)
    assert lead["tier"] is not None
    assert lead["dispatch_reason"]
    assert lead["account"] is not None
    task = administrator.find("task", about_record=lead["id"])
    assert task is not None
    assert task["assignee"]["id"] == lead["owner"]["id"]
    assert task["due_at"] > datetime.now(UTC).isoformat()[:16]


def watching(visit: Visit, name: str) -> Page:
    """The administrator's list of all leads, open and live, before the lead comes."""
    page = visit.sign_in(ADMINISTRATOR)
    page.goto(f"{visit.base}/records/lead?view=lead.all&sort=-received_at")
    page.get_by_role("row").nth(1).wait_for()
    assert page.get_by_text(name).count() == 0
    return page


def dispatched(api: Api, page: Page, name: str) -> dict[str, Any]:
    """The lead, once the page shows that it is assigned."""
    row = page.get_by_role("row").filter(has_text=name)
    expect(row.get_by_text("待首联")).to_be_visible(timeout=LIVE_MS)
    found = api.find("lead", name=name)
    assert found is not None
    return found


def test_dashboard_figures_open_their_records(visit: Visit) -> None:
    """I03: what is counted is what opens."""
    page = visit.sign_in(MANAGER)
    page.goto(f"{visit.base}/pages/sales.dashboard")
    link = page.get_by_role("link").filter(has_text="待派单").first

    link.click()

    page.wait_for_url("**/records/lead**")
    page.get_by_role("row").nth(1).wait_for()
