"""The whole installation as `make run` starts it, once: nothing here is played."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.xdist_group("whole installation")  # one start for all of them

PASSWORD = "correct horse battery staple"
STOP_S = 8.0


class Installation:
    """A served installation: its address and its process."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.environment = {
            **os.environ,
            "SANHUAN_DATA": str(folder / "var"),
            "SANHUAN_PORT": str(self.port),
            "SANHUAN_SAMPLE": "none",
            "SANHUAN_ADMIN_PASSWORD": PASSWORD,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sanhuan", "serve"],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> list[str]:
        """What was said up to the last line of the announcement."""
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if "Ctrl-C stops it" in line:
                return said
        raise AssertionError("".join(said))


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A new installation that runs."""
    folder = Path(tempfile.mkdtemp(prefix="sanhuan-"))
    folder.chmod(0o711)
    running = Installation(folder)
    try:
        running.wait()
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.communicate()
        shutil.rmtree(folder)


@pytest.fixture
def client(installation: Installation) -> Iterator[httpx.Client]:
    """A client that talks to it and to nothing else."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{installation.port}/api/v1", trust_env=False
    ) as opened:
        yield opened


def test_administrator_signs_in_with_the_password_of_the_environment(client: httpx.Client) -> None:
    answer = client.post("/session", json={"login": "admin", "password": PASSWORD})

    assert answer.status_code == 201
    assert answer.json()["user"]["login"] == "admin"


def test_built_in_objects_are_there(client: httpx.Client) -> None:
    signed_in = client.post("/session", json={"login": "admin", "password": PASSWORD}).json()
    answer = client.get("/objects", headers={"Authorization": f"Bearer {signed_in['token']}"})

    assert "lead" in [found["name"] for found in answer.json()["data"]]


def test_doctor_is_content(installation: Installation) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sanhuan", "doctor"],
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout


def test_stops_in_time_while_a_browser_listens(installation: Installation) -> None:
    base = f"http://127.0.0.1:{installation.port}/api/v1"
    with httpx.Client(base_url=base, trust_env=False, timeout=STOP_S) as client:
        signed_in = client.post("/session", json={"login": "admin", "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {signed_in['token']}"}
        with client.stream("GET", "/stream", headers=headers) as stream:
            assert stream.status_code == 200
            installation.process.send_signal(signal.SIGINT)
            # How the stream ends, cut or whole, is the same to a browser: it connects again.
            with contextlib.suppress(httpx.RemoteProtocolError):
                stream.read()

    assert installation.process.wait(STOP_S) == 0
