"""The operating-system account that PostgreSQL runs under: it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sanhuan import errors

NAME = "sanhuan"


class AccountMissing(errors.SanhuanError):
    """We run as root, and the system user for PostgreSQL can't be made."""

    code = "account_missing"


@dataclass(frozen=True)
class Account:
    """A system user."""

    name: str
    uid: int
    gid: int


def for_postgresql() -> Account | None:
    """The account to run PostgreSQL under: None for our own, which is right unless we are root.

    As root a system user `sanhuan` without a password or a login shell is made when missing.
    Raises AccountMissing when that fails.
    """
    if os.geteuid() != 0:
        return None
    return find() or make()


def find() -> Account | None:
    """The system user `sanhuan`, None when there is none."""
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return Account(name=NAME, uid=entry.pw_uid, gid=entry.pw_gid)


def make() -> Account:
    """Make the system user `sanhuan` with the system's own command."""
    commands = (
        ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"],
        ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin"],  # BusyBox, as in Alpine
    )
    command = next((each for each in commands if shutil.which(each[0])), None)
    if command is not None:
        # Two starts at once may both try: what counts is that the user is there afterwards.
        subprocess.run([*command, NAME], capture_output=True, check=False)
    account = find()
    if account is None:
        raise AccountMissing(
            errors.Text(
                "PostgreSQL 不能以 root 运行，而系统用户 sanhuan 无法创建。",
                "PostgreSQL does not run as root, and the system user sanhuan can't be made.",
            ),
            hint=errors.Text(
                "请以普通用户运行，或先创建该用户：useradd --system sanhuan。",
                "Run as an ordinary user, or make that user first: useradd --system sanhuan.",
            ),
        )
    return account


def run(
    command: list[str],
    account: Account | None,
    *,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end under `account` (None: our own) and return what it said.

    `environment` None means our own. Raises OSError when the account may not execute it.
    """
    return subprocess.run(
        command,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def reaches(account: Account, folder: Path) -> bool:
    """Whether `account` may pass through every folder above and into `folder`."""
    done = run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)], account)
    return done.returncode == 0
