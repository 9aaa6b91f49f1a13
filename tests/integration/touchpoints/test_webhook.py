"""From a signed message to a lead: TRUST H08, H09, H11, H16."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from sanhuan.identity.access import SYSTEM_USER
from sanhuan.touchpoints import errors, messages, secrets, state
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


async def test_message_repeated_later_has_no_second_effect(outer: Outer) -> None:
    """H08: a repeat with a fresh signature answers as the first did, and changes nothing."""
    body = event("lead.created", lead="w-1", name="王芳", phone="13812345678")
    await outer.send(body, id_="m")
    await outer.apply()
    outer.clock.advance(timedelta(days=2))

    assert await outer.send(body, id_="m") == (0, 1)
    await outer.apply()
    assert len(await outer.list("lead")) == 1
    assert len(await outer.rows("select from kernel.change where object_id = 'lead'")) == 2


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_message_signed_more_than_five_minutes_off_is_stale(
    outer: Outer, seconds: int
) -> None:
    """H08"""
    signed_at = outer.clock.now() + timedelta(seconds=seconds)
    with pytest.raises(errors.Stale):
        await outer.send(event("lead.created", lead="w-1", name="王芳"), signed_at=signed_at)
    assert await outer.states() == {}


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_message_signed_five_minutes_off_is_taken(outer: Outer, seconds: int) -> None:
    signed_at = outer.clock.now() + timedelta(seconds=seconds)
    await outer.send(event("lead.created", lead="w-1", name="王芳"), signed_at=signed_at)
    assert await outer.states() == {"msg-1": "new"}


async def test_same_id_with_another_body_is_a_conflict(outer: Outer) -> None:
    """H09: and the first body stays."""
    await outer.send(event("lead.created", lead="w-1", name="王芳"), id_="m")
    with pytest.raises(errors.EventConflict) as caught:
        await outer.send(event("lead.created", lead="w-1", name="李四"), id_="m")
    assert caught.value.ids == ("m",)
    await outer.apply()
    [lead] = await outer.list("lead")
    assert lead["name"] == "王芳"
    [(conflicts,)] = await outer.rows("select conflicts from kernel.source_event")
    assert conflicts == 1


async def test_key_order_and_spaces_do_not_make_another_body(outer: Outer) -> None:
    await outer.send(b'{"type":"lead.created","data":{"lead":"a","name":"b"}}', id_="m")
    again = b'{"data": {"name": "b", "lead": "a"}, "type": "lead.created"}'
    assert await outer.send(again, id_="m") == (0, 1)


async def test_batch_with_one_conflict_stores_the_others(outer: Outer) -> None:
    await outer.send([event("lead.created", "e-1", lead="w-1", name="王芳")])
    with pytest.raises(errors.EventConflict):
        await outer.send(
            [
                event("lead.created", "e-1", lead="w-1", name="别人"),
                event("lead.created", "e-2", lead="w-2", name="李四"),
            ]
        )
    assert await outer.states() == {"e-1": "new", "e-2": "new"}


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v1,not base64"},
        {"webhook-signature": "v1,ÿ"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": ""},
        {"webhook-signature": "nonsense"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "99999999999999999999"},
        {"webhook-id": "another"},
        {"webhook-id": ""},
    ],
)
async def test_message_without_a_fitting_signature_is_refused(
    outer: Outer, headers: dict[str, str]
) -> None:
    with pytest.raises(errors.BadSignature):
        await outer.send(event("lead.created", lead="w-1", name="王芳"), headers=headers)
    assert await outer.states() == {}


async def test_message_signed_with_another_sources_secret_is_refused(outer: Outer) -> None:
    with pytest.raises(errors.BadSignature):
        await outer.send(event("lead.created", lead="w-1", name="王芳"), source="campaign")


async def test_unknown_source_is_refused(outer: Outer) -> None:
    with pytest.raises(errors.UnknownSource):
        await outer.send(event("lead.created", lead="w-1"), source="nobody")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_message"),
        (b"not json", "bad_message"),
        (b"[]", "bad_message"),
        (b"7", "bad_message"),
        (b'{"type":"lead.created"}', "bad_message"),
        (b'{"data":{}}', "bad_message"),
        (b'{"type":"a","data":[]}', "bad_message"),
        (b'{"type":"a","data":{},"timestamp":"2026-03-31T10:00:00"}', "bad_message"),
        (b'{"type":"a","data":{"n":NaN}}', "bad_message"),
        (b'{"type":"a","data":{"n":1,"n":2}}', "duplicate_key"),
        (b'[{"type":"a","data":{}}]', "bad_message"),
        (b'[{"id":"","type":"a","data":{}}]', "bad_message"),
        (b'[{"id":"\\ud800","type":"a","data":{}}]', "bad_message"),
        (b'{"type":"a","data":{"n":"\\ud800"}}', "bad_message"),
        (b'{"type":"a","data":' + b'{"a":' * 500 + b"1" + b"}" * 501, "bad_message"),
    ],
)
async def test_body_that_is_no_message_is_refused_whole(
    outer: Outer, body: bytes, code: str
) -> None:
    """A05, H16"""
    with pytest.raises(errors.BadMessage) as caught:
        await outer.send(body)
    assert caught.value.code == code
    assert await outer.states() == {}


async def test_body_over_the_limit_is_refused(outer: Outer) -> None:
    body = json.dumps(event("lead.created", lead="w", need="x" * messages.MOST_BYTES)).encode()
    with pytest.raises(errors.TooLarge):
        await outer.send(body)


async def test_two_secrets_hold_while_one_takes_the_others_place(outer: Outer) -> None:
    async with outer.pool.connection() as connection:
        renewed = await secrets.renew(connection, "web_leads", SYSTEM_USER, outer.clock.now())
    await outer.send(event("lead.created", lead="w-1", name="王芳"))
    await outer.send(event("lead.created", lead="w-2", name="李四"), secret=renewed)
    outer.clock.advance(timedelta(hours=25))
    with pytest.raises(errors.BadSignature):
        await outer.send(event("lead.created", lead="w-3", name="赵六"))
    await outer.send(event("lead.created", lead="w-4", name="钱七"), secret=renewed)


async def test_third_secret_ends_the_first_at_once(outer: Outer) -> None:
    async with outer.pool.connection() as connection:
        for _ in range(2):
            outer.clock.advance(timedelta(seconds=1))
            await secrets.renew(connection, "web_leads", SYSTEM_USER, outer.clock.now())
        known = await secrets.current(connection, "web_leads", outer.clock.now())
    assert len(known) == 2
    assert outer.secret not in known
    with pytest.raises(errors.BadSignature):
        await outer.send(event("lead.created", lead="w-1", name="王芳"))


async def test_senders_at_once_with_one_event_store_it_once(outer: Outer) -> None:
    """H11: a sender whose connection broke before our answer sends again, maybe in parallel."""
    body = event("lead.created", lead="w-1", name="王芳")
    received = await asyncio.gather(*(outer.send(body, id_="m") for _ in range(8)))
    assert sum(one.stored for one in received) == 1
    assert sum(one.repeated for one in received) == 7


async def test_events_of_unknown_types_are_kept_and_ignored(outer: Outer) -> None:
    await outer.send(event("moon.rose", phase="full"))
    await outer.apply()
    assert await outer.states() == {"msg-1": "ignored"}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"name": None}, ("required", "name")),
        ({"industry": "e99"}, ("unknown_choice", "industry")),
        ({"phone": "不知道"}, ("bad_phone", "phone")),
        ({"expected_amount": "很多"}, ("bad_number", "expected_amount")),
        ({"expected_amount": {"a": 1}}, ("wrong_type", "expected_amount")),
        ({"name": "王" * 100}, ("too_long", "name")),
        ({"source": ["a"]}, ("wrong_type", "source")),
        ({"lead": ""}, ("required", "lead")),
        ({"lead": 7.5}, ("required", "lead")),
    ],
)
async def test_bad_event_waits_in_the_tray_and_its_neighbours_go_on(
    outer: Outer, data: dict[str, Any], fault: tuple[str, str]
) -> None:
    """H16: quarantined with its reason, the rest continues."""
    good: dict[str, Any] = {"name": "王芳", "phone": "13812345678"}
    await outer.send(
        [
            event("lead.created", "before", lead="w-1", **good),
            event("lead.created", "bad", **{"lead": "w-2", **good, **data}),
            event("lead.created", "after", lead="w-3", **good),
        ]
    )
    await outer.apply()
    assert await outer.states() == {"before": "applied", "bad": "refused", "after": "applied"}
    assert await outer.reasons() == {"bad": [fault]}
    assert len(await outer.list("lead")) == 2


async def test_refused_event_is_applied_after_it_was_mended(outer: Outer) -> None:
    """H16: replay after a fix of the mapping, here of the catalogue's missing tag."""
    [catalog] = [outer.records.catalog]
    await outer.send(event("lead.created", "e", lead="w-1", name="王芳", industry="e99"))
    await outer.apply()
    async with outer.pool.connection() as connection:
        [waiting] = await state.events(connection, catalog, "web_leads", "refused")
        shown = state.event_json(waiting, "zh")
        assert shown["errors"][0]["field"] == "industry"
        assert "没有这个选项" in shown["errors"][0]["message"]
        await outer.add_choice("lead", "industry", "e99")
        await state.replay(connection, outer.records.catalog, "web_leads", waiting.id)
    await outer.apply()
    assert await outer.states() == {"e": "applied"}
    [lead] = await outer.list("lead")
    assert lead["industry"] == "e99"


