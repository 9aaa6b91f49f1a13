"""Gives a machine without Chinese characters a font for tests and pictures.

Takes Noto Sans SC (SIL Open Font License) from its npm package and puts it where fontconfig looks
for a person's own fonts. The package holds compressed web fonts, which browsers do not take from
the system, so they are unpacked.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fontTools import ttLib

PACKAGE = "@fontsource/noto-sans-sc"
VERSION = "5.3.0"
WEIGHTS = (400, 600)
TOOLS = Path(__file__).parent
FOLDER = Path.home() / ".local" / "share" / "fonts" / "sanhuan-noto-sans-sc"


def main() -> None:
    """Install the font unless some Chinese font is there."""
    if FOLDER.exists() or has_chinese_font():
        return
    print(f"No Chinese font on this machine: putting Noto Sans SC into {FOLDER}")
    with tempfile.TemporaryDirectory() as folder:
        unpack(fetch(Path(folder)), FOLDER)
    if shutil.which("fc-cache"):
        subprocess.run(["fc-cache", FOLDER.parent], check=True)


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font with simplified Chinese."""
    if shutil.which("fc-list") is None:
        return sys.platform == "darwin"
    listed = subprocess.run(
        ["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=True
    )
    return bool(listed.stdout.strip())


def fetch(folder: Path) -> Path:
    """Get the package into a folder; where its font files lie."""
    command = [TOOLS / "node", "npm", "install", "--no-audit", "--no-fund", "--prefix", folder]
    subprocess.run([*command, f"{PACKAGE}@{VERSION}"], check=True, stdout=subprocess.DEVNULL)
    return folder / "node_modules" / PACKAGE / "files"


def unpack(files: Path, target: Path) -> None:
    """Write each web font as a plain one. The folder appears only when all are there."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for weight in WEIGHTS:
        for path in sorted(files.glob(f"*-{weight}-normal.woff2")):
            font = ttLib.TTFont(path)
            font.flavor = None
            font.save(partial / f"{path.stem}.ttf")
    partial.rename(target)


main()
