"""The supervisor of the embedded PostgreSQL: starts, stops, and gets over what killed it before."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sanhuan import errors
from sanhuan.database import account, binaries, cluster, postmaster, server

GONE_S = 10.0


@pytest.fixture(scope="module")
def initial_home() -> Iterator[Path]:
    """A cluster that was made and stopped; tests work on copies."""
    home = make_home()
    made = server.Server(home)
    made.start()
    made.stop()
    yield home
    shutil.rmtree(home.parent)


@pytest.fixture
def home(initial_home: Path) -> Iterator[Path]:
    """A copy of the cluster for one test."""
    copied = make_home()
    subprocess.run(["cp", "-a", f"{initial_home}/.", copied], check=True)
    yield copied
    shutil.rmtree(copied.parent)


@pytest.fixture
def running(home: Path) -> Iterator[server.Server]:
    """A server that runs."""
    started = server.Server(home)
    started.start()
    yield started
    started.stop()


def make_home() -> Path:
    """A new folder that PostgreSQL's account can reach, with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="sanhuan-"))
    folder.chmod(0o711)
    (folder / "pg").mkdir(mode=0o711)
    return folder / "pg"


def ask(found: server.Server, question: str) -> object:
    """The one value that a question gives."""
    with psycopg.connect(found.superuser_conninfo(), autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    return None if row is None else row[0]


def acknowledge_writes(found: server.Server, count: int) -> None:
    """Write and commit so many rows, one by one."""
    with psycopg.connect(found.superuser_conninfo(), autocommit=True) as connection:
        connection.execute("create table if not exists written (n integer)")
        for number in range(count):
            connection.execute("insert into written values (%s)", [number])


def kill_postmaster(found: server.Server) -> None:
    """End the server process at once, as a crash or the system would, and collect it."""
    os.kill(found.pid, signal.SIGKILL)
    assert found.process is not None
    found.process.wait()


def write_pid_file(home: Path, text: str) -> None:
    """Leave a postmaster.pid behind, owned as PostgreSQL would own it."""
    path = home / "data" / postmaster.PID_FILE
    path.write_text(text)
    owner = path.parent.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("password_encryption", "scram-sha-256"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("random_page_cost", "1.1"),
        ("server_encoding", "UTF8"),
    ],
)
def test_setting_of_a_new_cluster(running: server.Server, setting: str, value: str) -> None:
    assert ask(running, f"select current_setting('{setting}')") == value


def test_new_cluster_sorts_by_code_point_on_every_system(running: server.Server) -> None:
    provider = ask(
        running,
        "select concat(datlocprovider, datlocale) from pg_database where datname = 'template1'",
    )

    assert provider == "bC.UTF-8"


def test_durability_can_not_be_switched_off_in_a_file(home: Path) -> None:
    with (home / "data" / "postgresql.auto.conf").open("a") as file:
        file.write("fsync = off\nsynchronous_commit = off\n")
    started = server.Server(home)
    started.start()
    try:
        assert ask(started, "select current_setting('fsync')") == "on"
        assert ask(started, "select current_setting('synchronous_commit')") == "on"
    finally:
        started.stop()


def test_only_who_knows_the_password_gets_in(running: server.Server) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(running.conninfo(user="sanhuan", password="guessed", dbname="postgres"))


def test_password_and_data_are_closed_to_others(running: server.Server) -> None:
    assert (running.home / "password").stat().st_mode & 0o777 == 0o600
    assert (running.home / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a program as someone else")
def test_as_root_postgresql_runs_as_its_own_user(running: server.Server) -> None:
    found = account.find()

    assert found is not None
    assert Path(f"/proc/{running.pid}").stat().st_uid == found.uid != 0


def test_stop_ends_open_connections_and_the_process(running: server.Server) -> None:
    with psycopg.connect(running.superuser_conninfo()) as connection:
        running.stop()

        assert running.poll() == 0
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")


def test_stop_twice_does_no_harm(running: server.Server) -> None:
    running.stop()
    running.stop()


def test_start_after_stop_finds_the_data(running: server.Server) -> None:
    acknowledge_writes(running, 10)
    running.stop()
    running.start()

    assert ask(running, "select count(*) from written") == 10


def test_start_after_kill_finds_every_acknowledged_row(running: server.Server) -> None:
    acknowledge_writes(running, 500)
    kill_postmaster(running)
    running.start()

    assert ask(running, "select count(*) from written") == 500


def test_start_waits_for_connections_of_a_killed_server_to_end(running: server.Server) -> None:
    with psycopg.connect(running.superuser_conninfo()) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)  # it does not see that its server is gone
        kill_postmaster(running)
        reported: list[str] = []
        waker = subprocess.Popen(
            [sys.executable, "-c", wake_after_a_failed_start(running, backend)]
        )
        try:
            running.report = lambda text: reported.append(text.en)
            running.start()
        finally:
            waker.wait()

    assert ask(running, "select 1") == 1


