"""What each package brings to a running installation: the one list that names them all.

A package adds a line to each function that concerns it. Imports stand inside the functions, so that
a process loads only what it runs.
"""

import random as randoms
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from sanhuan import clock as clocks
from sanhuan import errors
from sanhuan.database import installation, jobs, partitions, pool, roles
from sanhuan.database import settings as environment

if TYPE_CHECKING:
    from sanhuan import parts
    from sanhuan.catalog import kinds as kind
    from sanhuan.records import service


@dataclass(frozen=True)
class Resources:
    """What a process works with; handed to whatever it runs.

    `app` holds connections of sanhuan_app (rows), `ddl` of sanhuan_ddl (definitions).
    """

    settings: environment.Settings
    access: roles.Access
    app: pool.Pool
    ddl: pool.Pool
    clock: clocks.Clock
    random: randoms.Random


class Service(Protocol):
    """Something that a worker process runs all the time, such as a reader of the change log."""

    @property
    def name(self) -> str:
        """Its name in logs."""
        ...

    async def run(self) -> None:
        """Run until cancelled. One that fails is started again; its neighbours go on."""
        ...


class SignIn(NamedTuple):
    """One way to sign in, shown at the start. `password` None: it is not known any more."""

    login: str
    password: str | None
    who: errors.Text


SetUp: TypeAlias = Callable[[Resources], Awaitable[list[SignIn]]]


def kinds() -> "kind.Kinds":
    """The kinds of definition: the kernel's, and those that rings add."""
    from sanhuan.web import assembly

    return assembly.kinds()


def kernel(resources: Resources) -> "parts.Kernel":
    """The kernel of a process, as the web process has it."""
    from sanhuan.web import assembly

    return assembly.kernel(
        settings=resources.settings,
        access=resources.access,
        app=resources.app,
        clock=resources.clock,
        random=resources.random,
    )


async def open_records(resources: Resources) -> "service.Records":
    """The records service of a process, its catalog loaded."""
    records: service.Records = kernel(resources).records
    async with resources.app.connection() as connection:
        await records.catalogs.refresh(connection)
    return records


def set_up_steps() -> list[SetUp]:
    """What a new or upgraded database needs after its migrations, in order; safe to repeat."""
    return [packages, people, whatever_parts_need, sample]


async def whatever_parts_need(resources: Resources) -> list[SignIn]:
    """What each part brings to an installation, the working calendar among it."""
    from sanhuan.web import assembly

    found = kernel(resources)
    async with resources.app.connection() as connection:
        await found.up_to_date(connection)
    for part in assembly.parts():
        if part.set_up is not None:
            await part.set_up(found)
    return []


async def packages(resources: Resources) -> list[SignIn]:
    """Publish the packages that come with the product, and the roles they bring."""
    from sanhuan.catalog import publish
    from sanhuan.studio import installation as installing

    known = kinds()
    publisher = publish.Publisher(resources.ddl.connection, known)
    await installing.install(publisher, installing.shipped(known), resources.ddl.connection)
    await installing.bring_roles(await open_records(resources))
    return []


async def people(resources: Resources) -> list[SignIn]:
    """The first administrator."""
    from sanhuan.identity import passwords
    from sanhuan.studio import first_start

    records = await open_records(resources)
    made = await first_start.people(
        records,
        passwords.Passwords(),
        resources.settings.admin_password,
        resources.clock.now(),
    )
    shown = made or resources.settings.admin_password
    return [SignIn(first_start.ADMINISTRATOR, shown, errors.Text("管理员", "Administrator"))]


async def sample(resources: Resources) -> list[SignIn]:
    """The made-up company, on the first start of an installation that wants it."""
    from sanhuan.identity import passwords
    from sanhuan.sample import first_start

    if not resources.settings.sample:
        return []
    records = await open_records(resources)
    found = await first_start.company(records, passwords.Passwords(), resources.clock.now())
    return [SignIn(login, first_start.PASSWORD, who) for login, who in found]


def tasks(resources: Resources) -> list[jobs.Task]:
    """What workers can do as jobs."""
    from sanhuan.catalog import publish
    from sanhuan.studio import installation as installing
    from sanhuan.studio import publications
    from sanhuan.web import assembly, idempotency

    publisher = publish.Publisher(resources.ddl.connection, kinds())
    found = kernel(resources)

    async def bring_roles() -> None:
        async with resources.app.connection() as connection:
            await found.up_to_date(connection)
        await installing.bring_roles(found.records)

    return [
        *(task for part in assembly.parts() for task in part.tasks(found)),
        idempotency.forget_task(resources.app),
        publications.task(resources.app, publisher, bring_roles),
        jobs.rescue_task(resources.app),
        partitions.task(resources.app, resources.clock),
    ]


def services(resources: Resources) -> list[Service]:
    """What one worker process runs beside the jobs."""
    from sanhuan.changes import dispatcher
    from sanhuan.web import assembly

    found = kernel(resources)
    readers = assembly.readers(found)
    return [dispatcher.Dispatcher(resources.app, readers, random=resources.random)]


@asynccontextmanager
async def resources(
    settings: environment.Settings, purpose: pool.Purpose
) -> AsyncIterator[Resources]:
    """The resources of a process, its pools open; closed at the end.

    Raises installation.NotServed when the embedded PostgreSQL was never started.
    """
    access = installation.access(settings)
    app = pool.create(access.app, purpose)
    ddl = pool.create(access.ddl, pool.DDL)
    async with app, ddl:
        yield Resources(
            settings=settings,
            access=access,
            app=app,
            ddl=ddl,
            clock=clocks.SystemClock(),
            random=randoms.SystemRandom(),
        )
