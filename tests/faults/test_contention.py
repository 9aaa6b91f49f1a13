"""TRUST.md F15, F16: transactions that PostgreSQL gives up for others are done again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.faults.served import POLL_S, Answer, Connection, Request, Served
from tests.serving import WAIT_S

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

RECORDS = 40
ROUNDS = 15


@pytest.fixture
def accounts(administrator: Connection) -> list[str]:
    """Two accounts."""
    rows = [{"name": f"甲乙建材 {number}"} for number in range(2)]
    return created(administrator, "account", rows)


def created(connection: Connection, name: str, rows: Sequence[Any]) -> list[str]:
    """The ids of new records."""
    answer = bulk(connection, name, "create", rows)
    assert answer.status == 200, answer
    return [result["id"] for result in answer.json["results"]]


def bulk(connection: Connection, name: str, operation: str, rows: Sequence[Any]) -> Answer:
    body = {"operation": operation, "rows": rows}
    return connection.ask(Request("POST", f"/records/{name}/bulk", body, key=str(uuid4())))


def test_bulk_updates_in_opposite_order_both_succeed(
    installation: Served, administrator: Connection, accounts: list[str]
) -> None:
    """F15: the same records, and the sums of the same two accounts, from both ends."""
    rows = [{"name": "镜湖防水", "amount": "10", "account": accounts[0]}] * RECORDS
    ids = created(administrator, "opportunity", rows)
    told: Counter[str] = Counter()

    def work(backwards: bool) -> None:
        connection = installation.connection(administrator.token)
        order = ids[::-1] if backwards else ids
        for number in range(ROUNDS):
            account = accounts[(number + backwards) % 2]
            rows = [{"id": each, "amount": str(number), "account": account} for each in order]
            answer = bulk(connection, "opportunity", "update", rows)
            told[f"{answer.status} {answer.code}"] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=[each]) for each in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    print(told)
    assert set(told) <= {"200 ", "409 retry"}
    assert told["200 "] >= ROUNDS
    assert installation.verify().holds


def test_deadlock_with_another_is_tried_again(
    installation: Served, administrator: Connection
) -> None:
    """F15: a deadlock that no order of ours avoids, with PostgreSQL choosing us as its victim."""
    first, second = sorted(created(administrator, "lead", [{"name": "李明"}] * 2))
    lock = "select from data.o_lead where id = %s for update"
    with psycopg.connect(installation.access.owner) as stranger, installation.owner() as owner:
        stranger.execute("set deadlock_timeout = '1min'")
        stranger.execute(lock, [second])
        rows = [{"id": each, "name": "王芳"} for each in (first, second)]
        connection = installation.connection(administrator.token)
        answers: list[Answer] = []
        thread = threading.Thread(
            target=lambda: answers.append(bulk(connection, "lead", "update", rows))
        )
        thread.start()
        wait_for_waiter(owner)
        stranger.execute(lock, [first])
        stranger.commit()
        thread.join()
        connection.close()

    assert [answer.status for answer in answers] == [200], answers


def wait_for_waiter(owner: psycopg.Connection[Any]) -> None:
    """Return when some request of the web process waits for a lock."""
    deadline = time.monotonic() + WAIT_S
    while not owner.execute(
        "select pid from pg_stat_activity"
        " where application_name = 'sanhuan web' and wait_event_type = 'Lock'"
    ).fetchone():
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(POLL_S)


@contextmanager
def failing(installation: Served, of_ten: int) -> Iterator[None]:
    """Let so many of ten writes of leads fail as serialisation failures do, evenly spread."""
    with installation.owner() as owner:
        owner.execute(
            f"""
            create sequence kernel.fault;
            grant usage on sequence kernel.fault to sanhuan_app;
            create function kernel.fail() returns trigger language plpgsql as $$
            begin
                if nextval('kernel.fault') * 7 % 10 < {of_ten:d} then
                    raise exception 'forced' using errcode = '40001';
                end if;
                return null;
            end $$;
            create trigger fault after insert or update on data.o_lead
                for each statement execute function kernel.fail();
            """
        )
        try:
            yield
        finally:
            owner.execute(
                "drop trigger fault on data.o_lead; drop function kernel.fail();"
                " drop sequence kernel.fault"
            )


def test_serialisation_failures_are_tried_again(
    installation: Served, administrator: Connection
) -> None:
    """F16: three of ten statements fail; everyone succeeds within three tries, or is told."""
    told: Counter[str] = Counter()
    with failing(installation, of_ten=3):
        for number in range(100):
            request = Request("POST", "/records/lead", {"name": f"李 {number}"}, key=str(uuid4()))
            answer = administrator.ask(request)
            told[f"{answer.status} {answer.code}"] += 1

    print(told)
    assert set(told) <= {"201 ", "409 retry"}
    assert told["201 "] >= 90


def test_serialisation_failures_without_end_are_told(
    installation: Served, administrator: Connection
) -> None:
    """F16: after the third try it is a conflict, and nothing is saved."""
    with failing(installation, of_ten=10):
        request = Request("POST", "/records/lead", {"name": "赵 F16"}, key=str(uuid4()))
        answer = administrator.ask(request)

    assert (answer.status, answer.code) == (409, "retry")
    again = administrator.ask(request)
    assert again.status == 201
