"""The database stopped and started under load: 503 meanwhile, then on, nothing restarted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sanhuan.database import installation, server
from tests.faults import publishing, rounds
from tests.faults.served import PASSWORD, Answer, Connection, Request, Served, served
from tests.faults.writers import writing
from tests.serving import new_folder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

LEAD = {"name": "李明"}
ASKED = (
    Request("GET", "/records/lead"),
    Request("GET", "/me"),
    Request("GET", "/workspace"),
    Request("GET", "/changes"),
    Request("POST", "/records/lead", LEAD),
    Request("POST", "/records/lead", LEAD, key="asked while the database was away"),
    Request("POST", "/records/lead/bulk", {"operation": "create", "rows": [LEAD]}),
    Request("POST", "/session", {"login": "admin", "password": PASSWORD}),
    Request("GET", "/stream"),
)
TOLD_WITHIN_S = 15.0
"""Five in the product's terms; a busy machine takes longer."""


@pytest.fixture
def postgresql() -> Iterator[server.Server]:
    """A PostgreSQL that no supervisor keeps alive."""
    folder = new_folder()
    running = server.Server(folder / "pg")
    running.start()
    installation.make_database(running)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


def test_database_stopped_under_load_is_told_and_gone_on_from(postgresql: server.Server) -> None:
    url = postgresql.superuser_conninfo(installation.DATABASE)
    with served(url) as running, writing(running, 3, per_second=100) as writers:
        processes = (running.web, running.worker)
        token = running.sign_in()
        writers.wait_for_success_since(time.monotonic())

        postgresql.stop()
        answers = [answer for _ in range(2) for answer in all_at_once(running, token)]
        postgresql.start()
        back_s = writers.wait_for_success_since(time.monotonic())
        writers.hold()

        print(f"back after {back_s:.1f} s; {writers.ledger.counts}")
        assert [problem(answer) for answer in answers] == ["503 as it should be"] * len(answers)
        assert rounds.compare(running, writers) == []
        assert (running.web, running.worker) == processes
        assert not running.serving.having("ended unexpectedly")
        assert (
            publishing.publish(running, {"id": "lead", "label": {"zh": "商谈"}})["state"] == "done"
        )


def all_at_once(running: Served, token: str) -> list[Answer]:
    """The answers to requests of each kind, sent together."""

    def ask(request: Request) -> Answer:
        connection = Connection(running.port, token, timeout_s=TOLD_WITHIN_S)
        try:
            return connection.ask(request)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(ASKED)) as pool:
        return list(pool.map(ask, ASKED))


def problem(answer: Answer) -> str:
    """What is wrong with an answer that should tell that the database is away."""
    is_told = answer.status == 503 and answer.code in ("database_unavailable", "pool_full")
    if is_told and int(answer.headers.get("retry-after", "0")) > 0:
        return "503 as it should be"
    return f"{answer.status} {answer.headers} {answer.body[:200]!r}"
