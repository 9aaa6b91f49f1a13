"""The files of one embedded PostgreSQL: where they lie, how they are made, what they are set to.

    <home>/data       PostgreSQL's own folder
    <home>/sockets    its Unix socket: there is no TCP
    <home>/log        what it says, one file per weekday, written over a week later
    <home>/password   of the superuser `sanhuan`, readable by the owner alone
    <home>/location   only where the account of PostgreSQL can't reach <home>: where it lies instead

Files in `data` and `log` belong to the account that PostgreSQL runs under.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sanhuan import errors
from sanhuan.database import account as accounts
from sanhuan.database import binaries as programs

SUPERUSER = "sanhuan"
PORT = 5432
SOCKET_PATH_LIMIT = 107  # bytes, sockaddr_un.sun_path less its closing zero
MEBIBYTE = 1024 * 1024
DISK_FULL = "53100"  # SQLSTATE
WAL_SEGMENT_BYTES = 16 * MEBIBYTE

# Durability is not for tuning: these are given on the command line, which no file overrides.
ENFORCED: Mapping[str, str] = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
}


class ClusterUnusable(errors.SanhuanError):
    """The folder can't be made or used; the message says why."""

    code = "cluster_unusable"


@dataclass(frozen=True)
class Place:
    """Where the files of one cluster lie."""

    home: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The folder of PostgreSQL's log files."""
        return self.home / "log"

    @property
    def sockets(self) -> Path:
        """The folder of the socket: in `home`, or under the system's when that path is too long."""
        near = self.home / "sockets"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
            return near
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"sanhuan-{digest}"

    @property
    def password(self) -> str:
        """The superuser's password."""
        return (self.home / "password").read_text()


@dataclass(frozen=True)
class Cluster(Place):
    """One PostgreSQL data folder and what is needed to run it.

    `account` None means our own.
    """

    account: accounts.Account | None
    binaries: programs.Binaries


def find(home: Path) -> Place | None:
    """Where the cluster of `home` lies; None when it was never made."""
    place = Place(settled(home.absolute()))
    return place if place.data.exists() else None


def settled(home: Path) -> Path:
    """The folder that stands for `home`: another one where PostgreSQL's account can't reach it."""
    pointer = home / "location"
    return Path(pointer.read_text()) if pointer.exists() else home


def open_at(home: Path) -> Cluster:
    """The cluster of `home`, made when there is none.

    Raises ClusterUnusable when the folder can't be made or was made by another major version.
    """
    account = accounts.for_postgresql()
    binaries = programs.reachable_by(account)
    cluster = Cluster(home=settle(home.absolute(), account), account=account, binaries=binaries)
    if cluster.data.exists():
        check_version(cluster)
    else:
        make(cluster)
    make_folder(cluster.log, account)
    make_folder(cluster.sockets, account)
    return cluster


def leave(place: Place) -> None:
    """Remove the socket's folder where it lies outside the home, after the server has stopped."""
    if not place.sockets.is_relative_to(place.home):
        with contextlib.suppress(OSError):
            place.sockets.rmdir()


def clear_sockets(place: Place) -> None:
    """Remove the socket that a killed server left; to be called when none runs on this data.

    PostgreSQL does not start over the lock of a socket while the process named in it exists, and
    one that nobody has collected yet does.
    """
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (place.sockets / name).unlink(missing_ok=True)


def settle(home: Path, account: accounts.Account | None) -> Path:
    """The folder to use for `home`: itself, or one that PostgreSQL's account can reach.

    Root's own folder is closed to others; the cluster then lies under /var/lib/sanhuan, under a
    name that is drawn once and kept in `home`, so that a new `home` is a new cluster.
    """
    make_folder(home, None, mode=0o700 if account is None else 0o711)
    if account is None or accounts.reaches(account, home):
        return home
    pointer = home / "location"
    if not pointer.exists():
        write_private(pointer, str(programs.SHARED_FOLDER / "clusters" / secrets.token_hex(8)))
    make_folder(settled(home), None, mode=0o711)
    return settled(home)


def check_version(cluster: Cluster) -> None:
    """Refuse a data folder that another major version of PostgreSQL made."""
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    if made_by == str(cluster.binaries.major):
        return
    raise ClusterUnusable(
        errors.Text(
            f"数据文件夹由 PostgreSQL {made_by} 创建，当前程序是 {cluster.binaries.version}。",
            f"The data folder was made by PostgreSQL {made_by}; "
            f"this program brings {cluster.binaries.version}.",
        ),
        hint=errors.Text(
            "请用旧版本执行 sanhuan backup，升级后再执行 sanhuan restore。",
            "Run sanhuan backup with the version before, then sanhuan restore with this one.",
        ),
    )


