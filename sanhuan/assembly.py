"""What each package brings to a running installation: the one list that names them all.

A package adds a line to each function that concerns it. Imports stand inside the functions, so that
a process loads only what it runs.
"""

import random as randoms
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from sanhuan import clock as clocks
from sanhuan import errors
from sanhuan.database import installation, jobs, partitions, pool, roles
from sanhuan.database import settings as environment


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


def set_up_steps() -> list[SetUp]:
    """What a new or upgraded database needs after its migrations, in order; safe to repeat."""
    return []


def tasks(resources: Resources) -> list[jobs.Task]:
    """What workers can do as jobs."""
    return [
        jobs.rescue_task(resources.app),
        partitions.task(resources.app, resources.clock),
    ]


def services(resources: Resources) -> list[Service]:
    """What one worker process runs beside the jobs."""
    return []


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
