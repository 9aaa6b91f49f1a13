"""Runs the embedded PostgreSQL: starts it, waits until it answers, stops it.

The server is a child process of ours in a session of its own, so that Ctrl-C reaches us alone and
we decide the order in which things stop. On Linux it shuts down when we are killed. What a killed
predecessor left behind (a server still running, a stale postmaster.pid) is dealt with at the start.
The data folder has one supervisor at a time; the caller holds the lock that says so.
"""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from psycopg import conninfo, pq

from sanhuan import errors
from sanhuan.database import cluster as clusters
from sanhuan.database import postmaster

PREDECESSOR_TIMEOUT_S = 15.0
POLL_S = 0.02
QUIET_START_S = 3.0
LOCK_FILE_EXISTS = "F0001"  # SQLSTATE
PR_SET_PDEATHSIG = 1  # Linux, prctl(2)

FAST_STOP = signal.SIGINT  # what PostgreSQL takes for: end connections, close files, end

Report = Callable[[errors.Text], None]


class ServerFailed(errors.SanhuanError):
    """PostgreSQL did not start; the message says why, in its own words where it has any."""

    code = "postgresql_failed"


class LeftoversAtWork(ServerFailed):
    """Processes of a killed server still use its memory."""

    code = "postgresql_leftovers"


class PredecessorRunning(errors.SanhuanError):
    """An earlier PostgreSQL on the same data folder does not end."""

    code = "postgresql_running"


def silent(_: errors.Text) -> None:
    """Report nothing."""