def wake_after_a_failed_start(found: server.Server, backend: int) -> str:
    """A program that wakes a stopped process as soon as a server was refused because of it."""
    return f"""
import os, pathlib, signal, time
log = pathlib.Path({str(found.home / "start.log")!r})
while "F0001" not in log.read_text():
    time.sleep(0.01)
os.kill({backend}, signal.SIGCONT)
"""


def test_start_over_a_stale_pid_of_a_stranger(home: Path) -> None:
    write_pid_file(
        home, f"{os.getppid()}\n{home}/data\n1\n5432\n{home}/sockets\n\n   1  1\nready\n"
    )
    started = server.Server(home)
    started.start()
    started.stop()


def test_start_over_a_stale_pid_of_a_process_of_the_same_user(home: Path) -> None:
    stranger = account.for_postgresql()
    sleeper = subprocess.Popen(
        ["sleep", "600"],
        user=stranger.uid if stranger else None,
        group=stranger.gid if stranger else None,
        extra_groups=[] if stranger else None,
    )
    try:
        write_pid_file(home, f"{sleeper.pid}\n{home}/data\n1\n5432\n{home}/sockets\n\n   1  1\n")
        started = server.Server(home)
        started.start()
        started.stop()
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.parametrize("content", ["", "\n", "half"])
def test_start_over_a_pid_file_that_a_crash_left_short(home: Path, content: str) -> None:
    write_pid_file(home, content)
    started = server.Server(home)
    started.start()
    started.stop()


def test_start_over_a_zombie(home: Path) -> None:
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # ended, and not collected
    write_pid_file(home, f"{zombie.pid}\n{home}/data\n1\n5432\n{home}/sockets\n\n   1  1\n")
    started = server.Server(home)
    started.start()
    started.stop()
    zombie.wait()


def test_start_over_the_socket_of_a_zombie(home: Path) -> None:
    made = cluster.open_at(home)
    zombie = subprocess.Popen(["true"], user=made.account.uid if made.account else None)
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # ended, and not collected
    lock = made.sockets / ".s.PGSQL.5432.lock"
    lock.write_text(f"{zombie.pid}\n{home}/data\n1\n5432\n{made.sockets}\n")
    started = server.Server(home)
    started.start()
    started.stop()
    zombie.wait()


def test_start_stops_the_server_that_a_killed_supervisor_left_running(
    running: server.Server,
) -> None:
    acknowledge_writes(running, 10)
    reported: list[str] = []
    successor = server.Server(running.home, report=lambda text: reported.append(text.en))
    successor.start()
    try:
        assert running.poll() == 0
        assert ask(successor, "select count(*) from written") == 10
        assert any("last run" in text for text in reported)
    finally:
        successor.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells children only on Linux")
