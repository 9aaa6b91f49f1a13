"""Compiled statements: composed and compiled once per question and shape of grants, then reused.

Composing takes about a millisecond, so what is asked again and again (a view, by many people of
one role) is kept as text with names for the values.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from sanhuan import expressions
from sanhuan.identity.access import Caller
from sanhuan.records.read import access

DIALECT = psycopg.PGDialect_psycopg(paramstyle="pyformat")  # type: ignore[no-untyped-call]  # untyped there
MOST_KEPT = 2_000
MOST_SHAPES = 4_000


@dataclass(frozen=True)
class Statement:
    """SQL with psycopg's named parameters, their values so far, and whose grants it binds."""

    sql: bytes
    values: Mapping[str, Any]
    objects: tuple[str, ...]

    def bound(self, caller: Caller, extra: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters for one caller."""
        return {**self.values, **access.params(caller, self.objects), **extra}


def compiled(statement: Executable, objects: Iterable[str]) -> Statement:
    """The statement's text for psycopg, with the values that it binds itself."""
    found = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]  # Executable's compile is on ClauseElement
    if not isinstance(found, SQLCompiler):
        raise TypeError(statement)
    return Statement(str(found).encode(), found.params, tuple(sorted(objects)))


class Statements:
    """The statements of one process, the least recently used forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Statement] = OrderedDict()
        self._shapes: OrderedDict[int, tuple[Any, int, bool, bool]] = OrderedDict()
        self._known: dict[Hashable, int] = {}

    def get(self, key: Hashable, make: Callable[[], Statement]) -> Statement:
        """The statement kept under `key`, else the one that `make` composes."""
        found = self._kept.get(key)
        if found is None:
            found = make()
            self._kept[key] = found
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found

    def shape(self, caller: Caller, context: expressions.Context) -> tuple[int, Hashable, Hashable]:
        """A key that callers share whose statements are the same but for the values.

        Policies that speak of the person or of the day make it that person's, or that day's.
        """
        place = id(caller.grants)
        found = self._shapes.get(place)
        if found is None:
            shape = access.shape(caller.grants)
            everything = tuple(map(repr, getattr(caller.grants, "others", ())))
            written = repr(shape)
            number = self._known.setdefault((shape, everything), len(self._known))
            found = (caller.grants, number, "'me'" in written, "'relative'" in written)
            self._shapes[place] = found
            if len(self._shapes) > MOST_SHAPES:
                self._shapes.popitem(last=False)
        _, number, personal, daily = found
        return number, caller.user if personal else None, context.today if daily else None
