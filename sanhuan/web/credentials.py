"""What a request says of who sends it: a session's cookie, or a token in its head.

A browser sends cookies by itself, so that a request with one has to prove, where it changes
something, that our own page sent it: with the session's CSRF token in a header. Programs send
`Authorization: Bearer`, which no foreign page can make a browser do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from sanhuan.identity import bearer, sessions
from sanhuan.identity.refusals import SessionEnded
from sanhuan.web import refusals

SESSION_COOKIE: Final = "sanhuan_session"
CSRF_COOKIE: Final = "sanhuan_csrf"
CSRF_HEADER: Final = "x-csrf-token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Credentials(NamedTuple):
    """The token of a request. `via` is the channel that its changes are noted under."""

    token: str
    via: str


def of(method: str, headers: Mapping[str, str]) -> Credentials:
    """The credentials of a request; a token in the head goes before a cookie.

    Raises SessionEnded without any, CrossSite for a cookie without its CSRF token.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise SessionEnded
        return Credentials(token.strip(), "api")
    session = cookie(headers.get("cookie", ""), SESSION_COOKIE)
    if not session:
        raise SessionEnded
    if method not in SAFE_METHODS and not bearer.csrf_holds(session, headers.get(CSRF_HEADER, "")):
        raise refusals.CrossSite
    return Credentials(session, "ui")


def refuse_cross_site(headers: Mapping[str, str], base_url: str) -> None:
    """Raise CrossSite for what a browser sends from another site's page.

    For routes without a session, such as signing in. A page is ours when it is of the host that
    the request is for, or of `base_url`: a proxy may not pass on the host that it was asked for.
    """
    if headers.get("sec-fetch-site") == "cross-site":
        raise refusals.CrossSite
    origin, host = headers.get("origin"), headers.get("host")
    ours = (host, base_url.partition("://")[2])
    if origin and origin.partition("://")[2] not in ours:
        raise refusals.CrossSite


def cookie(header: str, name: str) -> str | None:
    """The value of a cookie."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None


def set_cookies(issued: sessions.Issued, *, secure: bool) -> tuple[str, ...]:
    """The cookies of a new session: its token out of scripts' reach, its CSRF token in it."""
    rest = f"; Path=/; SameSite=Lax; Expires={issued.ends_at:%a, %d %b %Y %H:%M:%S} GMT"
    if secure:
        rest += "; Secure"
    return (
        f"{SESSION_COOKIE}={issued.token}{rest}; HttpOnly",
        f"{CSRF_COOKIE}={issued.csrf}{rest}",
    )


def clear_cookies() -> tuple[str, ...]:
    """The cookies of a session, taken back."""
    return tuple(
        f"{name}=; Path=/; SameSite=Lax; Max-Age=0" for name in (SESSION_COOKIE, CSRF_COOKIE)
    )