async def test_applied_event_can_not_be_replayed(outer: Outer) -> None:
    await outer.send(event("lead.created", "e", lead="w-1", name="王芳"))
    await outer.apply()
    async with outer.pool.connection() as connection:
        [applied] = await state.events(connection, outer.records.catalog, "web_leads", "applied")
        with pytest.raises(errors.NoSuchEvent):
            await state.replay(connection, outer.records.catalog, "web_leads", applied.id)


async def test_state_of_a_source_tells_lag_counts_and_silence(outer: Outer) -> None:
    """O19"""
    await outer.send(event("lead.created", "a", lead="w-1", name="王芳"))
    await outer.send(event("lead.created", "b", lead="w-2"))
    await outer.send(event("moon.rose", "c", phase="full"))
    await outer.apply()
    outer.clock.advance(timedelta(seconds=30))
    await outer.send(event("lead.created", "d", lead="w-4", name="赵六"))
    outer.clock.advance(timedelta(seconds=90))
    async with outer.pool.connection() as connection:
        found = await state.states(connection, outer.records.catalog, outer.clock.now())
    [web] = [one for one in found if one["name"] == "web_leads"]
    assert web["counts"] == {"new": 1, "waiting": 0, "applied": 1, "refused": 1, "ignored": 1}
    assert web["lag_seconds"] == 90
    assert web["last_event_at"] == outer.clock.now() - timedelta(seconds=90)
    assert (web["silent"], web["has_secret"]) == (False, True)
    outer.clock.advance(timedelta(days=2))
    async with outer.pool.connection() as connection:
        found = await state.states(connection, outer.records.catalog, outer.clock.now())
    assert [one["silent"] for one in found if one["name"] == "web_leads"] == [True]
