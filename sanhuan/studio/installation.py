"""Bringing packages into an installation: definitions, tables, roles, the first people.

Runs at every start and does nothing where the packages are installed already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from psycopg import AsyncConnection

from sanhuan import apps
from sanhuan.catalog import packages, publish
from sanhuan.catalog.definitions import RoleDefinition
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.packages import Package
from sanhuan.catalog.runtime import Catalog
from sanhuan.database import queries
from sanhuan.identity import policies, versions
from sanhuan.identity.access import SYSTEM_USER, system_caller
from sanhuan.records import Batch, Records, Write

NAMESPACE = UUID("6f1b9a52-5d0c-4c7b-9c55-2b6e0d3c7a11")
"""Of the ids of records that packages bring: they are the same in every installation."""


def role_id(role: RoleDefinition) -> UUID:
    """The id of the record that stands for a role of a package."""
    return uuid5(NAMESPACE, f"role {role.id}")


def shipped(kinds: Kinds) -> list[Package]:
    """The packages that come with the product, each after those that it requires."""
    return packages.read_all(Path(apps.__file__).parent, kinds)


async def install(
    publisher: publish.Publisher, found: Sequence[Package], connect: publish.Connect
) -> list[str]:
    """Publish the packages that are new or changed; what was done, in words.

    Definitions that a newer package no longer has stay until they are taken away by hand.
    """
    statements = queries.load("sanhuan.catalog", "definitions.sql")
    async with connect() as connection:
        cursor = await connection.execute(statements["installed_packages"])
        known = {app: bytes(digest) for app, _, digest in await cursor.fetchall()}
    changed = [package for package in found if known.get(package.app.name) != package.digest]
    if not changed:
        return []
    changes = [change for package in changed for change in publish.changes_of(package)]
    published = await publisher.publish(changes, SYSTEM_USER)
    async with connect() as connection, connection.transaction():
        for package in changed:
            await connection.execute(
                statements["write_package"],
                {
                    "app": package.app.name,
                    "version": package.app.version,
                    "digest": package.digest,
                },
            )
    return published.steps


async def bring_roles(records: Records) -> None:
    """Make a record for each role of the catalog, and for the platform itself as a person."""
    catalog = records.catalog

    async def act(tx: AsyncConnection[Any]) -> None:
        await _ensure(
            records,
            tx,
            "user",
            [(SYSTEM_USER, {"name": "三环", "login": "system", "active": False})],
        )
        await _ensure(
            records,
            tx,
            "role",
            [(role_id(role), _role_record(role)) for role in catalog.roles.values()],
        )
        await _write_policies(tx, catalog)

    await records.run(act)


def _role_record(role: RoleDefinition) -> dict[str, Any]:
    description = role.description.zh if role.description else None
    return {
        "key": role.name,
        "name": role.label.zh,
        "description": description,
        "app": role.app,
    }


async def _ensure(
    records: Records,
    tx: AsyncConnection[Any],
    object_name: str,
    wanted: Iterable[tuple[UUID, dict[str, Any]]],
) -> None:
    """Create the records that are missing, by id."""
    asked = list(wanted)
    there = await records.lock(tx, object_name, [record for record, _ in asked])
    rows = [Write("create", values, id=record) for record, values in asked if record not in there]
    if rows:
        await records.save(tx, system_caller(), Batch(object_name, rows))


async def _write_policies(tx: AsyncConnection[Any], catalog: Catalog) -> None:
    for role in catalog.roles.values():
        await policies.replace_policies(tx, role_id(role), policies_of(role, catalog), role.rights)
    await versions.bump(tx, "policies")


def policies_of(role: RoleDefinition, catalog: Catalog) -> list[policies.Policy]:
    """A role's policies by the ids of objects and fields."""
    found: list[policies.Policy] = []
    for policy in role.policies:
        item = catalog.objects.get(policy.object)
        if item is None and policy.object != policies.EVERY_OBJECT:
            continue
        found.append(
            policies.Policy(
                object_id=policies.EVERY_OBJECT if item is None else item.id,
                acts=frozenset(policy.acts),
                rows=policy.rows,
                condition=policy.condition,
                fields={}
                if item is None
                else {item.fields[name].id: right for name, right in policy.fields.items()},
                other_fields=policy.other_fields,
            )
        )
    return found
