"""Brings a database to the schema that this version of the program expects.

A migration is a numbered file of plain SQL in the folder `migrations`. Each is applied once, in the
order of the numbers, in a transaction of its own, by one migrator at a time. Numbers are given out
in ranges, so a file may come after one with a higher number: what is not applied yet is applied.
"""

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import NamedTuple

import psycopg
from psycopg import rows

from sanhuan import errors
from sanhuan.database import jobs_schema, queries

FILE = re.compile(r"(\d{4})_([a-z][a-z0-9_]*)\.sql")


class MigrationChanged(errors.SanhuanError):
    """A migration was edited after it had been applied."""

    code = "migration_changed"


class DatabaseNewer(errors.SanhuanError):
    """The database has migrations that this version does not know."""

    code = "database_newer"


class Migration(NamedTuple):
    """One step of the schema. `checksum` is the SHA-256 of its SQL in hexadecimal."""

    number: int
    name: str
    checksum: str
    sql: str = ""


def known() -> list[Migration]:
    """The migrations of this version, in order. Raises ValueError for a misnamed file."""
    files = resources.files("sanhuan.database").joinpath("migrations").iterdir()
    return ordered(
        parse(file.name, file.read_text(encoding="utf-8"))
        for file in files
        if file.name.endswith(".sql")
    )


def parse(file_name: str, sql: str) -> Migration:
    """The migration of a file. Raises ValueError when it is not named like 0001_kernel.sql."""
    match = FILE.fullmatch(file_name)
    if match is None:
        raise ValueError(f"{file_name}: a migration is named like 0001_kernel.sql")
    checksum = hashlib.sha256(sql.encode()).hexdigest()
    return Migration(number=int(match[1]), name=match[2], checksum=checksum, sql=sql)


def ordered(migrations: Iterable[Migration]) -> list[Migration]:
    """The migrations by number. Raises ValueError when two have the same number."""
    in_order = sorted(migrations, key=lambda each: each.number)
    for one, next_one in itertools.pairwise(in_order):
        if one.number == next_one.number:
            raise ValueError(f"two migrations have number {one.number:04}")
    return in_order


def pending(known: Sequence[Migration], applied: Iterable[Migration]) -> list[Migration]:
    """Those that are known and not applied, in order.

    Raises MigrationChanged or DatabaseNewer when what was applied is not what is known.
    """
    by_number = {each.number: each for each in known}
    done = set[int]()
    for each in applied:
        ours = by_number.get(each.number)
        if ours is None:
            raise newer(each)
        if ours.checksum != each.checksum:
            raise changed(each)
        done.add(each.number)
    return [each for each in known if each.number not in done]


def apply(conninfo: str, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """Apply what is pending as the owner of the database and return it; [] when all is done.

    `migrations` None means those of this version. A migration that fails leaves nothing behind and
    raises what PostgreSQL said (psycopg.Error).
    """
    statements = queries.load("sanhuan.database", "migrations.sql")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(statements["lock"])
        # `if not exists` would say each time that they exist.
        if not is_begun(connection):
            connection.execute(statements["create_schema"])
            connection.execute(statements["create_table"])
        todo = pending(known() if migrations is None else migrations, read_applied(connection))
        for migration in todo:
            apply_one(connection, migration)
        jobs_schema.apply(connection)
        return todo


def status(conninfo: str) -> list[Migration]:
    """What `apply` would do, without doing it."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        applied = read_applied(connection) if is_begun(connection) else []
        return pending(known(), applied)


def is_begun(connection: psycopg.Connection) -> bool:
    """Whether a migration was ever applied to the database."""
    statements = queries.load("sanhuan.database", "migrations.sql")
    row = connection.execute(statements["is_there"]).fetchone()
    return row is not None and bool(row[0])


def read_applied(connection: psycopg.Connection) -> list[Migration]:
    """What the database says was applied, in order."""
    statements = queries.load("sanhuan.database", "migrations.sql")
    with connection.cursor(row_factory=rows.class_row(Migration)) as cursor:
        return cursor.execute(statements["applied"]).fetchall()


def apply_one(connection: psycopg.Connection, migration: Migration) -> None:
    """Run one migration and note it, both or neither."""
    statements = queries.load("sanhuan.database", "migrations.sql")
    with connection.transaction():
        connection.execute(migration.sql.encode())
        connection.execute(
            statements["record"],
            {
                "number": migration.number,
                "name": migration.name,
                "checksum": migration.checksum,
            },
        )


def newer(migration: Migration) -> DatabaseNewer:
    """The error about a migration that this version does not know."""
    label = f"{migration.number:04}_{migration.name}"
    return DatabaseNewer(
        errors.Text(
            f"数据库比程序新：它已有本版本不认识的迁移 {label}。",
            f"The database is newer than the program: it has a migration {label}.",
        ),
        hint=errors.Text(
            "请使用升级数据库的那个版本，或恢复升级前的备份。",
            "Run the version that upgraded it, or restore the backup from before.",
        ),
    )


def changed(migration: Migration) -> MigrationChanged:
    """The error about a migration whose file no longer is what was applied."""
    label = f"{migration.number:04}_{migration.name}"
    return MigrationChanged(
        errors.Text(
            f"迁移 {label} 在执行之后被改动过。",
            f"Migration {label} was changed after it had been applied.",
        ),
        hint=errors.Text(
            "请恢复原文件，并把改动写成新的迁移；试验用的数据文件夹可以直接新建一个。",
            "Put the file back and write the change as a new migration; "
            "for a trial take a new data folder.",
        ),
    )
