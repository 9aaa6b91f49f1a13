"""The command line: `sanhuan --help`.

A package offers commands in a module `commands` of its own, as a Typer application or a function,
and gets one line in PACKAGES. Its module is loaded only when one of its commands is run.
"""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import util
from typing import Annotated, Any, NamedTuple

import typer
from typer import core

import sanhuan
from sanhuan import errors


class Package(NamedTuple):
    """Commands of a package: the name typed, the module and attribute, and a line of help."""

    name: str
    module: str
    attribute: str
    help: str


PACKAGES: tuple[Package, ...] = (
    Package(
        "catalog",
        "sanhuan.catalog.commands",
        "app",
        "业务对象的定义：与数据表比对 · Definitions: compare with tables, JSON Schema.",
    ),
    Package(
        "verify",
        "sanhuan.changes.commands",
        "app",
        "用变更日志核对全部数据 · Replay the change log and compare it with the tables.",
    ),
    Package(
        "sample",
        "sanhuan.sample.commands",
        "app",
        "载入可公开的真实数据 · Load real data that may be shared.",
    ),
    Package(
        "replay-source",
        "sanhuan.sample.replaying",
        "replay_source",
        "把真实线索史经数据源重放一遍 · Play a real lead history through a source, signed.",
    ),
)


class Commands(core.TyperGroup):
    """Our own commands and those of packages that are there."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, ours first."""
        return [*super().list_commands(ctx), *(each.name for each in self.packages())]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by name: for the list of commands only its help, without loading it."""
        package = next((each for each in self.packages() if each.name == cmd_name), None)
        if package is None:
            return super().get_command(ctx, cmd_name)
        return core.TyperCommand(name=package.name, help=package.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command to run, loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        package = next((each for each in self.packages() if each.name == name), None)
        return (name, load(package) if package else command, rest)

    def packages(self) -> list[Package]:
        """Those whose module is installed."""
        return [each for each in PACKAGES if util.find_spec(each.module) is not None]


def load(package: Package) -> Any:
    """The command that a package offers."""
    offered = getattr(importlib.import_module(package.module), package.attribute)
    if isinstance(offered, typer.Typer):
        command = typer.main.get_command(offered)
    else:
        single = typer.Typer(add_completion=False)
        single.command()(offered)
        command = typer.main.get_command(single)
    command.name = package.name
    return command


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="三环 Sanhuan：销售运营平台 · the sales operations platform",
)

WithParent = Annotated[bool, typer.Option(hidden=True)]


def show_version(asked: bool) -> None:
    """Print the version and exit, when asked."""
    if asked:
        typer.echo(sanhuan.__version__)
        raise typer.Exit


@app.callback()
def before_any_command(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="显示版本 · Show the version.",
            callback=show_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """What comes before any command."""


@app.command()
def serve() -> None:
    """启动全部服务 · Run everything: database, worker and web, until Ctrl-C."""
    from sanhuan.database import settings
    from sanhuan.serving import serve as serving

    with told():
        serving.run(settings.read(), report)


@app.command()
def web(with_parent: WithParent = False) -> None:
    """只启动网页进程 · Run a web process alone, on a database that is set up."""
    from sanhuan.database import settings
    from sanhuan.serving import logs, parent
    from sanhuan.serving import web as process

    with told():
        start_process(logs.configure, parent.stop_with_parent if with_parent else None)
        process.run(settings.read())


@app.command()
def work(with_parent: WithParent = False) -> None:
    """只启动后台进程 · Run a worker process alone, on a database that is set up."""
    from sanhuan.database import settings
    from sanhuan.serving import logs, parent, worker

    with told():
        start_process(logs.configure, parent.stop_with_parent if with_parent else None)
        worker.run(settings.read())


@app.command()
def migrate(
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 · Answer as JSON.")] = False,
) -> None:
    """升级数据库 · Bring the database to this version."""
    from sanhuan.database import settings
    from sanhuan.serving import migrate as migrating

    with told():
        done = migrating.run(settings.read(), report)
        if as_json:
            typer.echo(json.dumps(described(done), ensure_ascii=False))
            return
        for name in done.applied:
            report(errors.Text(f"已执行 {name}", f"Applied {name}"))
        report(errors.Text("数据库已是最新。", "The database is up to date."))


@app.command()
def doctor() -> None:
    """检查安装 · Examine an installation; the exit code is 1 when something is wrong."""
    from sanhuan.database import settings
    from sanhuan.serving import doctor as examining

    marks = {
        examining.Grade.GOOD: "✓",
        examining.Grade.WARNING: "!",
        examining.Grade.BAD: "✗",
    }
    wrong = False
    with told():
        for finding in examining.examine(settings.read()):
            wrong = wrong or finding.grade is examining.Grade.BAD
            typer.echo(f"{marks[finding.grade]} {one_line(finding.message)}")
            if finding.hint is not None:
                typer.echo(f"  → {one_line(finding.hint)}")
    raise typer.Exit(1 if wrong else 0)


def start_process(configure: Callable[[], None], watch: Callable[[], None] | None) -> None:
    """What a long-running process does first."""
    configure()
    if watch is not None:
        watch()


def described(done: Any) -> dict[str, Any]:
    """What `migrate` did, as JSON."""
    return {
        "applied": done.applied,
        "sign_ins": [
            {
                "login": each.login,
                "password": each.password,
                "who_zh": each.who.zh,
                "who_en": each.who.en,
            }
            for each in done.sign_ins
        ],
    }


def report(text: errors.Text) -> None:
    """Tell the operator something, on standard error."""
    typer.echo(one_line(text), err=True)


def one_line(text: errors.Text) -> str:
    """Both languages in a line; once where they are the same."""
    return text.zh if text.zh == text.en else f"{text.zh}  {text.en}"


@contextmanager
def told() -> Iterator[None]:
    """Tell an error in its two sentences, without a stack trace, and exit with 1."""
    try:
        yield
    except errors.SanhuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def main() -> None:
    """Run the command line."""
    app(prog_name="sanhuan", args=sys.argv[1:])
