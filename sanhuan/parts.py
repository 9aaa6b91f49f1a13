"""What a process is made of: the kernel, and the parts that rings add to it.

A ring says in one `Part` what it brings. `sanhuan.web.assembly` lists the parts and builds the
kernel from them, for web and worker processes alike.
"""

from __future__ import annotations

import random as randoms
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sanhuan import clock as clocks
from sanhuan.calendar import store as calendars
from sanhuan.catalog.kinds import Kind, Kinds
from sanhuan.catalog.runtime import Catalog
from sanhuan.catalog.store import CatalogStore
from sanhuan.changes.reader import Reader
from sanhuan.database import jobs, pool, roles
from sanhuan.database import settings as environment
from sanhuan.identity import versions
from sanhuan.identity.authentication import Authenticator
from sanhuan.identity.directory import Directories, Directory
from sanhuan.records.actions import Action, Actions
from sanhuan.records.service import Records
from sanhuan.records.write.work import Reaction


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """Everything below the rings, as one process holds it.

    `app` has connections of sanhuan_app, which reads and writes rows and changes no definition.
    """

    settings: environment.Settings
    access: roles.Access
    app: pool.Pool
    clock: clocks.Clock
    random: randoms.Random
    kinds: Kinds
    catalogs: CatalogStore
    directories: Directories
    authenticator: Authenticator
    calendars: calendars.CalendarStore
    records: Records
    actions: Actions

    @property
    def catalog(self) -> Catalog:
        """The catalog as this process knows it."""
        return self.catalogs.current

    async def up_to_date(self, connection: pool.Connection) -> Directory:
        """Load catalog and directory where they changed, and return the directory.

        Requests do so by what their session's look-up tells; whoever acts without a session
        (readers, jobs) calls this first.
        """
        return await self.at(connection, await versions.read(connection))

    async def at(self, connection: pool.Connection, known: versions.Versions) -> Directory:
        """The directory at these versions, the catalog brought to them as well."""
        if self.catalogs.current.version != known.catalog:
            await self.catalogs.refresh(connection, known.catalog)
        return await self.directories.at(connection, known.policies)


def nothing(kernel: Kernel) -> Sequence[Reader]:
    """No readers."""
    return ()


def no_tasks(kernel: Kernel) -> Sequence[jobs.Task]:
    """No tasks."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a ring, or something that the rings share, adds to the kernel.

    `kinds` are kinds of definition. `actions` can be called on records. `reactions` run in the
    transaction that changed records of an object, by object id. `readers` follow the change log
    and `tasks` run as jobs, in workers; the catalog is up to date when a reader is called.
    `set_up` brings what a new or upgraded installation needs, after packages and roles; it has to
    bear repeating.
    """

    name: str
    kinds: Sequence[Kind] = ()
    actions: Sequence[Action] = ()
    reactions: Mapping[str, Reaction] = field(default_factory=dict)
    readers: Callable[[Kernel], Sequence[Reader]] = nothing
    tasks: Callable[[Kernel], Sequence[jobs.Task]] = no_tasks
    set_up: Callable[[Kernel], Awaitable[None]] | None = None
