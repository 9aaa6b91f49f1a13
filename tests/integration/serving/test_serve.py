"""`sanhuan serve` as a process: starts, says what is wrong, survives, stops."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from sanhuan.database import installation, postmaster
from sanhuan.database import settings as environment
from tests.serving import WAIT_S, Serving, free_port, new_folder

# The web process of these tests: takes connections, answers nothing, ends on SIGTERM.
WEB = """
import os, signal, socket, sys, threading
listener = socket.create_server(("127.0.0.1", int(os.environ["SANHUAN_PORT"])))
print("fake-web", os.getpid(), file=sys.stderr, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    listener.accept()[0].close()
"""
SERVE = f"""
import sys
from sanhuan import cli
from sanhuan.serving import serve
real = serve.command
serve.command = lambda name: [sys.executable, "-c", {WEB!r}] if name == "web" else real(name)
cli.main()
"""
FAKED = (sys.executable, "-c", SERVE, "serve")


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder that was migrated once; tests work on copies."""
    folder = new_folder()
    subprocess.run(
        [sys.executable, "-m", "sanhuan", "migrate"],
        env={**os.environ, "SANHUAN_DATA": str(folder / "var"), "SANHUAN_SAMPLE": "none"},
        check=True,
    )
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def settings(made: Path) -> Iterator[Mapping[str, str]]:
    """The environment of an installation of its own."""
    folder = new_folder()
    subprocess.run(["cp", "-a", made / "var", folder / "var"], check=True)
    yield {
        "SANHUAN_DATA": str(folder / "var"),
        "SANHUAN_PORT": str(free_port()),
        "SANHUAN_SAMPLE": "none",
    }
    shutil.rmtree(folder)


@pytest.fixture
def serving(settings: Mapping[str, str]) -> Iterator[Serving]:
    """A server that is up."""
    running = Serving(settings, FAKED)
    try:
        running.wait_for("Sanhuan is running")
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()
        running.reader.join(WAIT_S)


def access(settings: Mapping[str, str]) -> str:
    """The application's connection string."""
    return installation.access(environment.read(settings)).app


def wait_until_gone(pid: int) -> None:
    """Return when no process has this id any more, or only as a zombie of someone else."""
    deadline = time.monotonic() + WAIT_S
    while postmaster.is_alive(pid) and postmaster.state(pid) != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_says_where_it_is_in_both_languages(serving: Serving) -> None:
    line = serving.wait_for("Sanhuan is running")

    assert f"http://127.0.0.1:{serving.settings['SANHUAN_PORT']}" in line
    assert "三环已启动" in line


def test_worker_takes_jobs(serving: Serving) -> None:
    with psycopg.connect(access(serving.settings), autocommit=True) as connection:
        deadline = time.monotonic() + WAIT_S
        while not connection.execute("select 1 from jobs.procrastinate_workers").fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stops_cleanly_and_leaves_nothing_running(serving: Serving, number: int) -> None:
    server = serving.postmaster
    web = int(serving.wait_for("fake-web ").split()[1])

    assert serving.stop(number) == 0
    assert serving.having("Stopped")
    for pid in (server, web):
        wait_until_gone(pid)
    assert postmaster.read_pid(data_of(serving.settings)) is None


def data_of(settings: Mapping[str, str]) -> Path:
    """PostgreSQL's data folder."""
    return Path(settings["SANHUAN_DATA"]) / "postgresql" / "data"


def test_crashed_web_process_is_started_again(serving: Serving) -> None:
    first = int(serving.wait_for("fake-web ").split()[1])
    os.kill(first, signal.SIGKILL)

    assert "SIGKILL" in serving.wait_for("The web process ended unexpectedly")
    assert int(serving.wait_for("fake-web ", count=2).split()[1]) != first


def test_killed_postgresql_is_started_again_and_keeps_what_was_acknowledged(
    serving: Serving,
) -> None:
    first = serving.postmaster
    with psycopg.connect(access(serving.settings), autocommit=True) as connection:
        connection.execute(
            "select jobs.procrastinate_defer_jobs_v1("
            " array[row('elsewhere', 'x', 0, null, null, '{}', null)]"
            "::jobs.procrastinate_job_to_defer_v1[])"
        )
    os.kill(first, signal.SIGKILL)

    serving.wait_for("PostgreSQL ended unexpectedly")
    assert count_jobs(serving.settings) == 1
    assert serving.postmaster != first


def count_jobs(settings: Mapping[str, str]) -> int:
    """How many jobs wait in the test's queue, as soon as the database answers again."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            with psycopg.connect(access(settings)) as connection:
                row = connection.execute(
                    "select count(*) from jobs.procrastinate_jobs where queue_name = 'elsewhere'"
                ).fetchone()
                return int(row[0]) if row else 0
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_killed_supervisor_takes_its_children_along_and_the_next_start_works(
    serving: Serving,
) -> None:
    server = serving.postmaster
    web = int(serving.wait_for("fake-web ").split()[1])
    os.kill(serving.process.pid, signal.SIGKILL)
    serving.wait()

    successor = Serving(serving.settings)
    successor.wait_for("Sanhuan is running")
    assert successor.stop() == 0
    for pid in (server, web):
        wait_until_gone(pid)


def test_second_server_on_the_same_folder_says_who_holds_it(serving: Serving) -> None:
    second = Serving({**serving.settings, "SANHUAN_PORT": str(free_port())})

    assert second.wait() == 1
    assert second.having(f"in use by process {serving.process.pid}")
    assert second.having("SANHUAN_DATA")


def test_used_port_is_told_with_another_one(settings: Mapping[str, str]) -> None:
    port = int(settings["SANHUAN_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        refused = Serving(settings, FAKED)
        assert refused.wait() == 1

    assert refused.having(f"Port {port} is in use. Name another one, as in SANHUAN_PORT={port + 1}")
    assert refused.having(f"端口 {port} 已被占用")
    assert len(refused.lines) == 2


def test_unwritable_folder_is_told() -> None:
    refused = Serving({"SANHUAN_DATA": "/proc/nothing/var", "SANHUAN_PORT": str(free_port())})

    assert refused.wait() == 1
    assert refused.having("The data folder can't be used")


def test_unreachable_external_database_is_told() -> None:
    folder = new_folder()
    refused = Serving(
        {
            "SANHUAN_DATA": str(folder / "var"),
            "SANHUAN_PORT": str(free_port()),
            "SANHUAN_DATABASE_URL": f"postgresql://a:b@127.0.0.1:{free_port()}/c",
        }
    )

    assert refused.wait() == 1
    assert refused.having("The database can't be reached")
    assert not refused.having("Traceback")
    shutil.rmtree(folder)


def test_doctor_is_content_with_a_running_installation(serving: Serving) -> None:
    done = examine(serving.settings)

    assert done.returncode == 0, done.stdout
    assert "fsync = on" in done.stdout


def test_doctor_works_on_a_stopped_installation(settings: Mapping[str, str]) -> None:
    assert examine(settings).returncode == 0


def test_doctor_tells_a_missing_installation() -> None:
    done = examine({"SANHUAN_DATA": "/tmp/no-such-folder-of-sanhuan"})

    assert done.returncode == 1
    assert "sanhuan serve" in done.stdout


def examine(settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `sanhuan doctor`."""
    return subprocess.run(
        [sys.executable, "-m", "sanhuan", "doctor"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