def test_server_ends_when_its_supervisor_is_killed(home: Path) -> None:
    program = f"""
import sys, pathlib
from sanhuan.database import server
started = server.Server(pathlib.Path({str(home)!r}))
started.start()
print(started.pid, flush=True)
sys.stdin.read()
"""
    supervisor = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    assert postmaster.holder(home / "data", pid) is postmaster.Holder.POSTGRESQL

    supervisor.kill()
    supervisor.communicate()

    # It shuts down in order: a successor waits for that and finds nothing to recover.
    server.settle_predecessor(home / "data")
    deadline = time.monotonic() + GONE_S
    while postmaster.holder(home / "data", pid) is postmaster.Holder.POSTGRESQL:
        # Its file is gone a moment before the process is.
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_data_of_another_major_version_is_refused(home: Path) -> None:
    (home / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(cluster.ClusterUnusable, match="17") as caught:
        server.Server(home).start()

    assert caught.value.hint is not None


def test_failing_start_says_why_in_one_sentence(home: Path) -> None:
    with (home / "data" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(server.ServerFailed) as caught:
        server.Server(home).start()

    assert (
        "no_such_setting" in caught.value.message.en or "configuration" in caught.value.message.en
    )


def test_full_disk_is_told_by_its_sqlstate(home: Path) -> None:
    place = cluster.Cluster(
        home=home, account=None, binaries=binaries.Binaries(Path("bin"), "18.6")
    )
    said = '2026-11-24 15:39:51 UTC [1] 53100 FATAL:  could not write to file "pg_wal/xlogtemp.1"'

    assert "disk is full" in server.explain(place, said).message.en


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A folder on a disk of 20 MB, where the system lets us make one."""
    folder = make_home()
    options = ["-t", "tmpfs", "-o", "size=20m,mode=0711", "tmpfs"]
    done = subprocess.run(["mount", *options, folder], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)
    shutil.rmtree(folder.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_full_disk_is_told_and_starting_works_once_there_is_room(small_disk: Path) -> None:
    started = server.Server(small_disk / "pg")
    with pytest.raises(errors.SanhuanError, match="The disk is full"):
        started.start()

    subprocess.run(["mount", "-o", "remount,size=80m", small_disk], check=True)
    started.start()
    acknowledge_writes(started, 10)
    started.stop()
    with pytest.raises(OSError, match="No space"):
        (small_disk / "filler").write_bytes(bytes(80 * 1024 * 1024))
    with pytest.raises(errors.SanhuanError, match="The disk is full"):
        started.start()

    (small_disk / "filler").unlink()
    started.start()
    assert ask(started, "select count(*) from written") == 10
    started.stop()


def test_interrupted_making_of_a_cluster_is_begun_again() -> None:
    home = make_home()
    (home / "data.partial" / "data").mkdir(parents=True)
    started = server.Server(home)
    started.start()
    started.stop()
    assert not (home / "data.partial").exists()
    shutil.rmtree(home.parent)


def test_long_path_gets_its_socket_elsewhere() -> None:
    folder = make_home()
    home = folder / ("很长的文件夹名" * 6)
    started = server.Server(home)
    started.start()
    try:
        assert ask(started, "select 1") == 1
        assert started.cluster is not None
        elsewhere = started.cluster.sockets
        assert not elsewhere.is_relative_to(home)
    finally:
        started.stop()
        shutil.rmtree(folder.parent)
    assert not elsewhere.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a folder to another user")
def test_folder_closed_to_postgresqls_user_gets_its_data_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = Path(tempfile.mkdtemp(prefix="sanhuan-"))  # 0700, root's
    elsewhere = make_home()
    monkeypatch.setattr(binaries, "SHARED_FOLDER", elsewhere)
    home = closed / "postgresql"
    started = server.Server(home)
    started.start()
    acknowledge_writes(started, 3)
    started.stop()

    again = server.Server(home)
    again.start()
    try:
        assert ask(again, "select count(*) from written") == 3
        assert (home / "location").read_text().startswith(str(elsewhere))
    finally:
        again.stop()
        shutil.rmtree(closed)
        shutil.rmtree(elsewhere.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_binaries_that_the_user_can_not_reach_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = make_home()
    monkeypatch.setattr(binaries, "SHARED_FOLDER", elsewhere)
    user = account.for_postgresql()
    assert user is not None
    real = binaries.can_run
    in_wheel = binaries.locate().folder
    monkeypatch.setattr(
        binaries, "can_run", lambda found, who: found.folder != in_wheel and real(found, who)
    )

    copied = binaries.reachable_by(user)

    assert copied.folder.is_relative_to(elsewhere)
    assert real(copied, user)
    assert account.run([copied.program("psql"), "--version"], user).returncode == 0
    shutil.rmtree(elsewhere.parent)


def test_folder_of_someone_else_is_refused() -> None:
    folder = make_home()
    link = folder / "log"
    link.symlink_to("/etc")

    with pytest.raises(cluster.ClusterUnusable):
        cluster.make_folder(link, None)

    shutil.rmtree(folder.parent)


def test_conninfo_before_the_first_start_is_refused() -> None:
    with pytest.raises(errors.SanhuanError):
        server.Server(Path("/nowhere")).superuser_conninfo()
