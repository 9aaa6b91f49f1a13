"""A served installation whose processes can be told apart and killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg

from sanhuan.changes import commands as verifying
from sanhuan.database import installation, postmaster, roles
from sanhuan.database import settings as environment
from tests.serving import WAIT_S, Serving, free_port, new_folder

PASSWORD = "correct horse battery staple"
POLL_S = 0.02
PROC = Path("/proc")

What = Literal["web", "everything", "postgresql"]
"""web: the web process; everything: `sanhuan serve` with all its children, PostgreSQL among them;
postgresql: its server process with all its children."""


@dataclass(frozen=True)
class Answer:
    """An answer that was read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """What a problem is called; "" for an answer that is none."""
        if "problem+json" not in self.headers.get("content-type", ""):
            return ""
        return str(self.json["code"])


@dataclass(frozen=True)
class Request:
    """What is sent. `key` makes a POST the same one each time; `version` goes into If-Match."""

    method: str
    path: str
    body: Any = None
    key: str | None = None
    version: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        found = {"Content-Type": "application/json"}
        if self.key is not None:
            found["Idempotency-Key"] = self.key
        if self.version is not None:
            found["If-Match"] = f'"{self.version}"'
        return found


class Connection:
    """A person's connection to the API; a new one after each failure."""

    def __init__(self, port: int, token: str | None = None, timeout_s: float = 30.0) -> None:
        self.token = token
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def send(self, request: Request) -> None:
        """Send a request, and leave its answer to `receive`."""
        headers = request.headers
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        body = None if request.body is None else json.dumps(request.body).encode()
        self._http.request(request.method, f"/api/v1{request.path}", body, headers)

    def receive(self) -> Answer:
        """The answer to what was sent, all of it."""
        response = self._http.getresponse()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)

    def ask(self, request: Request) -> Answer:
        """Send and receive. Raises OSError or http.client.HTTPException without a full answer."""
        try:
            self.send(request)
            return self.receive()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        self._http.close()


@dataclass
class Served:
    """A running installation. `begin` starts it, again after it was killed as a whole."""

    folder: Path
    database_url: str | None = None
    port: int = field(default_factory=free_port)
    serving: Serving = field(init=False)

    def __post_init__(self) -> None:
        self.environment = {
            "SANHUAN_DATA": str(self.folder / "var"),
            "SANHUAN_PORT": str(self.port),
            "SANHUAN_SAMPLE": "none",
            "SANHUAN_ADMIN_PASSWORD": PASSWORD,
        }
        if self.database_url is not None:
            self.environment["SANHUAN_DATABASE_URL"] = self.database_url
        self.begin()

    def begin(self) -> None:
        """Start `sanhuan serve`; returns at once."""
        self.serving = Serving(self.environment)

    def wait_until_ready(self) -> None:
        """Return when the web process answers and has its database."""
        deadline = time.monotonic() + WAIT_S
        while not self.is_ready():
            assert time.monotonic() < deadline, "".join(self.serving.lines)
            time.sleep(POLL_S)

    def is_ready(self) -> bool:
        """Whether /readyz says so."""
        probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            probe.request("GET", "/readyz")
            return probe.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            probe.close()

    @property
    def access(self) -> roles.Access:
        """The connection strings of its database."""
        return installation.access(environment.read(self.environment))

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the database's owner, in autocommit."""
        with psycopg.connect(self.access.owner, autocommit=True) as connection:
            yield connection

    def connection(self, token: str | None = None) -> Connection:
        return Connection(self.port, token)

    def sign_in(self, login: str = "admin", password: str = PASSWORD) -> str:
        """The token of a new session."""
        body = {"login": login, "password": password}
        connection = self.connection()
        answer = connection.ask(Request("POST", "/session", body))
        connection.close()
        assert answer.status == 201, answer
        token: str = answer.json["token"]
        return token

    # Its processes

    @property
    def web(self) -> int | None:
        """The id of the web process, None while there is none."""
        return self._child("web")

    @property
    def worker(self) -> int | None:
        """The id of the worker process, None while there is none."""
        return self._child("work")

    def _child(self, command: str) -> int | None:
        for pid in children(self.serving.process.pid):
            if f"\0sanhuan\0{command}\0" in command_line(pid):
                return pid
        return None

    def postgresql(self) -> list[int]:
        """The ids of PostgreSQL's server process and its children, the server first."""
        data = self.folder / "var" / "postgresql" / "data"
        pid = postmaster.read_pid(data)
        assert pid is not None
        return [pid, *descendants(pid)]

    def pids(self, what: What) -> list[int]:
        """The processes that make up a part."""
        if what == "postgresql":
            return self.postgresql()
        if what == "everything":
            whole = self.serving.process.pid
            return [whole, *descendants(whole)]
        web = self.web
        assert web is not None
        return [web]

    def kill(self, what: What) -> None:
        """End the part with SIGKILL, all its processes at one moment.

        They are stopped first, so that none sees another one end, twice, for those that were
        being born.
        """
        for _ in range(2):
            for pid in self.pids(what):
                send(pid, signal.SIGSTOP)
        for pid in self.pids(what):
            send(pid, signal.SIGKILL)
        if what == "everything":
            self.serving.wait()

    def verify(self) -> verifying.Verified:
        """What `sanhuan verify` finds."""
        return verifying.verified(environment.read(self.environment), None)

    def end(self) -> None:
        """Stop it and remove its folder."""
        if self.serving.process.poll() is None:
            self.serving.stop()
        self.serving.reader.join(WAIT_S)
        shutil.rmtree(self.folder)


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended by itself meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def children(parent: int) -> list[int]:
    """The ids of a process's children, as Linux lists them; none for one that is gone."""
    try:
        listed = (PROC / str(parent) / "task" / str(parent) / "children").read_text()
    except OSError:
        return []
    return [int(pid) for pid in listed.split()]


def descendants(parent: int) -> list[int]:
    """The ids of its children, their children and so on."""
    found = children(parent)
    return found + [pid for child in found for pid in descendants(child)]


def command_line(pid: int) -> str:
    """What a process was started as, each part ended by a zero byte."""
    try:
        return (PROC / str(pid) / "cmdline").read_text()
    except OSError:
        return ""


@contextmanager
def served(database_url: str | None = None) -> Iterator[Served]:
    """A new installation that answers; stopped and removed at the end."""
    running = Served(new_folder(), database_url)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.end()
