"""Proving who one is: by login and password, or by the link of an invitation.

Every way to fail at signing in gives the same answer after the same work: an unknown login, a
wrong password, a person without one, someone inactive, someone who signs in from this machine only.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from dataclasses import dataclass
from typing import Final

from sanhuan import clock as clocks
from sanhuan.database import pool
from sanhuan.identity import (
    access,
    attempts,
    credentials,
    invitations,
    passwords,
    refusals,
    sessions,
)

MOST_IN_LOGIN: Final = 200


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Lets people in. Takes a pool, since no connection is held while a password is hashed.

    `address` is, in all that follows, the IP address that the request really came from.
    """

    connections: pool.Pool
    passwords: passwords.Passwords
    clock: clocks.Clock
    limits: attempts.Limits = attempts.LIMITS
    lifetimes: sessions.Lifetimes = sessions.LIFETIMES

    async def sign_in(
        self, login: str, password: str, *, address: str, agent: str | None = None
    ) -> sessions.Issued:
        """Begin a session.

        Raises WrongCredentials, TooManyAttempts with the seconds to wait, PasswordTooLong.
        """
        passwords.encode(password)
        login = normal_login(login)
        credential = await self._candidate(login, address)
        if not await self.passwords.verify(password, credential and credential.password_hash):
            raise refusals.WrongCredentials
        assert credential is not None, "no password is behind None"
        credential = await self._renewed(credential, password)
        async with self.connections.connection() as conn, conn.transaction():
            issued = await self._begin(conn, credential, address, agent)
            if issued is None:  # the password changed, or the person left, while we were hashing
                raise refusals.WrongCredentials
            await attempts.succeed(conn, login=login, address=address)
        return issued

    async def change_password(
        self, caller: access.Caller, *, old: str, new: str, address: str
    ) -> None:
        """Change the caller's own password and end all other sessions. API tokens stay.

        Raises WrongCredentials and TooManyAttempts for the old password, WeakPassword and
        PasswordTooLong for the new one, Forbidden to API tokens, and to people who sign in from
        this machine only (their password is public).
        """
        if caller.scopes is not None:
            raise refusals.Forbidden
        credential = await self._candidate(normal_login(caller.login), address)
        if not await self.passwords.verify(old, credential and credential.password_hash):
            raise refusals.WrongCredentials
        assert credential is not None, "no password is behind None"
        if credential.user != caller.user or credential.local_only:
            raise refusals.Forbidden
        await self._replace(caller, new, address)

    async def accept_invitation(
        self, token: str, password: str, *, address: str, agent: str | None = None
    ) -> sessions.Issued:
        """Set the password of the person invited, end all that was open, begin a session.

        Raises InvitationEnded, WeakPassword, PasswordTooLong; a link whose password was refused
        can be tried again.
        """
        async with self.connections.connection() as conn:
            invited = await invitations.read(conn, token, self.clock.now())
        await passwords.check_strength(password, (invited.name, invited.login, invited.email))
        password_hash = await self.passwords.hash(password)
        now = self.clock.now()
        async with self.connections.connection() as conn, conn.transaction():
            user = await invitations.use(conn, token, now)
            await credentials.set_password_hash(conn, user, password_hash, now)
            await credentials.end_everything(conn, user, now)
            credential = credentials.Credential(user, password_hash, local_only=False)
            issued = await self._begin(conn, credential, address, agent)
            if issued is None:  # made inactive a moment ago
                raise refusals.InvitationEnded
        return issued

    async def _candidate(self, login: str, address: str) -> credentials.Credential | None:
        async with self.connections.connection() as conn:
            await attempts.count(
                conn, login=login, address=address, now=self.clock.now(), limits=self.limits
            )
            if not is_storable(login):
                return None
            credential = await credentials.of_login(conn, login)
        if credential and credential.local_only and not is_loopback(address):
            return None
        return credential

    async def _begin(
        self,
        conn: pool.Connection,
        credential: credentials.Credential,
        address: str,
        agent: str | None,
    ) -> sessions.Issued | None:
        return await sessions.open_session(
            conn,
            credential.user,
            credential.password_hash,
            self.clock.now(),
            lifetimes=self.lifetimes,
            address=address,
            agent=agent,
        )

    async def _replace(self, caller: access.Caller, new: str, address: str) -> None:
        async with self.connections.connection() as conn:
            known = await credentials.known_of(conn, caller.user)
        await passwords.check_strength(new, known or ())
        password_hash = await self.passwords.hash(new)
        now = self.clock.now()
        async with self.connections.connection() as conn, conn.transaction():
            await credentials.set_password_hash(conn, caller.user, password_hash, now)
            await sessions.end_all(conn, caller.user, now, but=caller.session)
            await attempts.succeed(conn, login=normal_login(caller.login), address=address)

    async def _renewed(
        self, credential: credentials.Credential, password: str
    ) -> credentials.Credential:
        if not self.passwords.is_outdated(credential.password_hash):
            return credential
        password_hash = await self.passwords.hash(password)
        async with self.connections.connection() as conn:
            await credentials.renew_hash(conn, credential, password_hash)
        return credential._replace(password_hash=password_hash)


def normal_login(text: str) -> str:
    """A login as typed, without blanks around it, in NFC."""
    return unicodedata.normalize("NFC", text[: MOST_IN_LOGIN + 1]).strip()


def is_storable(login: str) -> bool:
    """Whether PostgreSQL could hold such a login at all; if not, nobody has it."""
    if len(login) > MOST_IN_LOGIN or "\0" in login:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in login)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own; False for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
