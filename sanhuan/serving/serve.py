"""`sanhuan serve`: everything that one machine needs, started in order and stopped in order."""

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sanhuan import errors
from sanhuan.database import folder as folders
from sanhuan.database import installation, server
from sanhuan.database import settings as environment
from sanhuan.serving import supervisor

LOOK_AGAIN_S = 0.1
WEB_STOP_S = 10.0
WORKER_STOP_S = 25.0
POSTGRESQL_STOP_S = 60.0

Report = Callable[[errors.Text], None]


class PortUnusable(errors.SanhuanError):
    """The address to listen on is in use or not ours."""

    code = "port_unusable"


class SetUpFailed(errors.SanhuanError):
    """The step that brings the database to this version failed; it has said why."""

    code = "set_up_failed"


def run(settings: environment.Settings, report: Report) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP.

    Raises a SanhuanError, in one sentence with the way out, for what keeps it from starting.
    """
    folder = folders.Folder(settings.data)
    with folder.locked():
        check_port(settings.host, settings.port)
        with database(settings, folder, report) as children:
            sign_ins = migrate()
            children += [worker(), web()]
            with supervisor.listening() as wishes:
                announcement = Announcement(settings, sign_ins, report)
                supervisor.Supervisor(children, report).run(wishes, announcement.look)
            report(errors.Text("已停止。", "Stopped."))


@contextmanager
def database(
    settings: environment.Settings, folder: folders.Folder, report: Report
) -> Iterator[list[supervisor.Child]]:
    """The embedded PostgreSQL as the first child, started; no child for an external one."""
    if settings.database_url is not None:
        yield []
        return
    with installation.started(folder, report) as running:
        yield [
            supervisor.Child(
                name=errors.Text("PostgreSQL", "PostgreSQL"),
                start=running.launch,
                stop_signal=server.FAST_STOP,
                stop_timeout_s=POSTGRESQL_STOP_S,
                process=running.process,
                due_at=None,
            )
        ]


def migrate() -> list[dict[str, str | None]]:
    """Bring the database to this version in a process of its own, and return how to sign in.

    What it loads (the catalog, packages) does not stay in our memory. Raises SetUpFailed.
    """
    done = subprocess.run([*command("migrate"), "--json"], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SetUpFailed(
            errors.Text(
                "数据库没有准备好，原因见上。", "The database is not ready; see above why."
            ),
        )
    sign_ins: list[dict[str, str | None]] = json.loads(done.stdout)["sign_ins"]
    return sign_ins


def worker() -> supervisor.Child:
    """The worker process."""
    return supervisor.Child(
        name=errors.Text("后台进程", "The worker"),
        start=lambda: spawn("work"),
        stop_timeout_s=WORKER_STOP_S,
    )


def web() -> supervisor.Child:
    """The web process."""
    return supervisor.Child(
        name=errors.Text("网页进程", "The web process"),
        start=lambda: spawn("web"),
        stop_timeout_s=WEB_STOP_S,
    )


def spawn(name: str) -> subprocess.Popen[bytes]:
    """Start one of our commands as a child that ends with us.

    It has a session of its own, so that Ctrl-C reaches us alone; its standard input is a pipe that
    we hold open for as long as we live.
    """
    return subprocess.Popen(
        [*command(name), "--with-parent"], stdin=subprocess.PIPE, start_new_session=True
    )


def command(name: str) -> list[str]:
    """The command line of one of our commands."""
    return [sys.executable, "-m", "sanhuan", name]


def check_port(host: str, port: int) -> None:
    """Raise PortUnusable when nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise port_unusable(host, port, error) from error


def port_unusable(host: str, port: int, error: OSError) -> PortUnusable:
    """The error about an address, by what the system said."""
    free = errors.Text("请用 SANHUAN_PORT 指定别的端口，例如 ", "Name another one, as in ")
    if error.errno == errno.EADDRINUSE:
        what = errors.Text(f"端口 {port} 已被占用。", f"Port {port} is in use.")
    elif error.errno == errno.EACCES:
        what = errors.Text(f"无权使用端口 {port}。", f"Port {port} may not be used by this user.")
    else:
        said = os.strerror(error.errno or 0)
        what = errors.Text(
            f"无法监听 {host}:{port}（{said}）。", f"Can't listen on {host}:{port} ({said})."
        )
    example = f"SANHUAN_PORT={port + 1 if 1024 <= port < 65535 else 8000} make run"
    return PortUnusable(what, hint=errors.Text(f"{free.zh}{example}。", f"{free.en}{example}."))


class Announcement:
    """Says once, as soon as the web process answers, where it is and how to sign in."""

    def __init__(
        self,
        settings: environment.Settings,
        sign_ins: list[dict[str, str | None]],
        report: Report,
    ) -> None:
        self.settings = settings
        self.sign_ins = sign_ins
        self.report = report
        self.made = False

    def look(self) -> float | None:
        """Announce when it is time; seconds until the next look, None when there is none."""
        if self.made:
            return None
        if not answers(self.settings.host, self.settings.port):
            return LOOK_AGAIN_S
        self.made = True
        url = self.settings.base_url
        self.report(errors.Text(f"三环已启动：{url}", f"Sanhuan is running: {url}"))
        for sign_in in self.sign_ins:
            self.report(tell_sign_in(sign_in))
        self.report(errors.Text("按 Ctrl-C 停止。", "Ctrl-C stops it."))
        return None


def tell_sign_in(sign_in: dict[str, str | None]) -> errors.Text:
    """One way to sign in, in a line."""
    login, password = sign_in["login"], sign_in["password"]
    zh = f"  {sign_in['who_zh']}：{login}" + (f" / {password}" if password else "")
    en = f"  {sign_in['who_en']}: {login}" + (f" / {password}" if password else "")
    return errors.Text(zh, en)


def answers(host: str, port: int) -> bool:
    """Whether something takes connections there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(LOOK_AGAIN_S)
        try:
            probe.connect((host, port))
        except OSError:
            return False
    return True
