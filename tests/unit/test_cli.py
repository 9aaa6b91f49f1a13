"""The command line: quick to answer, and every command reachable."""

import subprocess
import sys

import pytest
from typer import testing

from sanhuan import cli


def run(*arguments: str) -> testing.Result:
    """Run the command line in this process."""
    return testing.CliRunner().invoke(cli.app, list(arguments))


@pytest.mark.parametrize("name", ["serve", "web", "work", "migrate", "doctor"])
def test_our_commands_are_listed(name: str) -> None:
    assert name in run("--help").output


@pytest.mark.parametrize("package", cli.PACKAGES, ids=lambda package: package.name)
def test_command_of_a_package_is_listed_and_can_be_run(package: cli.Package) -> None:
    assert package.name in run("--help").output
    assert run(package.name, "--help").exit_code == 0


def test_command_whose_package_is_missing_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = cli.Package("teleport", "sanhuan_no_such_package", "app", "?")
    monkeypatch.setattr(cli, "PACKAGES", (missing,))

    assert "teleport" not in run("--help").output
    assert run("teleport").exit_code != 0


def test_version_is_told() -> None:
    assert run("--version").output.strip() == "0.1.0"


def test_wrong_setting_is_told_in_two_sentences_without_a_stack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SANHUAN_PORT", "eight thousand")

    done = run("serve")

    assert done.exit_code == 1
    assert len(done.output.splitlines()) == 2
    assert "SANHUAN_PORT" in done.output


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from sanhuan import cli\n"
        "try:\n"
        "    cli.app(['--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'psycopg', 'litestar', 'sqlalchemy', 'procrastinate', 'msgspec'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
