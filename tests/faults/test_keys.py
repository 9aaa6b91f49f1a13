"""TRUST.md F01, F03 over HTTP: one key, one record, whenever it comes and whatever breaks."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest

from tests.faults.served import POLL_S, Answer, Connection, Request, Served
from tests.serving import WAIT_S

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

PAIRS = 200


def lead(need: str) -> dict[str, Any]:
    return {"name": "李明", "need": need}


def count(connection: Connection, need: str) -> int:
    """How many leads there are with this need, up to 500."""
    rule = {"field": "need", "operator": "beginsWith", "value": need}
    asked = {"filter": {"combinator": "and", "rules": [rule]}, "limit": 500, "fields": ["need"]}
    answer = connection.ask(Request("POST", "/records/lead/query", asked))
    assert answer.status == 200, answer
    return len(answer.json["data"])


def test_same_post_twice_at_once_makes_one_record(
    installation: Served, administrator: Connection
) -> None:
    """F01: the second is told the first answer, or that the first is still at work."""
    other = installation.connection(administrator.token)
    name, together = str(uuid4()), 0
    for number in range(PAIRS):
        request = Request(
            "POST", "/records/lead", lead(f"{name} {number}."), key=f"{name} {number}"
        )
        administrator.send(request)
        other.send(request)
        pair = administrator.receive(), other.receive()
        made = [answer for answer in pair if answer.status == 201]
        assert made, pair
        assert len({answer.body for answer in made}) == 1
        assert all(is_made_or_at_work(answer) for answer in pair), pair
        together += len(made) == 1
        assert other.ask(request).body == made[0].body
    other.close()
    print(f"{PAIRS} pairs, {together} of them met")

    assert count(administrator, name) == PAIRS


def is_made_or_at_work(answer: Answer) -> bool:
    return answer.status == 201 or (
        (answer.status, answer.code) == (409, "still_running") and "retry-after" in answer.headers
    )


def test_retry_after_a_crash_between_commit_and_answer_is_told_the_first_answer(
    installation: Served, administrator: Connection
) -> None:
    """F03: nobody read the first answer, and its process is gone."""
    key = str(uuid4())
    request = Request("POST", "/records/lead", lead(key), key=key)

    administrator.send(request)
    kept = kept_answer(installation, key)
    installation.kill("web")
    administrator.close()
    installation.wait_until_ready()
    again = administrator.ask(request)

    assert again.status == 201
    assert again.body == kept
    assert again.headers["location"].endswith(again.json["id"])
    assert count(administrator, key) == 1


def kept_answer(installation: Served, key: str) -> bytes:
    """The answer that was committed under a key, as soon as it is."""
    deadline = time.monotonic() + WAIT_S
    with installation.owner() as owner:
        while time.monotonic() < deadline:
            found = owner.execute(
                "select answer from kernel.idempotency where key = %s", [key]
            ).fetchone()
            if found is not None:
                return bytes(found[0])
            time.sleep(POLL_S)
    raise AssertionError("nothing was committed")
