"""From the token that a request carries to the caller who asks: two steps, in the right order."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sanhuan.database import pool
from sanhuan.identity import access, refusals, sessions
from sanhuan.identity.directory import Directories


class Recognised(NamedTuple):
    """The caller, and the session or API token behind him with the versions as of now.

    When `signed_in.versions.catalog` is not that of the process's catalog, load it before
    answering. When `signed_in.is_stale(now)`, call `sessions.touch` after answering.
    """

    caller: access.Caller
    signed_in: sessions.SignedIn


async def recognise(
    conn: pool.Connection,
    directories: Directories,
    token: str,
    now: datetime,
    *,
    via: str = "api",
    lifetimes: sessions.Lifetimes = sessions.LIFETIMES,
) -> Recognised:
    """Who carries this token, and what he may do as of now. `via` is one of access.CHANNELS.

    One statement, and a load of the directory when the policies' version differs. Raises
    SessionEnded.
    """
    signed_in = await sessions.look_up(conn, token, now, lifetimes)
    directory = await directories.at(conn, signed_in.versions.policies)
    caller = directory.caller(
        signed_in.user, via=via, session=signed_in.id, token_scopes=signed_in.scopes
    )
    if caller is None:  # left between the two steps
        raise refusals.SessionEnded
    return Recognised(caller=caller, signed_in=signed_in)
