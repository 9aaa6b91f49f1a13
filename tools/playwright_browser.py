"""Prints the path of the Chromium that Playwright has downloaded; exits with 1 when it has none."""

import os
import sys
from pathlib import Path

NAMES = ("chrome", "chrome-headless-shell", "headless_shell", "Chromium")


def main() -> None:
    """Look where Playwright keeps its browsers; the newest build wins."""
    set_folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folder = Path(set_folder) if set_folder else Path.home() / ".cache" / "ms-playwright"
    found = (path for name in NAMES for path in folder.glob(f"chromium*/**/{name}"))
    builds = sorted(path for path in found if path.is_file())
    if not builds:
        sys.exit(1)
    print(builds[-1])


main()
