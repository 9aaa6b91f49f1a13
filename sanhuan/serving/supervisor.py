"""Keeps child processes running, and stops them in order.

A child that ends is started again after a pause, which doubles while it keeps ending soon after its
start. Nothing is polled: the end of a child and the wish to stop arrive as signals.
"""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from sanhuan import errors

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0

Report = Callable[[errors.Text], None]


class Process(Protocol):
    """A started process, as subprocess.Popen is one."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    def poll(self) -> int | None:
        """Its exit code, None while it runs; -n when signal n ended it."""
        ...

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal."""
        ...


@dataclass(kw_only=True)
class Child:
    """A process to keep running.

    `start` starts it and returns at once. `stop_signal` asks it to stop; after `stop_timeout_s` it
    is killed. `failures` counts how often in a row it ended before it was steady; `due_at` is when
    it is to be started, None while it runs.
    """

    name: errors.Text
    start: Callable[[], Process]
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    process: Process | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float | None = 0.0


class Wishes:
    """Counts how often we were asked to stop, and wakes whoever waits for a signal."""

    def __init__(self, wake: int) -> None:
        self.stops = 0
        self._wake = wake

    def note(self, number: int, frame: FrameType | None) -> None:
        """A signal asks us to stop."""
        self.stops += 1

    def wait(self, timeout_s: float | None) -> None:
        """Return when a signal came, or after the time; None waits for a signal alone."""
        select.select([self._wake], [], [], timeout_s)
        with_nothing_left(self._wake)


def with_nothing_left(descriptor: int) -> None:
    """Read what signals wrote."""
    try:
        while os.read(descriptor, 512):
            pass
    except BlockingIOError:
        return


@contextmanager
def listening() -> Iterator[Wishes]:
    """Take SIGINT, SIGTERM, SIGHUP as wishes to stop, and be woken when a child ends."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    wishes = Wishes(reading)
    before_fd = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    before = {
        number: signal.signal(number, wishes.note)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
    try:
        yield wishes
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_fd)
        os.close(reading)
        os.close(writing)


class Supervisor:
    """Runs children, the first started first and stopped last.

    `monotonic` tells seconds; tests pass one that they move.
    """

    def __init__(
        self,
        children: Sequence[Child],
        report: Report,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.children = list(children)
        self.report = report
        self.monotonic = monotonic

    def run(self, wishes: Wishes, on_look: Callable[[], float | None] = lambda: None) -> None:
        """Keep the children running until asked to stop, then stop them.

        `on_look` is called each time; it returns in how many seconds it wants to be called again.
        """
        try:
            while not wishes.stops:
                self.look()
                waits = [self.seconds_to_next_start(), on_look()]
                wishes.wait(min((wait for wait in waits if wait is not None), default=None))
        finally:
            self.stop(wishes)

    def look(self) -> None:
        """Note which children ended, and start those that are due."""
        now = self.monotonic()
        for child in self.children:
            if child.process is not None and (code := child.process.poll()) is not None:
                self.note_end(child, reason(code), now)
            if child.due_at is not None and child.due_at <= now:
                self.start(child, now)

    def start(self, child: Child, now: float) -> None:
        """Start a child; one that can't be started is tried again later."""
        try:
            child.process = child.start()
        except errors.SanhuanError as error:
            self.note_end(child, error.message, now)
            return
        child.started_at = now
        child.due_at = None

    def note_end(self, child: Child, why: errors.Text, now: float) -> None:
        """Say why a child ended, and when it starts again."""
        ran_s = now - child.started_at if child.process is not None else 0.0
        child.failures = 1 if ran_s > STEADY_AFTER_S else child.failures + 1
        child.process = None
        pause = pause_s(child.failures)
        child.due_at = now + pause
        self.report(
            errors.Text(
                f"{child.name.zh}意外结束（{why.zh}），{pause:g} 秒后重新启动。",
                f"{child.name.en} ended unexpectedly ({why.en}); it starts again in {pause:g} s.",
            )
        )

    def seconds_to_next_start(self) -> float | None:
        """How long until a child is to be started; None when all run."""
        due = [child.due_at for child in self.children if child.due_at is not None]
        return max(0.0, min(due) - self.monotonic()) if due else None

    def stop(self, wishes: Wishes) -> None:
        """Stop the children one after the other, the last first.

        One that does not stop in its time, or when we are asked a second time, is killed.
        """
        for child in reversed(self.children):
            if child.process is None or child.process.poll() is not None:
                continue
            child.process.send_signal(child.stop_signal)
            self.wait_for_end(child.process, child, wishes)

    def wait_for_end(self, process: Process, child: Child, wishes: Wishes) -> None:
        """Return when the process has ended, by itself or killed."""
        deadline = self.monotonic() + child.stop_timeout_s
        killed = False
        while process.poll() is None:
            left = deadline - self.monotonic()
            if not killed and (left <= 0 or wishes.stops > 1):
                process.send_signal(signal.SIGKILL)
                killed = True
            wishes.wait(None if killed else left)


def pause_s(failures: int) -> float:
    """Seconds before the next start after so many failures in a row."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (failures - 1))


def reason(code: int) -> errors.Text:
    """What an exit code says, as Popen.poll gives it."""
    if code >= 0:
        return errors.Text(f"退出码 {code}", f"exit code {code}")
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    return errors.Text(f"被信号 {name} 终止", f"ended by {name}")
