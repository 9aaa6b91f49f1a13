"""How a route is declared, and what its function is given.

A route names what it takes: the members of its query and of its body as structs, which refuse what
they don't know. The edge (`sanhuan.web.edge`) does what all routes have in common: who asks, the
body, the transaction, the idempotency key, problems.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, BinaryIO, Final, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from sanhuan.catalog.runtime import ObjectType, UnknownObject
from sanhuan.database.pool import Connection
from sanhuan.identity.access import Caller
from sanhuan.identity.directory import Directory
from sanhuan.parts import Kernel
from sanhuan.records import errors as records
from sanhuan.web.answers import Answer
from sanhuan.web.languages import Language
from sanhuan.web.metrics import Figures

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment as it comes from outside: with its offset, so that it can be compared."""
BODY_LIMIT: Final = 2 * 1024 * 1024
BULK_LIMIT: Final = 32 * 1024 * 1024

Query = TypeVar("Query")
Body = TypeVar("Body")


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters, or no body."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form: what its sender calls it, and its content from the start."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Form:
    """A body of type multipart/form-data, each name there once."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload]


@dataclass(slots=True)
class Ask(Generic[Query, Body]):
    """One request: who asks, what for, and the connection to answer it on.

    In routes that write, `tx` is in a transaction, which ends with the answer.
    """

    kernel: Kernel
    caller: Caller
    directory: Directory
    tx: Connection
    path: Mapping[str, str]
    query: Query
    body: Body
    headers: Mapping[str, str]
    language: Language
    address: str
    """The IP address that the request came from."""

    def object(self) -> ObjectType:
        """The object of the path, when the caller may know of it.

        Raises UnknownObject, as if there were none.
        """
        return known_object(self.kernel, self.caller, self.path["object"])

    def record(self) -> UUID:
        """The id in the path; one that no record has where it is no id."""
        return identifier(self.path["id"])


def known_object(kernel: Kernel, caller: Caller, name: str) -> ObjectType:
    """An object that the caller has any right on. Raises UnknownObject."""
    item = kernel.catalog.object(name)
    if item.is_line or not any(grant.acts for grant in caller.grants.get(item.id, ())):
        raise UnknownObject(name)
    return item


def identifier(text: str) -> UUID:
    """The id that a path names; one that no record has for what is no id."""
    try:
        return UUID(text) if len(text) == 36 else UUID(int=0)
    except ValueError:
        return UUID(int=0)  # nobody's: refused by whoever looks for it


Run = Callable[[Any], Awaitable[Answer]]  # Any: an Ask of the route's own query and body

Mode = Literal["read", "write", "alone"]
"""read: statements on one connection, each its own transaction. write: one transaction. alone: the
connection is given back before the route runs, which may take its time."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation under /api/v1 that asks for a session.

    `success` are the statuses it answers when all is well; `refuses` those that a request with a
    session, of the right form, can meet beyond what every route answers. `summary` and `shape` (a
    schema's name, or a JSON Schema) are for the OpenAPI document. `optional_body`: may be left out.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE", "PUT"]
    path: str
    run: Run
    summary: str
    query: type[msgspec.Struct] = Nothing
    body: type[Any] | None = None
    mode: Mode = "read"
    optional_body: bool = False
    limit: int = BODY_LIMIT
    secret: bool = False
    """The answer holds a secret that is shown once: it is never kept for an idempotency key."""
    needs_version: bool = False
    success: tuple[int, ...] = (200,)
    refuses: tuple[int, ...] = ()
    shape: Any = None
    tag: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of the answer, with a word on each."""


def wanted_version(headers: Mapping[str, str]) -> int:
    """The version that If-Match names, as `"3"` (or `W/"3"`, as proxies make of it).

    Raises VersionNeeded without one.
    """
    written = headers.get("if-match", "").strip()
    if not written or written == "*":
        raise records.VersionNeeded
    return _version(written)


def known_versions(headers: Mapping[str, str]) -> frozenset[int]:
    """The versions that If-None-Match names; those that are none of ours match nothing."""
    parts = headers.get("if-none-match", "")[:1_000].split(",")
    return frozenset(_version(part.strip()) for part in parts if part.strip())


def _version(written: str) -> int:
    digits = written.removeprefix("W/").strip('"')
    if digits.isascii() and digits.isdigit() and len(digits) <= 9:
        return int(digits)
    return 0  # of no record: they begin with 1


def etag(version: int) -> str:
    """The entity tag of a record's version."""
    return f'"{version}"'


@dataclass(slots=True)
class PublicAsk(Generic[Query, Body]):
    """A request that needs no session. `raw` is the body as it came."""

    kernel: Kernel
    figures: Figures
    path: Mapping[str, str]
    query: Query
    body: Body
    raw: bytes
    headers: Mapping[str, str]
    language: Language
    address: str


@dataclass(frozen=True, kw_only=True)
class PublicRoute:
    """One operation that asks for no session: few, and each is listed in a test.

    `address` is the whole path. `from_own_pages`: a browser may send it from our own pages only.
    """

    method: Literal["GET", "POST"]
    address: str
    run: Callable[[Any], Awaitable[Answer]]  # Any: a PublicAsk of its own query and body
    summary: str
    query: type[msgspec.Struct] = Nothing
    body: type[Any] | None = None
    optional_body: bool = False
    from_own_pages: bool = True
    limit: int = 64 * 1024
    success: tuple[int, ...] = (200,)
    refuses: tuple[int, ...] = ()
    shape: Any = None
    tag: str = ""
    documented: bool = True

    @property
    def path(self) -> str:
        """The path below the API's prefix, or the whole where it is not of the API."""
        return self.address.removeprefix("/api/v1")
