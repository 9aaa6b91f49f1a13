"""What a new installation needs before anyone can sign in, and an upgraded one after an upgrade.

Safe to repeat: what is there already is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from sanhuan.identity import credentials, passwords
from sanhuan.identity.access import system_caller
from sanhuan.records import Batch, Query, Records, Write

ADMINISTRATOR = "admin"


async def people(
    records: Records, hashing: passwords.Passwords, password: str | None, now: datetime
) -> str | None:
    """Make the first administrator; the password made up for him, None when it was given."""

    async def act(tx: AsyncConnection[Any]) -> str | None:
        await _administrator(records, tx)
        return await credentials.ensure_administrator(tx, hashing, password, now)

    return await records.run(act)


async def _administrator(records: Records, tx: AsyncConnection[Any]) -> None:
    root = system_caller()
    login = {"field": "login", "operator": "=", "value": ADMINISTRATOR}
    asked = Query(filter={"combinator": "and", "rules": [login]}, fields=["login"])
    if await records.fetch(tx, root, "user", asked):
        return
    roles = await role_ids(records, tx)
    wanted = [roles[name] for name in ("administrator", "member") if name in roles]
    wanted += [roles[name] for name in sorted(roles) if name.endswith("_administrator")]
    values = {"name": "管理员", "login": ADMINISTRATOR, "active": True, "roles": wanted}
    await records.save(tx, root, Batch("user", [Write("create", values)]))


async def role_ids(records: Records, tx: AsyncConnection[Any]) -> Mapping[str, str]:
    """Ids of the roles by their keys."""
    asked = Query(fields=["key"], limit=500)
    found = await records.fetch(tx, system_caller(), "role", asked)
    return {role["key"]: role["id"] for role in found}
