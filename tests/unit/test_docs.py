"""Documentation is tested: what it must name is named, what it links to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sanhuan import cli

ROOT = Path(__file__).parent.parent.parent
PAGES = [
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if "node_modules" not in path.parts
]
OWN = ("serve", "web", "work", "migrate", "doctor")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_is_in_the_manual(language: str) -> None:
    manual = (ROOT / "docs" / language / "README.md").read_text(encoding="utf-8")
    names = [*OWN, *(package.name for package in cli.PACKAGES)]

    assert [name for name in names if f"sanhuan {name}" not in manual] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert missing == []


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    source = (ROOT / "sanhuan" / "database" / "settings.py").read_text(encoding="utf-8")

    settings = set(re.findall(r'"(SANHUAN_[A-Z_]+)"', source))

    assert settings
    assert [name for name in sorted(settings) if name not in readme] == []
