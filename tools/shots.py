"""Pictures of every page, at desktop and phone width, in both languages: `make shots`.

    python tools/shots.py [--base http://127.0.0.1:8000] [page ...]

Without --base an installation of its own is started with the sample company.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.acceptance.browser.conftest import DEMO_PASSWORD, DESKTOP, FLAGS, PHONE
from tests.serving import Serving, free_port, new_folder

FOLDER = Path("shots")
SETTLE_MS = 1_500
LONGEST_MS = 20_000
ADMINISTRATOR = "luo.ziheng"
MANAGER = "lu.jingming"
SELLER = "xia.chengyu"
PAGES = {
    "dashboard": (MANAGER, "/pages/sales.dashboard"),
    "leads": (MANAGER, "/pages/lead.list"),
    "opportunities": (SELLER, "/pages/opportunity.list"),
    "accounts": (MANAGER, "/pages/account.list"),
    "orders": (MANAGER, "/pages/order.list"),
    "tasks": (SELLER, "/pages/system.tasks"),
    "imports": (MANAGER, "/pages/system.imports"),
    "people": (ADMINISTRATOR, "/pages/system.people"),
    "sources": (ADMINISTRATOR, "/pages/system.sources"),
}
RECORDS = {
    "lead": (MANAGER, "lead"),
    "opportunity": (SELLER, "opportunity"),
    "account": (MANAGER, "account"),
    "order": (MANAGER, "order"),
}
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}


@contextmanager
def served() -> Iterator[str]:
    """An installation with the sample company; its address."""
    folder, port = new_folder(), free_port()
    serving = Serving({"SANHUAN_DATA": str(folder / "var"), "SANHUAN_PORT": str(port)})
    try:
        serving.wait_for("Sanhuan is running")
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.stop()
        shutil.rmtree(folder)


def take(browser: Browser, base: str, wanted: set[str]) -> None:
    """All pictures wanted (none: all) in both languages and widths."""
    for language, locale in LANGUAGES.items():
        for width, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
            context = browser.new_context(
                viewport=viewport,  # type: ignore[arg-type]  # playwright's TypedDict
                device_scale_factor=2 if width == "phone" else 1,
                locale=locale,
            )
            page = context.new_page()
            suffix = f"{language}-{width}"
            if not wanted or "sign-in" in wanted:
                page.goto(base)
                shoot(page, f"sign-in-{suffix}")
            for name, (person, address) in addresses(page, base).items():
                if not wanted or name in wanted:
                    sign_in(page, base, person, language)
                    page.goto(base + address)
                    shoot(page, f"{name}-{suffix}")
            context.close()


def addresses(page: Page, base: str) -> dict[str, tuple[str, str]]:
    """Pages, and the first record of each kind that its person sees, with its form."""
    found = dict(PAGES)
    for name, (person, kind) in RECORDS.items():
        sign_in(page, base, person, "zh")
        answer = page.request.get(f"{base}/api/v1/records/{kind}?limit=1&fields=id").json()
        if answer["data"]:
            found[name] = (person, f"/records/{kind}/{answer['data'][0]['id']}")
        found[f"{name}-form"] = (person, f"/records/{kind}/new")
    return found


def sign_in(page: Page, base: str, login: str, language: str) -> None:
    """A session of that person, by the API."""
    credentials = {"login": login, "password": DEMO_PASSWORD}
    page.request.post(f"{base}/api/v1/session", data=credentials)
    page.add_init_script(f"localStorage.setItem('sanhuan.language', '{language}')")


def shoot(page: Page, name: str) -> None:
    """Wait until the page is still, then take its picture."""
    page.wait_for_timeout(SETTLE_MS)
    page.wait_for_function("!document.querySelector('[class*=keleton]')", timeout=LONGEST_MS)
    page.screenshot(path=FOLDER / f"{name}.png")
    sys.stdout.write(f"{FOLDER / name}.png\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base")
    parser.add_argument("pages", nargs="*")
    given = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    path = os.environ.get("SANHUAN_BROWSER") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        if given.base:
            take(browser, given.base, set(given.pages))
        else:
            with served() as base:
                take(browser, base, set(given.pages))


if __name__ == "__main__":
    main()
