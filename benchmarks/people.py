"""The people that lists are asked as, with sessions that programs can use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from sanhuan.identity import credentials, policies, sessions, versions

SEEN = ("user", "department", "tag", "role", "competitor", "contact", "bench_customer")
OWNED = ("opportunity", "account")
SEE = frozenset({"see"})
NO_PASSWORD = "none"
ALL = frozenset({"see", "create", "edit", "delete", "assign", "import", "export"})


@dataclass(frozen=True)
class Person:
    """Who asks: what their role takes, and their session's token."""

    id: UUID
    token: str


async def make(connection: AsyncConnection[Any], measured: UUID) -> dict[str, UUID]:
    """Give people roles; their ids by what they see.

    `seller` (own, department, 100 shares), `own`, `head` (ten departments), `everything`.
    """
    rows = {
        "seller": ("own", "department", "shared"),
        "own": ("own",),
        "head": ("department",),
        "everything": ("all",),
    }
    found = await connection.execute(
        "select id from kernel.bench_person where n between 100 and 110 order by n"
    )
    others = [person for (person,) in await found.fetchall()]
    ids = {"seller": measured, "own": others[0], "head": others[1], "everything": others[2]}
    async with connection.transaction():
        for name, kinds in rows.items():
            role = await _role(connection, kinds)
            await connection.execute(
                "insert into data.l_user_roles (record, target) values (%s, %s)", (ids[name], role)
            )
        await _posts(connection, ids["head"])
        await versions.bump(connection, "policies")
    return ids


async def token(connection: AsyncConnection[Any], person: UUID) -> str:
    """A session, for a credential that no password opens."""
    now = datetime.now(UTC)
    await credentials.set_password_hash(connection, person, NO_PASSWORD, now)
    issued = await sessions.open_session(connection, person, NO_PASSWORD, now)
    if issued is None:
        raise RuntimeError(person)
    return issued.token


async def _role(connection: AsyncConnection[Any], kinds: Sequence[str]) -> UUID:
    role = uuid4()
    await connection.execute(
        "insert into data.o_role (id, version, created_at, created_by, updated_at, updated_by,"
        " f_name, f_key) values (%(id)s, 1, now(), %(id)s, now(), %(id)s, 'bench', %(key)s)",
        {"id": role, "key": f"bench-{role}"},
    )
    wanted = [
        policies.Policy(object_id, SEE if kind == "shared" else ALL, kind)
        for object_id in OWNED
        for kind in kinds
    ]
    wanted += [policies.Policy(object_id, SEE, "all") for object_id in SEEN]
    wanted.append(policies.Policy("bench_deal", ALL, "all"))
    await policies.replace_policies(connection, role, wanted)
    return role


async def _posts(connection: AsyncConnection[Any], person: UUID) -> None:
    """Posts in ten departments: a fifth of all records."""
    await connection.execute(
        "insert into data.o_post (id, version, created_at, created_by, updated_at, updated_by,"
        " f_user, f_department, f_main) select uuidv7(), 1, now(), %(person)s, now(), %(person)s,"
        " %(person)s, id, false from (select id from data.o_department order by id limit 10) d",
        {"person": person},
    )
