"""A served company and a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.serving import Serving, free_port, new_folder

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
DEMO_PASSWORD = "sanhuan"
LONG_MS = 15_000
LOADING_S = 300  # the sample company, on a busy machine


@dataclass(frozen=True)
class Served:
    """A running installation with the sample company."""

    base: str
    serving: Serving


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    folder = new_folder()
    port = free_port()
    settings = {
        "SANHUAN_DATA": str(folder / "var"),
        "SANHUAN_PORT": str(port),
        "SANHUAN_ADMIN_PASSWORD": "admin of the browser tests",
    }
    serving = Serving(settings)
    try:
        serving.wait_for("Sanhuan is running", within_s=LOADING_S)
        yield Served(f"http://127.0.0.1:{port}", serving)
    finally:
        if serving.process.poll() is None:
            serving.stop()
        serving.reader.join(60)
        shutil.rmtree(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run one after another: Playwright holds the thread's event loop meanwhile."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("SANHUAN_BROWSER") or shutil.which("chromium")
    if path is None:
        pytest.fail("no Chromium: run `make browser`, or name one in SANHUAN_BROWSER")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


class Visit:
    """One person's browser window. Fails the test on requests that leave this machine."""

    def __init__(self, browser: Browser, base: str, *, phone: bool, language: str) -> None:
        self.base = base
        self.context: BrowserContext = browser.new_context(
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]  # playwright's TypedDict
            device_scale_factor=2 if phone else 1,
            locale=language,
            has_touch=phone,
            service_workers="block",
        )
        self.context.set_default_timeout(LONG_MS)
        self.page: Page = self.context.new_page()
        self.strayed: list[str] = []
        self.failures: list[str] = []
        self.page.on("request", lambda request: self._watch(request.url))
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))

    def _watch(self, url: str) -> None:
        if urlsplit(url).hostname not in ("127.0.0.1", None):
            self.strayed.append(url)

    def sign_in(self, login: str, password: str = DEMO_PASSWORD) -> Page:
        """Sign in as a person does, by the form."""
        self.page.goto(self.base)
        self.page.locator("input").first.fill(login)
        self.page.locator("input[type=password]").fill(password)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("navigation").first.wait_for()
        return self.page

    def close(self) -> None:
        self.context.close()
        assert self.strayed == []
        assert self.failures == []


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    found = Visit(browser, served.base, phone=False, language="zh-CN")
    yield found
    found.close()


@pytest.fixture
def phone(browser: Browser, served: Served) -> Iterator[Visit]:
    found = Visit(browser, served.base, phone=True, language="zh-CN")
    yield found
    found.close()


@pytest.fixture
def english(browser: Browser, served: Served) -> Iterator[Visit]:
    found = Visit(browser, served.base, phone=False, language="en-US")
    yield found
    found.close()