class Server:
    """One embedded PostgreSQL.

    `home` is the folder of cluster.Cluster. `settings` come on top of those that are enforced;
    tests use them to switch durability off. `report` is told what takes long, in both languages.
    Call `start` from the main thread: on Linux the server's life hangs on the thread that made it.
    """

    def __init__(
        self,
        home: Path,
        *,
        settings: Mapping[str, str] | None = None,
        report: Report = silent,
    ) -> None:
        self.home = home
        self.settings = {**clusters.ENFORCED, **(settings or {})}
        self.report = report
        self.cluster: clusters.Cluster | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the server process. Raises ServerFailed when it was never started."""
        if self.process is None:
            raise ServerFailed(errors.Text("PostgreSQL 没有启动。", "PostgreSQL is not started."))
        return self.process.pid

    def conninfo(self, *, user: str, password: str, dbname: str) -> str:
        """A connection string for this server. Raises ServerFailed before the first start."""
        if self.cluster is None:
            raise ServerFailed(errors.Text("PostgreSQL 没有启动。", "PostgreSQL is not started."))
        return conninfo.make_conninfo(
            host=str(self.cluster.sockets),
            port=clusters.PORT,
            user=user,
            password=password,
            dbname=dbname,
        )

    def superuser_conninfo(self, dbname: str = "postgres") -> str:
        """A connection string of the superuser. Raises ServerFailed before the first start."""
        if self.cluster is None:
            raise ServerFailed(errors.Text("PostgreSQL 没有启动。", "PostgreSQL is not started."))
        return self.conninfo(user=clusters.SUPERUSER, password=self.cluster.password, dbname=dbname)

    def start(self) -> None:
        """Launch the server and return when it takes connections.

        Recovery after a crash may take minutes and is waited for. Raises what `launch` raises, and
        ServerFailed when the server ends instead.
        """
        deadline = time.monotonic() + PREDECESSOR_TIMEOUT_S
        while True:
            self.launch()
            try:
                return self.wait_until_ready()
            except LeftoversAtWork:
                # Connections of a killed server end by themselves as soon as they look up.
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_S)
            except BaseException:
                self.stop()
                raise

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server process and return at once; the cluster is made when there is none.

        Raises ClusterUnusable or PredecessorRunning.
        """
        if clusters.find(self.home) is None:
            self.report(errors.Text("正在创建数据库…", "Making the database ..."))
        self.cluster = clusters.open_at(self.home)
        settle_predecessor(self.cluster.data, self.report)
        clusters.clear_sockets(self.cluster)
        self.process = spawn(self.cluster, self.settings)
        return self.process

    def wait_until_ready(self) -> None:
        """Return when connections are taken; raise ServerFailed when the process ends instead."""
        conninfo_bytes = self.superuser_conninfo().encode()
        told_at = time.monotonic() + QUIET_START_S
        while pq.PGconn.ping(conninfo_bytes) != pq.Ping.OK:
            if self.poll() is not None:
                raise self.failure()
            if time.monotonic() > told_at:
                told_at = float("inf")
                self.report(
                    errors.Text(
                        "PostgreSQL 正在恢复上次中断的写入，请稍候…",
                        "PostgreSQL is recovering what was being written, please wait ...",
                    )
                )
            time.sleep(POLL_S)

    def poll(self) -> int | None:
        """The exit code of the server process, None while it runs."""
        return None if self.process is None else self.process.poll()

    def stop(self) -> None:
        """Shut down fast: connections end, everything is on disk. No harm when it has ended."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(FAST_STOP)
        self.process.wait()
        if self.cluster is not None:
            clusters.leave(self.cluster)

    def failure(self) -> ServerFailed:
        """The error that tells why the process ended, from what it wrote at its start."""
        if self.cluster is None:
            raise AssertionError("a server without a cluster was never started")
        return explain(self.cluster, (self.cluster.home / "start.log").read_text(errors="replace"))


def settle_predecessor(data: Path, report: Report = silent) -> None:
    """Make the data folder free for a new server.

    One that runs there still is stopped: its supervisor is gone, else we would not hold the lock.
    Raises PredecessorRunning when it has not ended after PREDECESSOR_TIMEOUT_S.
    """
    deadline = time.monotonic() + PREDECESSOR_TIMEOUT_S
    asked = False
    while True:
        pid = postmaster.read_pid(data)
        found = postmaster.holder(data, pid)
        if pid is None or found is postmaster.Holder.NOBODY:
            return postmaster.drop_empty_file(data)
        if found is not postmaster.Holder.POSTGRESQL:
            return postmaster.disown(data)
        if time.monotonic() > deadline:
            raise predecessor_running(pid)
        if not asked:
            report(
                errors.Text(
                    "上次的 PostgreSQL 还在运行，正在让它停止…",
                    "The PostgreSQL of the last run is still there, stopping it ...",
                )
            )
            postmaster.ask_to_stop(pid)
            asked = True
        time.sleep(POLL_S)


def predecessor_running(pid: int) -> PredecessorRunning:
    """The error about an earlier server that does not end."""
    return PredecessorRunning(
        errors.Text(
            f"上次的 PostgreSQL（进程 {pid}）没有结束。",
            f"The PostgreSQL of the last run (process {pid}) does not end.",
        ),
        hint=errors.Text(
            f"请等待片刻，或结束它后重试：kill -QUIT {pid}。",
            f"Wait a little, or end it and start again: kill -QUIT {pid}.",
        ),
    )


def spawn(cluster: clusters.Cluster, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the server process; what it says before its log opens goes to start.log."""
    forced = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.sockets),
        "unix_socket_permissions": "0700",
        "log_directory": str(cluster.log),
        "port": str(clusters.PORT),
        **settings,
    }
    account = cluster.account
    options = [part for name, value in forced.items() for part in ("-c", f"{name}={value}")]
    with (cluster.home / "start.log").open("wb") as log:
        return subprocess.Popen(
            [cluster.binaries.program("postgres"), "-D", str(cluster.data), *options],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            env=clusters.environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent(),
        )


def end_with_parent() -> Callable[[], object] | None:
    """What makes Linux shut the server down when we die; None on other systems.

    The library is loaded here, before the fork; between fork and exec there is only the call.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def explain(cluster: clusters.Cluster, said: str) -> ServerFailed:
    """The error about a server that ended at its start, by the SQLSTATE in what it said."""
    lines = [line for line in said.splitlines() if " FATAL: " in line or " PANIC: " in line]
    last = lines[-1] if lines else (said.strip().splitlines() or ["-"])[-1]
    if f" {clusters.DISK_FULL} " in last or clusters.is_disk_full(cluster.home):
        full = clusters.disk_full(cluster.home)
        return ServerFailed(full.message, hint=full.hint)
    kind = LeftoversAtWork if f" {LOCK_FILE_EXISTS} " in last else ServerFailed
    return kind(
        errors.Text(f"PostgreSQL 无法启动：{last}。", f"PostgreSQL did not start: {last}."),
        hint=errors.Text(f"详情见 {cluster.log}。", f"The details are in {cluster.log}."),
    )
