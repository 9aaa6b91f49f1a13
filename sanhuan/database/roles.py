"""The roles of the database and their passwords.

    the owner     runs migrations; `sanhuan` in the embedded server, else whom the URL names
    sanhuan_ddl   owns business tables and changes their definitions; takes what sanhuan_app may do
    sanhuan_app   reads and writes rows, changes no definition; all requests and jobs run as this
    sanhuan_read  reads the views of schema `readable`; signs in only once someone lets it

The passwords of sanhuan_ddl and sanhuan_app are derived from the owner's, so that every node of an
installation knows them without a file of its own.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import conninfo, sql

from sanhuan import errors

APP = "sanhuan_app"
DDL = "sanhuan_ddl"
READ = "sanhuan_read"

MINIMUM_VERSION = 180000  # as in server_version_num: uuidv7(), RETURNING old

# What holds for every connection of a role, wherever it comes from.
COMMON: Mapping[str, str] = {
    "search_path": "kernel",
    "timezone": "UTC",
    "jit": "off",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "60s",
    "client_min_messages": "warning",
}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    # A plan must see the row rule's values: a generic one was 230 times slower.
    APP: {**COMMON, "plan_cache_mode": "force_custom_plan"},
    DDL: COMMON,
    READ: {
        **COMMON,
        "search_path": "readable",
        "default_transaction_read_only": "on",
        "statement_timeout": "15s",
    },
}


class DatabaseUnsuitable(errors.SanhuanError):
    """The PostgreSQL that SANHUAN_DATABASE_URL names can't be used; the message says why."""

    code = "database_unsuitable"


@dataclass(frozen=True)
class Access:
    """Connection strings of one database, one per role that signs in, and what they come from."""

    owner: str = field(repr=False)
    ddl: str = field(repr=False)
    app: str = field(repr=False)
    secret: str = field(repr=False)


def access(owner: str, secret: str) -> Access:
    """The connection strings of all roles, from the owner's and the secret behind the passwords."""
    return Access(
        owner=owner,
        ddl=conninfo.make_conninfo(owner, user=DDL, password=derive(secret, DDL)),
        app=conninfo.make_conninfo(owner, user=APP, password=derive(secret, APP)),
        secret=secret,
    )


def derive(secret: str, role: str) -> str:
    """A role's password, in hexadecimal: an HMAC, from which the secret can't be found."""
    return hmac.new(secret.encode(), f"sanhuan role {role}".encode(), hashlib.sha256).hexdigest()


def provision(access: Access) -> None:
    """Make the roles, or bring them to what they should be. Safe to repeat.

    Raises DatabaseUnsuitable for a PostgreSQL that is too old, that is not in UTF-8, or where the
    owner may not make roles.
    """
    with psycopg.connect(access.owner) as connection:
        check(connection)
        # Roles belong to the whole cluster: two databases set up at once would collide.
        connection.execute("select pg_advisory_xact_lock(hashtextextended('sanhuan.roles', 0))")
        present = {row[0] for row in connection.execute("select rolname from pg_roles")}
        for role in (APP, DDL, READ):
            if role not in present:
                connection.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
            connection.execute(login(connection, role, access.secret))
            for name, value in SETTINGS[role].items():
                connection.execute(
                    sql.SQL("alter role {} set {} = {}").format(
                        sql.Identifier(role), sql.Identifier(name), sql.Literal(value)
                    )
                )
        grant(connection, connection.info.dbname)


def check(connection: psycopg.Connection) -> None:
    """Raise DatabaseUnsuitable unless this PostgreSQL can serve an installation."""
    version = connection.info.server_version
    if version < MINIMUM_VERSION:
        raise too_old(version)
    row = connection.execute(
        "select current_setting('server_encoding'), rolsuper or rolcreaterole"
        " from pg_roles where rolname = current_user"
    ).fetchone()
    if row is None or row[0] != "UTF8":
        raise DatabaseUnsuitable(
            errors.Text("数据库的编码不是 UTF-8。", "The database is not encoded in UTF-8."),
            hint=errors.Text(
                "请新建数据库：create database sanhuan encoding 'UTF8' template template0。",
                "Make one with: create database sanhuan encoding 'UTF8' template template0.",
            ),
        )
    if not row[1]:
        raise DatabaseUnsuitable(
            errors.Text(
                "SANHUAN_DATABASE_URL 的用户无权创建角色。",
                "The user of SANHUAN_DATABASE_URL may not make roles.",
            ),
            hint=errors.Text(
                "请以超级用户执行：alter role 用户名 createrole。",
                "As a superuser run: alter role that_user createrole.",
            ),
        )


def too_old(version: int) -> DatabaseUnsuitable:
    """The error about an old PostgreSQL; `version` as in server_version_num."""
    found = f"{version // 10000}.{version % 10000}"
    return DatabaseUnsuitable(
        errors.Text(
            f"PostgreSQL {found} 太旧，需要 18 或更高版本。",
            f"PostgreSQL {found} is too old: 18 or newer is needed.",
        ),
        hint=errors.Text(
            "请升级它，或去掉 SANHUAN_DATABASE_URL 以使用内置的 PostgreSQL。",
            "Upgrade it, or unset SANHUAN_DATABASE_URL to use the embedded one.",
        ),
    )


def login(connection: psycopg.Connection, role: str, secret: str) -> sql.Composed:
    """The statement that says how a role signs in; the password leaves us only as its verifier."""
    if role == READ:
        return sql.SQL("alter role {} noinherit").format(sql.Identifier(role))
    verifier = connection.pgconn.encrypt_password(
        derive(secret, role).encode(), role.encode(), b"scram-sha-256"
    )
    return sql.SQL("alter role {} login inherit password {}").format(
        sql.Identifier(role), sql.Literal(verifier.decode())
    )


def grant(connection: psycopg.Connection, dbname: str) -> None:
    """Say who may use the database, and let sanhuan_ddl do what sanhuan_app may."""
    database = sql.Identifier(dbname)
    app, ddl, read = (sql.Identifier(role) for role in (APP, DDL, READ))
    for statement in (
        sql.SQL("grant {app} to {ddl}"),
        # The owner makes schemas for sanhuan_ddl: without superuser rights it must belong to it.
        sql.SQL("grant {ddl} to current_user with inherit true, set true"),
        sql.SQL("revoke all on database {database} from public"),
        sql.SQL("grant connect, temporary on database {database} to {app}"),
        sql.SQL("grant connect on database {database} to {ddl}, {read}"),
    ):
        connection.execute(statement.format(app=app, ddl=ddl, read=read, database=database))
