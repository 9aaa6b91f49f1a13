"""Puts a process together: the kernel, and the parts that rings add to it.

One line per part. Web and worker processes are made of the same parts; what is only for one of them
(routes, readers) each takes from them.
"""

from __future__ import annotations

import hashlib
import hmac
import random as randoms
from collections.abc import Mapping, Sequence

from sanhuan import clock as clocks
from sanhuan.automation import part as automation
from sanhuan.calendar import seed
from sanhuan.calendar.store import CalendarStore
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.store import CatalogStore
from sanhuan.changes import digests, spans
from sanhuan.changes.entries import Entry
from sanhuan.changes.reader import Reader
from sanhuan.database import jobs, pool, roles
from sanhuan.database import settings as environment
from sanhuan.database.pool import Connection
from sanhuan.files import store, uploads
from sanhuan.identity import versions
from sanhuan.identity.authentication import Authenticator
from sanhuan.identity.directory import Directories
from sanhuan.identity.passwords import Passwords
from sanhuan.insight import part as insight
from sanhuan.parts import Kernel, Part
from sanhuan.records.actions import Actions
from sanhuan.records.service import Records
from sanhuan.records.write.work import Reaction
from sanhuan.touchpoints import part as touchpoints


def parts() -> Sequence[Part]:
    """The parts of an installation, in the order in which they are set up."""
    return (
        identity(),
        changes(),
        calendar(),
        files(),
        touchpoints.part(),
        automation.part(),
        insight.part(),
    )


def identity() -> Part:
    """Who works here: whoever changes people or roles makes all processes load them anew."""
    return Part(name="identity", reactions=versions.REACTIONS)


def changes() -> Part:
    """What follows the log for its own sake: digests, and how long states held."""

    def readers(kernel: Kernel) -> Sequence[Reader]:
        return (digests.reader(), spans.Spans(kernel.catalogs).reader())

    def tasks(kernel: Kernel) -> Sequence[jobs.Task]:
        return (spans.task(spans.Spans(kernel.catalogs), kernel.app),)

    return Part(name="changes", readers=readers, tasks=tasks)


def calendar() -> Part:
    """The workspace's working calendar, and the holidays published since."""

    async def set_up(kernel: Kernel) -> None:
        async with kernel.app.connection() as connection:
            await seed.seed(connection)

    return Part(name="calendar", set_up=set_up)


def files() -> Part:
    """Which records name which files, and the contents that nothing names."""

    def of(kernel: Kernel) -> uploads.Files:
        return uploads.Files(kernel.records, store.Store(kernel.settings.data))

    def readers(kernel: Kernel) -> Sequence[Reader]:
        return (of(kernel).reader(),)

    def tasks(kernel: Kernel) -> Sequence[jobs.Task]:
        return (of(kernel).sweep_task(kernel.app),)

    return Part(name="files", readers=readers, tasks=tasks)


def kinds(having: Sequence[Part] | None = None) -> Kinds:
    """The kinds of definition: the kernel's, and those that parts add. None is all parts."""
    found = Kinds()
    for part in parts() if having is None else having:
        for kind in part.kinds:
            found.add(kind)
    return found


def kernel(
    *,
    settings: environment.Settings,
    access: roles.Access,
    app: pool.Pool,
    clock: clocks.Clock,
    random: randoms.Random,
    having: Sequence[Part] | None = None,
    passwords: Passwords | None = None,
) -> Kernel:
    """The kernel of a process on open pools. It reads nothing yet: see `Kernel.up_to_date`.

    `having` None is all parts; `passwords` None hashes at the usual cost.
    """
    having = parts() if having is None else having
    known = kinds(having)
    catalogs = CatalogStore(known)
    records = Records(
        catalogs,
        app,
        secret=derive(access.secret, "records"),
        time=clock,
        reactions=reactions(having),
    )
    return Kernel(
        settings=settings,
        access=access,
        app=app,
        clock=clock,
        random=random,
        kinds=known,
        catalogs=catalogs,
        directories=Directories(),
        authenticator=Authenticator(app, passwords or Passwords(), clock),
        calendars=CalendarStore(),
        records=records,
        actions=Actions(action for part in having for action in part.actions),
    )


def reactions(having: Sequence[Part]) -> Mapping[str, Reaction]:
    """What happens in the transaction that changes records, by object id: all parts' together."""
    found: dict[str, list[Reaction]] = {}
    for part in having:
        for object_id, reaction in part.reactions.items():
            found.setdefault(object_id, []).append(reaction)
    return {object_id: _together(each) for object_id, each in found.items()}


def _together(each: Sequence[Reaction]) -> Reaction:
    if len(each) == 1:
        return each[0]

    async def react(tx: Connection) -> None:
        for reaction in each:
            await reaction(tx)

    return react


def readers(kernel: Kernel) -> list[Reader]:
    """What all parts let follow the change log, each with the catalog up to date when called."""
    return [informed(kernel, reader) for part in parts() for reader in part.readers(kernel)]


def informed(kernel: Kernel, reader: Reader) -> Reader:
    """The reader, with catalog and directory brought up to date before it handles entries."""
    handle = reader.handle

    async def handle_informed(connection: Connection, entries: Sequence[Entry]) -> None:
        await kernel.up_to_date(connection)
        await handle(connection, entries)

    reader.handle = handle_informed
    return reader


def derive(secret: str, purpose: str) -> bytes:
    """A secret for one purpose, from the installation's, the same on all its nodes."""
    return hmac.digest(secret.encode(), f"sanhuan {purpose}".encode(), hashlib.sha256)
