"""A small company in a database, and what signs its people in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from sanhuan.clock import ManualClock
from sanhuan.database import pool
from sanhuan.identity import access, attempts, credentials, directory, passwords, policies
from sanhuan.identity.authentication import Authenticator
from tests import databases

PASSWORD = "correct horse battery staple"
CHEAP = passwords.Cost(passes=1, memory_kib=8, lanes=1)


@dataclass
class Company:
    """Makes people, departments and roles the way that records would."""

    conn: pool.Connection
    hashing: passwords.Passwords
    clock: ManualClock

    async def add(self, table: str, **values: object) -> UUID:
        names = [sql.Identifier(each) for each in values]
        statement = sql.SQL("insert into {} ({}) values ({}) returning id").format(
            sql.Identifier("data", table),
            sql.SQL(", ").join(names),
            sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        )
        row = await (await self.conn.execute(statement, list(values.values()))).fetchone()
        assert row is not None
        assert isinstance(row[0], UUID)
        return row[0]

    async def person(
        self,
        login: str,
        *,
        password: str | None = None,
        local_only: bool = False,
        department: UUID | None = None,
        manager: UUID | None = None,
        active: bool = True,
        roles: tuple[UUID, ...] = (),
    ) -> UUID:
        user = await self.add(
            "o_user",
            f_name="李伟",
            f_login=login,
            f_department=department,
            f_manager=manager,
            f_active=active,
        )
        for each in roles:
            await self.give(user, each)
        if password is not None:
            await credentials.set_password_hash(
                self.conn,
                user,
                await self.hashing.hash(password),
                self.clock.now(),
                local_only=local_only,
            )
        return user

    async def give(self, user: UUID, role: UUID) -> None:
        await self.conn.execute("insert into data.l_user_roles values (%s, %s)", [user, role])

    async def role(self, key: str, *stated: policies.Policy, rights: tuple[str, ...] = ()) -> UUID:
        made = await self.add("o_role", f_key=key, f_name=key)
        await policies.replace_policies(self.conn, made, stated, rights)
        return made

    async def set(self, table: str, record: UUID, **values: object) -> None:
        for name, value in values.items():
            await self.conn.execute(
                sql.SQL("update {} set {} = %s where id = %s").format(
                    sql.Identifier("data", table), sql.Identifier(name)
                ),
                [value, record],
            )

    async def caller(
        self,
        user: UUID,
        *,
        session: UUID | None = None,
        scopes: frozenset[str] | None = None,
    ) -> access.Caller:
        now = await directory.load(self.conn)
        caller = now.caller(user, session=session, token_scopes=scopes)
        assert caller is not None
        return caller


@pytest.fixture(scope="module")
def dsn(module_database: databases.TestDatabase) -> str:
    """A database with the tables of the package `system`, shared by a module's tests."""
    tables = Path(__file__).with_name("system_tables.sql").read_bytes()
    with psycopg.connect(module_database.ddl_dsn) as conn:
        conn.execute(tables)
    return module_database.app_dsn


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))


@pytest.fixture
def hashing() -> passwords.Passwords:
    return passwords.Passwords(CHEAP)


@pytest.fixture
async def connections(dsn: str) -> AsyncIterator[pool.Pool]:
    async with pool.create(dsn, pool.WEB, most=8) as opened:
        yield opened


@pytest.fixture
async def conn(connections: pool.Pool) -> AsyncIterator[pool.Connection]:
    async with connections.connection() as taken:
        yield taken


@pytest.fixture
def company(conn: pool.Connection, hashing: passwords.Passwords, clock: ManualClock) -> Company:
    return Company(conn, hashing, clock)


@pytest.fixture
def authenticator(
    connections: pool.Pool, hashing: passwords.Passwords, clock: ManualClock
) -> Authenticator:
    return Authenticator(
        connections, hashing, clock, limits=attempts.Limits(per_login=5, per_address=20)
    )
