"""Definitions change while people work (TRUST.md I06): no request fails.

The object is small here; how long requests take beside a change of a large one is a benchmark.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from tests.faults import publishing
from tests.faults.served import Answer, Connection, Request, Served

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

CLIENTS = 6
PER_SECOND = 100.0
AFTER_S = 0.5
"""How long requests go on after each publication."""

TEXT = {"id": "motto", "name": "motto", "type": "text", "label": {"zh": "座右铭"}}


@dataclass
class Load:
    """Clients that list, read, create and change leads, all with what stays defined."""

    installation: Served
    token: str
    told: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    longest_s: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def client(self) -> None:
        """Ask one thing after the other until told to stop."""
        connection = self.installation.connection(self.token)
        record = self.ask(connection, created()).json
        due = time.monotonic()
        for number in itertools.count():
            if self.stop.is_set():
                break
            answer = self.ask(connection, following(number, record))
            if answer.status == 200 and "version" in answer.json:
                record = answer.json
            due = max(due + CLIENTS / PER_SECOND, time.monotonic() - 1)
            self.stop.wait(max(0.0, due - time.monotonic()))
        connection.close()

    def ask(self, connection: Connection, request: Request) -> Answer:
        """The answer, counted."""
        began = time.monotonic()
        answer = connection.ask(request)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        self.told[f"{request.method} {answer.status}"] += 1
        if answer.status >= 300:
            self.failed.append(f"{request.method} {request.path}: {answer.status} {answer.body!r}")
        return answer


def created() -> Request:
    body = {"name": "李明", "state": "assigned"}
    return Request("POST", "/records/lead", body, key=str(uuid4()))


def following(number: int, record: dict[str, Any]) -> Request:
    """The next request of a client that has made a record."""
    place = f"/records/lead/{record['id']}"
    every = (
        Request("GET", "/records/lead?limit=50&sort=-created_at"),
        Request("PATCH", place, {"need": str(number)}, version=record["version"]),
        Request("GET", place),
        created(),
        Request("GET", "/objects/lead"),
        Request("POST", "/records/lead/query", {"fields": ["name", "account.name"], "q": "李"}),
    )
    return every[number % len(every)]


@contextmanager
def loaded(installation: Served) -> Iterator[Load]:
    """Requests beside what is done."""
    load = Load(installation, installation.sign_in())
    threads = [threading.Thread(target=load.client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop.set()
        for thread in threads:
            thread.join()


def test_no_request_fails_while_definitions_change(installation: Served) -> None:
    began = time.monotonic()
    with loaded(installation) as load:
        for what, fields in CHANGES.items():
            done = publishing.publish(installation, {"id": "lead", "fields": fields})
            assert done["state"] == "done", (what, done)
            load.stop.wait(AFTER_S)
    lasted_s = time.monotonic() - began

    total = load.told.total()
    print(
        f"{total} requests, {total / lasted_s:.0f}/s, longest {load.longest_s:.2f} s; {load.told}"
    )
    assert load.failed == []
    assert total > 100
    assert installation.verify().holds


CHANGES: dict[str, list[dict[str, Any]]] = {
    "added": [TEXT],
    "renamed": [{**TEXT, "name": "slogan"}],
    "indexed": [{**TEXT, "name": "slogan", "indexed": True, "searchable": True}],
    "another added": [
        {**TEXT, "name": "slogan", "indexed": True, "searchable": True},
        {"id": "odds", "name": "odds", "type": "decimal", "scale": 1, "label": {"zh": "把握"}},
    ],
    "widened": [
        {**TEXT, "name": "slogan"},
        {"id": "odds", "name": "odds", "type": "decimal", "scale": 3, "label": {"zh": "把握"}},
    ],
    "dropped": [
        {**TEXT, "name": "slogan", "dropped": True},
        {"id": "odds", "name": "odds", "type": "decimal", "scale": 3, "label": {"zh": "把握"}},
    ],
    "brought back": [TEXT],
}
