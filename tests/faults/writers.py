"""Clients that write as fast as they are asked to, and never give up on a request.

A request without a full answer is sent again as it was, with the same key or the same version,
until there is one: what a careful program does.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults import acts
from tests.faults.ledger import Fact, Ledger
from tests.faults.served import Answer, Connection, Request, Served

PATIENCE_S = 90.0
PAUSE_S = 0.1


class Silence(Exception):
    """No answer in all the time that a writer is ready to wait."""


@dataclass
class Writer:
    """One client with its own author, at `every_s` seconds from one write to the next."""

    connection: Connection
    author: acts.Author
    ledger: Ledger
    every_s: float
    gate: threading.Event
    stop: threading.Event
    answered: threading.Condition
    sent_at: float = 0.0
    """When the request that waits for its answer was sent, 0.0 while there is none."""
    last_sent_at: float = 0.0
    answered_since: float = 0.0
    """When the last request that was answered with a success was sent."""
    idle: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None

    def run(self) -> None:
        """Write until asked to stop."""
        try:
            due = time.monotonic()
            while not self.stop.is_set():
                if not self.gate.is_set():
                    self.idle.set()
                    self.gate.wait()
                    self.idle.clear()
                    due = time.monotonic()
                    continue
                self.write(self.author.next())
                due = max(due + self.every_s, time.monotonic() - self.every_s)
                self.stop.wait(max(0.0, due - time.monotonic()))
        except Exception as error:  # noqa: BLE001 - kept, and raised where writers are waited for
            self.failure = error
        finally:
            self.idle.set()
            self.connection.close()

    def write(self, act: acts.Act) -> None:
        """Do a write until it is answered, and note what the answer tells."""
        answer, tries = self.insist(act.request)
        told = self.told(act, answer, tries)
        if told is None:
            overtaken = act.facts_if_overtaken(answer)
            if overtaken is None:
                self.ledger.surprise(act.request, answer)
                self.author.forget(act.request)
            else:
                self.ledger.count("overtaken")
                self.author.learn(overtaken)
            return
        self.ledger.note(act.request, answer, told)
        self.author.learn(told)
        with self.answered:
            self.answered_since = self.last_sent_at
            self.answered.notify_all()

    def told(self, act: acts.Act, answer: Answer, tries: int) -> list[Fact] | None:
        """The facts that an answer tells; None where no fault explains it."""
        if 200 <= answer.status < 300:
            return act.facts(answer)
        found = act.facts_if_done_before(answer) if tries > 1 else None
        if found is not None:
            self.ledger.count("found done")
        return found

    def insist(self, request: Request) -> tuple[Answer, int]:
        """The answer to a request, and how often it was sent. Raises Silence."""
        deadline = time.monotonic() + PATIENCE_S
        tries = 0
        while time.monotonic() < deadline:
            tries += 1
            answer = self.attempt(request)
            if answer is not None and not is_passing(answer):
                return answer, tries
            time.sleep(PAUSE_S)
        raise Silence(request)

    def attempt(self, request: Request) -> Answer | None:
        """Send once; None without a full answer."""
        self.sent_at = self.last_sent_at = time.monotonic()
        try:
            answer = self.connection.ask(request)
        except (OSError, http.client.HTTPException):
            self.ledger.count("unanswered")
            return None
        finally:
            self.sent_at = 0.0
        if is_passing(answer):
            self.ledger.count(f"{answer.status} {answer.code}")
        return answer


def is_passing(answer: Answer) -> bool:
    """Whether an answer says itself that the same may succeed a moment later."""
    if answer.status == 503:
        return "retry-after" in answer.headers and answer.code != ""
    return answer.status == 409 and answer.code in ("still_running", "retry")


class Writers:
    """Many writers together."""

    def __init__(
        self, served: Served, seed: int, *, count: int = 12, per_second: float = 200.0
    ) -> None:
        self.ledger = Ledger()
        self._gate, self._stop = threading.Event(), threading.Event()
        self._answered = threading.Condition()
        token = served.sign_in()
        preparing = served.connection(token)
        accounts, product = acts.prepare(preparing)
        preparing.close()
        self.writers = [
            Writer(
                connection=served.connection(token),
                author=acts.Author(
                    f"{seed}-{number}", random.Random(f"{seed} {number}"), accounts, product
                ),
                ledger=self.ledger,
                every_s=count / per_second,
                gate=self._gate,
                stop=self._stop,
                answered=self._answered,
            )
            for number in range(count)
        ]
        self._threads = [threading.Thread(target=writer.run) for writer in self.writers]
        for thread in self._threads:
            thread.start()

    def go_on(self) -> None:
        """Let them write."""
        self._gate.set()

    def hold(self) -> None:
        """Let each get its answer, and wait."""
        self._gate.clear()
        for writer in self.writers:
            assert writer.idle.wait(PATIENCE_S + 30), "a writer got no answer"
        self.check()

    def in_flight(self) -> int:
        """How many requests wait for an answer now."""
        return sum(writer.sent_at > 0 for writer in self.writers)

    def wait_for_success_since(self, moment: float) -> float:
        """Wait for an answer to a request that was sent after `moment`; seconds from then."""
        with self._answered:
            came = self._answered.wait_for(lambda: self._is_answered_since(moment), PATIENCE_S)
        assert came, "the service did not come back"
        return time.monotonic() - moment

    def _is_answered_since(self, moment: float) -> bool:
        return any(
            writer.answered_since > moment or writer.failure is not None for writer in self.writers
        )

    def check(self) -> None:
        """Raise what ended a writer."""
        for writer in self.writers:
            if writer.failure is not None:
                raise writer.failure

    def end(self) -> None:
        """Let each finish what it does, and end."""
        self._stop.set()
        self._gate.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def writing(served: Served, seed: int, *, per_second: float = 200.0) -> Iterator[Writers]:
    """Writers that write; ended at the end."""
    writers = Writers(served, seed, per_second=per_second)
    try:
        writers.go_on()
        yield writers
    finally:
        writers.end()
