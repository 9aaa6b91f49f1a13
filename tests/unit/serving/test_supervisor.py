"""Children are kept running and stopped in order. Processes and time are played here."""

import os
import signal
from collections.abc import Iterator

import pytest

from sanhuan import errors
from sanhuan.serving import supervisor


class FakeProcess:
    """A process that ends when it is told to, or stays through signals that it ignores."""

    def __init__(self, log: list[str], name: str, ignores: tuple[int, ...] = ()) -> None:
        self.pid = 1
        self.code: int | None = None
        self.log = log
        self.name = name
        self.ignores = ignores

    def poll(self) -> int | None:
        return self.code

    def send_signal(self, sig: int) -> None:
        self.log.append(f"{self.name} {signal.Signals(sig).name}")
        if sig not in self.ignores:
            self.code = -sig


class Scene:
    """Two children under a supervisor, a clock that is moved, and what was said."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[str] = []
        self.said: list[str] = []
        self.started: list[FakeProcess] = []
        self.ignores: tuple[int, ...] = ()
        self.children = [self.child("database"), self.child("web")]
        self.supervisor = supervisor.Supervisor(
            self.children, lambda text: self.said.append(text.en), lambda: self.now
        )

    def child(self, name: str) -> supervisor.Child:
        def start() -> FakeProcess:
            self.started.append(FakeProcess(self.log, name, self.ignores))
            return self.started[-1]

        return supervisor.Child(name=errors.Text(name, name), start=start, stop_timeout_s=10)

    def end(self, index: int, code: int = 1) -> None:
        """The child ends by itself."""
        process = self.children[index].process
        assert isinstance(process, FakeProcess)
        process.code = code


class FakeWishes(supervisor.Wishes):
    """Waiting moves the scene's clock; wishes to stop come after so many waits."""

    def __init__(self, scene: Scene, stops_at: tuple[int, ...] = (1,)) -> None:
        super().__init__(-1)
        self.scene = scene
        self.stops_at = stops_at
        self.waits = 0

    def wait(self, timeout_s: float | None) -> None:
        self.waits += 1
        self.stops += self.waits in self.stops_at
        self.scene.now += timeout_s or 0.0


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_all_children_are_started_in_order(scene: Scene) -> None:
    scene.supervisor.look()

    assert [process.name for process in scene.started] == ["database", "web"]


def test_child_that_ends_is_started_again_after_a_pause(scene: Scene) -> None:
    scene.supervisor.look()
    scene.end(1)
    scene.supervisor.look()
    assert len(scene.started) == 2

    scene.now += 0.5
    scene.supervisor.look()

    assert [process.name for process in scene.started] == ["database", "web", "web"]


def test_end_is_told_with_its_reason(scene: Scene) -> None:
    scene.supervisor.look()
    scene.end(1, code=-signal.SIGKILL)
    scene.supervisor.look()

    assert scene.said == ["web ended unexpectedly (ended by SIGKILL); it starts again in 0.5 s."]


def test_pause_doubles_while_the_child_keeps_ending(scene: Scene) -> None:
    pauses = []
    for _ in range(9):
        scene.supervisor.look()
        scene.end(1)
        scene.supervisor.look()
        wait = scene.supervisor.seconds_to_next_start()
        assert wait is not None
        pauses.append(wait)
        scene.now += wait

    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_pause_is_short_again_after_a_steady_run(scene: Scene) -> None:
    for _ in range(3):
        scene.supervisor.look()
        scene.end(1)
        scene.supervisor.look()
        scene.now += 100
    scene.supervisor.look()
    scene.now += 3600
    scene.end(1)
    scene.supervisor.look()

    assert scene.supervisor.seconds_to_next_start() == 0.5


def test_child_that_can_not_be_started_is_tried_again_later(scene: Scene) -> None:
    def refuse() -> FakeProcess:
        raise errors.SanhuanError(errors.Text("磁盘已满", "disk full"))

    scene.children[0].start = refuse
    scene.supervisor.look()

    assert "disk full" in scene.said[0]
    assert scene.supervisor.seconds_to_next_start() == 0.5


def test_nothing_is_waited_for_while_all_run(scene: Scene) -> None:
    scene.supervisor.look()

    assert scene.supervisor.seconds_to_next_start() is None


def test_last_started_is_stopped_first(scene: Scene) -> None:
    scene.supervisor.run(FakeWishes(scene))

    assert scene.log == ["web SIGTERM", "database SIGTERM"]


def test_child_that_does_not_stop_in_its_time_is_killed(scene: Scene) -> None:
    scene.ignores = (signal.SIGTERM,)
    scene.supervisor.run(FakeWishes(scene))

    assert scene.log == ["web SIGTERM", "web SIGKILL", "database SIGTERM", "database SIGKILL"]
    assert scene.now == 20


def test_second_wish_to_stop_kills_at_once(scene: Scene) -> None:
    scene.ignores = (signal.SIGTERM,)
    scene.supervisor.run(FakeWishes(scene, stops_at=(1, 2)))

    assert scene.log[:2] == ["web SIGTERM", "web SIGKILL"]
    assert scene.now < 20


def test_child_that_has_ended_is_not_signalled(scene: Scene) -> None:
    scene.supervisor.look()
    scene.end(1)
    scene.supervisor.stop(FakeWishes(scene))

    assert scene.log == ["database SIGTERM"]


def test_children_are_stopped_when_looking_fails(scene: Scene) -> None:
    def fail() -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scene.supervisor.run(FakeWishes(scene), fail)

    assert scene.log == ["web SIGTERM", "database SIGTERM"]


@pytest.fixture
def wishes() -> Iterator[supervisor.Wishes]:
    with supervisor.listening() as listening:
        yield listening


def test_signal_wakes_and_counts(wishes: supervisor.Wishes) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    wishes.wait(None)

    assert wishes.stops == 1


def test_end_of_a_child_wakes(wishes: supervisor.Wishes) -> None:
    child = os.posix_spawn("/bin/true", ["true"], os.environ)
    wishes.wait(None)
    os.waitpid(child, 0)

    assert wishes.stops == 0


@pytest.mark.parametrize(
    ("code", "text"), [(0, "exit code 0"), (3, "exit code 3"), (-9, "ended by SIGKILL")]
)
def test_reason_of_an_exit_code(code: int, text: str) -> None:
    assert supervisor.reason(code).en == text
