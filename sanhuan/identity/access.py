"""What a person may do, resolved to literal values: all that the query composer needs to know.

A `Caller` carries `Grant`s. Each grant is one policy of one role: acts, on rows, with field
rights. Grants only add up: there is no deny, and on each row the best of the grants that take it
holds. Whatever is absent is denied.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

ACTS: Final = frozenset({"see", "create", "edit", "delete", "assign", "import", "export"})
RIGHTS: Final = frozenset(
    {
        "administer",
        "manage_people",
        "manage_roles",
        "read_log",
        "manage_sources",
        "see_metrics",
        "build",
    }
)
FIELD_RIGHTS: Final = ("hidden", "masked", "read", "write")
"""From least to most: each includes what stands before it."""
CHANNELS: Final = frozenset({"api", "ui", "import", "flow", "timer", "source", "system"})

SYSTEM_USER: Final = UUID("00000000-0000-7000-8000-000000000001")
"""The id of the built-in person `system`, who is the platform itself and can't sign in."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Which records of an object, resolved for one person: no look-ups are left.

    owners: the record's owner is one of `users`. departments: its department is one of
    `departments`. shared: a share names one of the caller's principals. condition: `condition`
    holds, a filter as CONTRACT.md writes it (its `{"me": true}` is the caller). Empty `users` or
    `departments` take no record.
    """

    kind: Literal["all", "owners", "departments", "shared", "condition"]
    users: tuple[UUID, ...] = ()
    departments: tuple[UUID, ...] = ()
    condition: Mapping[str, object] | None = None


ALL_ROWS: Final = Rows("all")


@dataclass(frozen=True, slots=True)
class Grant:
    """One policy of one role, resolved for one person.

    `acts` are some of ACTS. `fields` gives the right (one of FIELD_RIGHTS) by field id, on these
    rows; `other_fields` is the right on the fields that it does not name.
    """

    role: UUID
    acts: frozenset[str]
    rows: Rows
    fields: Mapping[str, str] = field(default_factory=dict)
    other_fields: str = "write"

    def field_right(self, field_id: str) -> str:
        """The right on one field of these rows: hidden, masked, read or write."""
        return self.fields.get(field_id, self.other_fields)

    def field_is_at_least(self, field_id: str, right: str) -> bool:
        """Whether the field's right includes `right`, one of FIELD_RIGHTS."""
        return FIELD_RIGHTS.index(self.field_right(field_id)) >= FIELD_RIGHTS.index(right)


class Grants(Mapping[str, tuple[Grant, ...]]):
    """Grants by object id. Every id is answered: () when nothing is granted.

    `others` answers for the objects that `named` leaves out, those made later included. Iterating
    gives the named objects only.
    """

    __slots__ = ("_named", "others")

    def __init__(
        self,
        named: Mapping[str, tuple[Grant, ...]] | None = None,
        others: tuple[Grant, ...] = (),
    ) -> None:
        self._named = dict(named or {})
        self.others = others

    def __getitem__(self, object_id: str) -> tuple[Grant, ...]:
        return self._named.get(object_id, self.others)

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)

    def __contains__(self, object_id: object) -> bool:
        return object_id in self._named or bool(self.others)

    def __bool__(self) -> bool:
        return bool(self._named or self.others)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Grants):
            return NotImplemented
        return self._named == other._named and self.others == other.others

    __hash__ = None  # type: ignore[assignment]  # the way Python spells "not hashable"

    def __repr__(self) -> str:
        return f"Grants({self._named!r}, others={self.others!r})"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by what right, and why. Every read and every write takes one.

    `departments` are those of all of the person's posts, `department` the main one (None when
    there is none). `principals` are whom a share may name to reach this person: the user, the
    departments and those above, the roles. `scopes` are those of an API token, already applied
    to `grants` and `rights`; None is a person who signed in. `session` is the id of the session
    or token. `cause`, `root` and `depth` tell what set off this act, for automation.
    """

    user: UUID
    name: str
    login: str
    department: UUID | None
    departments: tuple[UUID, ...]
    language: str
    grants: Mapping[str, tuple[Grant, ...]]
    rights: frozenset[str]
    principals: tuple[UUID, ...]
    via: str = "api"
    on_behalf_of: UUID | None = None
    operation: UUID | None = None
    cause: UUID | None = None
    root: UUID | None = None
    depth: int = 0
    session: UUID | None = None
    scopes: frozenset[str] | None = None

    def grants_for(self, object_id: str, act: str) -> tuple[Grant, ...]:
        """The grants on an object that allow `act`; () when none does."""
        return tuple(grant for grant in self.grants.get(object_id, ()) if act in grant.acts)

    def may(self, act: str, object_id: str) -> bool:
        """Whether `act` is allowed on any rows of the object at all."""
        return any(act in grant.acts for grant in self.grants.get(object_id, ()))

    def has(self, right: str) -> bool:
        """Whether the caller holds `right`, one of RIGHTS."""
        return right in self.rights

    def with_cause(
        self,
        *,
        operation: UUID | None = None,
        cause: UUID | None = None,
        root: UUID | None = None,
        depth: int | None = None,
        via: str | None = None,
        on_behalf_of: UUID | None = None,
    ) -> Caller:
        """The same caller, acting for another reason; what is None stays as it is."""
        return dataclasses.replace(
            self,
            operation=operation or self.operation,
            cause=cause or self.cause,
            root=root or self.root,
            depth=self.depth if depth is None else depth,
            via=via or self.via,
            on_behalf_of=on_behalf_of or self.on_behalf_of,
        )


def system_caller(
    via: str = "system",
    *,
    on_behalf_of: UUID | None = None,
    operation: UUID | None = None,
    cause: UUID | None = None,
    root: UUID | None = None,
    depth: int = 0,
    language: str = "zh",
) -> Caller:
    """The platform itself: may do everything with every object, those made later included."""
    everything = Grant(role=SYSTEM_USER, acts=ACTS, rows=ALL_ROWS)
    return Caller(
        user=SYSTEM_USER,
        name="system",
        login="system",
        department=None,
        departments=(),
        language=language,
        grants=Grants(others=(everything,)),
        rights=RIGHTS,
        principals=(SYSTEM_USER,),
        via=via,
        on_behalf_of=on_behalf_of,
        operation=operation,
        cause=cause,
        root=root,
        depth=depth,
    )
