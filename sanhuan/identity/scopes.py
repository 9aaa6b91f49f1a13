"""Scopes of API tokens: which part of its maker's rights a token has.

    *              everything the person may do
    lead:see       one act on one object, by the object's id
    lead:*         all acts on one object
    *:see          one act on every object
    read_log       a right that is not about one object

Scopes only narrow: a token can never do what its maker can't.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from sanhuan.identity import access, refusals

EVERY: Final = "*"
_OBJECT: Final = re.compile(r"[a-z][a-z0-9_.]{0,100}|\*", re.ASCII)
_MOST: Final = 500


def parse(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes, each of them well formed. Raises InvalidScope for a bad one or for none."""
    found = frozenset(scopes)
    if not found or len(found) > _MOST:
        raise refusals.InvalidScope(f"({len(found)})")
    for scope in found:
        if not is_scope(scope):
            raise refusals.InvalidScope(scope[:100])
    return found


def is_scope(text: str) -> bool:
    """Whether a text is written as a scope; the object need not exist."""
    if text == EVERY or text in access.RIGHTS:
        return True
    object_id, colon, act = text.partition(":")
    return bool(colon and _OBJECT.fullmatch(object_id) and (act in access.ACTS or act == EVERY))


def rename(scopes: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """The scopes with their objects renamed by `names`: API names to ids, or back.

    An object that `names` lacks keeps its text.
    """
    renamed = []
    for scope in scopes:
        object_name, colon, act = scope.partition(":")
        name = names.get(object_name, object_name) if colon else object_name
        renamed.append(f"{name}{colon}{act}")
    return renamed


def narrow(
    grants: access.Grants, rights: frozenset[str], scopes: frozenset[str]
) -> tuple[access.Grants, frozenset[str]]:
    """What of the grants and rights the scopes leave."""
    if EVERY in scopes:
        return grants, rights
    acts = _acts_by_object(scopes)
    everywhere = acts.get(EVERY, frozenset())
    named = {
        object_id: _cut(grants[object_id], acts.get(object_id, frozenset()) | everywhere)
        for object_id in {*grants, *acts} - {EVERY}
    }
    return access.Grants(named, _cut(grants.others, everywhere)), rights & scopes


def first_beyond(scopes: frozenset[str], caller: access.Caller) -> str | None:
    """The first scope, in order of text, that names what the caller may not do; None if none does.

    A `*` says "as far as I may", so `*`, `*:see` and `lead:*` are beyond no one who may anything
    of it.
    """
    return next((scope for scope in sorted(scopes) if not _within(scope, caller)), None)


def _within(scope: str, caller: access.Caller) -> bool:
    if scope == EVERY:
        return True
    if scope in access.RIGHTS:
        return caller.has(scope)
    object_id, _, act = scope.partition(":")
    if object_id == EVERY:
        return True
    if act == EVERY:
        return any(grant.acts for grant in caller.grants.get(object_id, ()))
    return caller.may(act, object_id)


def _acts_by_object(scopes: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for scope in scopes:
        object_id, colon, act = scope.partition(":")
        if colon:
            acts = access.ACTS if act == EVERY else frozenset({act})
            found[object_id] = found.get(object_id, frozenset()) | acts
    return found


def _cut(grants: tuple[access.Grant, ...], acts: frozenset[str]) -> tuple[access.Grant, ...]:
    return tuple(
        access.Grant(grant.role, grant.acts & acts, grant.rows, grant.fields, grant.other_fields)
        for grant in grants
        if grant.acts & acts
    )
