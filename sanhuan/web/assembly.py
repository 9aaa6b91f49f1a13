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
from sanhuan.calendar.store import CalendarStore
from sanhuan.catalog.kinds import Kinds
from sanhuan.catalog.store import CatalogStore
from sanhuan.database import pool, roles
from sanhuan.database import settings as environment
from sanhuan.database.pool import Connection
from sanhuan.identity import versions
from sanhuan.identity.authentication import Authenticator
from sanhuan.identity.directory import Directories
from sanhuan.identity.passwords import Passwords
from sanhuan.parts import Kernel, Part
from sanhuan.records.actions import Actions
from sanhuan.records.service import Records
from sanhuan.records.write.work import Reaction


def parts() -> Sequence[Part]:
    """The parts of an installation, in the order in which they are set up."""
    return (identity(),)


def identity() -> Part:
    """Who works here: whoever changes people or roles makes all processes load them anew."""
    return Part(name="identity", reactions=dict.fromkeys(versions.WATCHED_OBJECTS, _raise_policies))


async def _raise_policies(tx: Connection) -> None:
    await versions.bump(tx, "policies")


def kernel(
    *,
    settings: environment.Settings,
    access: roles.Access,
    app: pool.Pool,
    ddl: pool.Pool,
    clock: clocks.Clock,
    random: randoms.Random,
    having: Sequence[Part] | None = None,
    passwords: Passwords | None = None,
) -> Kernel:
    """The kernel of a process on open pools. It reads nothing yet: see `Kernel.up_to_date`.

    `having` None is all parts; `passwords` None hashes at the usual cost.
    """
    having = parts() if having is None else having
    kinds = Kinds()
    for part in having:
        for kind in part.kinds:
            kinds.add(kind)
    catalogs = CatalogStore(kinds)
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
        ddl=ddl,
        clock=clock,
        random=random,
        kinds=kinds,
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


def derive(secret: str, purpose: str) -> bytes:
    """A secret for one purpose, from the installation's, the same on all its nodes."""
    return hmac.digest(secret.encode(), f"sanhuan {purpose}".encode(), hashlib.sha256)
