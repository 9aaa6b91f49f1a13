"""Opaque tokens: 256 random bits as text, of which the database keeps the SHA-256 alone.

The prefix tells people, and programs that look for leaked secrets, what they found:
`sh_s_` a session, `sh_t_` an API token, `sh_i_` an invitation. A digest without salt is enough:
nobody guesses 256 bits.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final, Literal

Kind = Literal["s", "t", "i"]

_TOKEN: Final = re.compile(r"sh_([sti])_[A-Za-z0-9_-]{43}", re.ASCII)


def make(kind: Kind) -> str:
    """A new token."""
    return f"sh_{kind}_{secrets.token_urlsafe(32)}"


def kind_of(token: str) -> Kind | None:
    """What a text is the token of; None when it can't be one, whatever it holds."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    kind: Kind = match[1]  # type: ignore[assignment]  # the pattern allows no other letter
    return kind


def digest(token: str) -> bytes:
    """What the database knows a token by: 32 bytes."""
    return hashlib.sha256(token.encode()).digest()


def csrf(session_token: str) -> str:
    """The CSRF token of a session: only who knows the session's token can make it.

    It stands in a cookie that scripts may read, and tells nothing of the session's token.
    """
    mac = hmac.digest(session_token.encode(), b"sanhuan csrf", "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def csrf_holds(session_token: str, presented: str) -> bool:
    """Whether what a request presents is the CSRF token of its session."""
    return hmac.compare_digest(csrf(session_token).encode(), presented.encode(errors="replace"))
