"""From a signed message to a lead: TRUST H08, H09, H11."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sanhuan.identity.access import SYSTEM_USER
from sanhuan.touchpoints import errors, secrets
from tests.integration.touchpoints.conftest import Outer, event


async def test_signed_event_becomes_a_lead_with_its_account(outer: Outer) -> None:
    received = await outer.send(
        event("lead.created", lead="w-1", name="王芳", company="越辰建设", phone="138 1234 5678")
    )
    assert received == (1, 0)
    assert await outer.apply() == 1

    [lead] = await outer.list("lead")
    assert (lead["name"], lead["phone"], lead["source"]) == ("王芳", "13812345678", "web_form")
    assert lead["account"]["title"] == "越辰建设"
    assert lead["owner"] is None
    assert await outer.states() == {"msg-1": "applied"}
