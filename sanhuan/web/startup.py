"""What a database needs after its migrations: packages, roles, the first people, the sample.

Runs at every start and does nothing where it is done. It works with the DDL role for definitions,
and saves records through records like anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from sanhuan.calendar import seed
from sanhuan.catalog.publish import Publisher
from sanhuan.database import queries
from sanhuan.identity import credentials
from sanhuan.identity.access import system_caller
from sanhuan.parts import Kernel, Part
from sanhuan.records import Batch, Write
from sanhuan.records.service import Transaction
from sanhuan.sample import company, loading
from sanhuan.studio import installation

DEMO_PASSWORD: Final = "sanhuan-demo"
"""Public: whoever has it signs in from the machine itself, and as people of the sample alone."""

log = structlog.get_logger(__name__)


class FirstSignIn(NamedTuple):
    """A way to sign in, to be shown at the start. `password` None: the operator chose it."""

    login: str
    password: str | None
    is_demo: bool


async def set_up(kernel: Kernel, having: Sequence[Part]) -> list[FirstSignIn]:
    """Bring packages, roles and first people; the sample too, on a first start that wants it."""
    publisher = Publisher(kernel.ddl.connection, kernel.kinds)
    shipped = installation.shipped(kernel.kinds)
    steps = await installation.install(publisher, shipped, kernel.ddl.connection)
    async with kernel.app.connection() as connection:
        await kernel.catalogs.refresh(connection)
        await seed.seed(connection)
    if steps:
        log.info("packages_installed", steps=len(steps))
    await installation.bring_roles(kernel.records)
    is_first = await _make_administrator(kernel)
    async with kernel.app.connection() as connection:
        made = await credentials.ensure_administrator(
            connection,
            kernel.authenticator.passwords,
            kernel.settings.admin_password,
            kernel.clock.now(),
        )
    if is_first and kernel.settings.sample:
        await load_sample(kernel)
    for part in having:
        if part.set_up is not None:
            await part.set_up(kernel)
    return [*_administrator(made, is_first=is_first), *await _demo_people(kernel)]


async def _make_administrator(kernel: Kernel) -> bool:
    """Make the first administrator's record; False when it is there."""
    role = installation.role_id(kernel.catalog.roles["administrator"])
    values = {
        "name": "系统管理员",
        "login": credentials.ADMINISTRATOR,
        "active": True,
        "roles": [str(role)],
    }

    async def act(tx: Transaction) -> bool:
        found = await tx.execute(
            queries.load("sanhuan.web", "startup.sql")["user_of_login"],
            {"login": credentials.ADMINISTRATOR},
        )
        if await found.fetchone() is not None:
            return False
        await kernel.records.save(tx, system_caller(), Batch("user", [Write("create", values)]))
        return True

    return await kernel.records.run(act)


async def load_sample(kernel: Kernel) -> None:
    """Write the made-up company, and let its demo people sign in from this machine."""
    roles = {
        f"role:{name}": installation.role_id(role) for name, role in kernel.catalog.roles.items()
    }
    plan = company.plan(kernel.clock.now())
    log.info("sample_loading", steps=len(plan))
    loaded = await loading.load(plan, kernel.records, kernel.records.transaction, known=roles)
    password_hash = await kernel.authenticator.passwords.hash(DEMO_PASSWORD)
    now = kernel.clock.now()
    async with kernel.app.connection() as connection:
        for login in company.DEMO_LOGINS:
            await credentials.set_password_hash(
                connection, loaded.ids[f"user:{login}"], password_hash, now, local_only=True
            )
        await connection.execute(queries.load("sanhuan.web", "startup.sql")["gather_statistics"])
    log.info("sample_loaded", records=sum(loaded.created.values()))


def _administrator(made: str | None, *, is_first: bool) -> list[FirstSignIn]:
    if made is None and not is_first:
        return []
    return [FirstSignIn(credentials.ADMINISTRATOR, made, is_demo=False)]


async def _demo_people(kernel: Kernel) -> list[FirstSignIn]:
    async with kernel.app.connection() as connection:
        found = await connection.execute(
            queries.load("sanhuan.web.routes", "workspace.sql")["demo_people"]
        )
        return [
            FirstSignIn(str(login), DEMO_PASSWORD, is_demo=True)
            for login, *_ in await found.fetchall()
        ]
