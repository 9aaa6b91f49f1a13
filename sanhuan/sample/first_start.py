"""The made-up company on the first start, and the people one may try the product as."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from sanhuan.errors import Text
from sanhuan.identity import credentials, passwords
from sanhuan.identity.access import system_caller
from sanhuan.records import Query, Records
from sanhuan.sample import company as companies
from sanhuan.sample import loading
from sanhuan.studio import first_start

PASSWORD = "sanhuan"


async def company(
    records: Records, hashing: passwords.Passwords, now: datetime
) -> Sequence[tuple[str, Text]]:
    """Load the company unless it is there; logins of the demo people with what they are."""
    there = await _demo_people(records)
    if not there:
        async with records.transaction() as tx:
            roles = await first_start.role_ids(records, tx)
        known = {f"role:{key}": UUID(role) for key, role in roles.items()}
        await loading.load(companies.plan(now), records, records.transaction, known=known)
        there = await _demo_people(records)
        await _give_passwords(records, hashing, there, now)
    return [(person["login"], _role(person)) for person in there]


async def _demo_people(records: Records) -> Sequence[dict[str, Any]]:
    rule = {"field": "login", "operator": "in", "value": list(companies.DEMO_LOGINS)}
    asked = Query(
        filter={"combinator": "and", "rules": [rule]}, fields=["login", "name", "title", "roles"]
    )
    async with records.transaction() as tx:
        found = await records.fetch(tx, system_caller(), "user", asked)
    return sorted(found, key=lambda person: companies.DEMO_LOGINS.index(person["login"]))


def _role(person: dict[str, Any]) -> Text:
    """What a person is, in words: name and job title."""
    title = person.get("title") or ""
    return Text(f"{person['name']}，{title}", f"{person['name']}, {title}")


async def _give_passwords(
    records: Records,
    hashing: passwords.Passwords,
    people: Sequence[dict[str, Any]],
    now: datetime,
) -> None:
    kept = await hashing.hash(PASSWORD)

    async def act(tx: AsyncConnection[Any]) -> None:
        for person in people:
            await credentials.set_password_hash(tx, UUID(person["id"]), kept, now, local_only=True)

    await records.run(act)