def make(cluster: Cluster) -> None:
    """Run initdb. The data folder appears under its name only when it is whole."""
    partial = cluster.home / "data.partial"
    shutil.rmtree(partial, ignore_errors=True)
    make_folder(partial, cluster.account)
    password = secrets.token_urlsafe(24)
    write_private(cluster.home / "password", password)
    entrance = partial / "password"
    write_private(entrance, password, cluster.account)
    try:
        command = initdb_command(cluster, partial / "data", entrance)
        done = accounts.run(command, cluster.account, environment=environment())
        if done.returncode != 0:
            raise initdb_failed(cluster.home, done.stderr)
        (partial / "data").rename(cluster.data)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def initdb_command(cluster: Cluster, data: Path, password_file: Path) -> list[str]:
    """The command line of initdb: its locale is the same on every system, whatever this one's."""
    command = [
        cluster.binaries.program("initdb"),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions",
    ]
    settings = {**tunable_settings(memory_bytes()), "log_directory": str(cluster.log)}
    return [*command, *(f"--set={name}={value}" for name, value in settings.items())]


def tunable_settings(memory: int) -> dict[str, str]:
    """What goes into postgresql.conf for a machine of so many bytes; an operator may change it."""
    shared = max(64, min(256, memory // MEBIBYTE // 32))
    return {
        "max_connections": "60",
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(256, memory // MEBIBYTE // 2)}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "wal_compression": "pglz",
        "jit": "off",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "default_text_search_config": "pg_catalog.simple",
        "logging_collector": "on",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        # The SQLSTATE is in each line, what people entered (statements, details) in none.
        "log_line_prefix": "%m [%p] %e ",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_lock_waits": "on",
    }


def memory_bytes() -> int:
    """The machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def initdb_failed(home: Path, output: str) -> ClusterUnusable:
    """The error about initdb, in its own words."""
    if f" {DISK_FULL} " in output or is_disk_full(home):
        return disk_full(home)
    lines = [line for line in output.splitlines() if "FATAL" in line or "error:" in line]
    said = lines[0].strip() if lines else output.strip().partition("\n")[0]
    return ClusterUnusable(
        errors.Text(f"数据库无法创建：{said}。", f"The database could not be made: {said}."),
        hint=errors.Text(
            "请检查文件夹的权限后重试。", "Check the folder's permissions, then start again."
        ),
    )


def is_disk_full(home: Path) -> bool:
    """Whether there is no room for even one more segment of PostgreSQL's log of writes."""
    return shutil.disk_usage(home).free < WAL_SEGMENT_BYTES


def disk_full(home: Path) -> ClusterUnusable:
    """The error about a full disk."""
    return ClusterUnusable(
        errors.Text(
            f"磁盘已满，PostgreSQL 无法启动：{home}。",
            f"The disk is full, PostgreSQL can't start: {home}.",
        ),
        hint=errors.Text(
            "请腾出空间后重新启动，数据没有丢失。",
            "Free some space and start again; no data is lost.",
        ),
    )


def environment() -> dict[str, str]:
    """Our environment without what PostgreSQL would take for its own (PGDATA, PGPORT, LC_ALL)."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def make_folder(path: Path, account: accounts.Account | None, *, mode: int = 0o700) -> None:
    """Make a folder that belongs to `account` (None: to us); refuse one that someone else made."""
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    owner = os.geteuid() if account is None else account.uid
    found = path.lstat()
    if found.st_uid not in (owner, os.geteuid()) or path.is_symlink():
        raise ClusterUnusable(
            errors.Text(
                f"文件夹 {path} 属于别的用户。", f"The folder {path} belongs to someone else."
            ),
            hint=errors.Text(
                "请删除它，或换一个 SANHUAN_DATA。", "Remove it, or choose another SANHUAN_DATA."
            ),
        )
    path.chmod(mode)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def write_private(path: Path, text: str, account: accounts.Account | None = None) -> None:
    """Write a file that only its owner may read; on disk before this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
        if account is not None:
            os.fchown(descriptor, account.uid, account.gid)
