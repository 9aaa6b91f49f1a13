"""Fixed SQL statements, kept in .sql files and called by name.

A file holds statements like this one, with psycopg's named parameters:

    -- name: find_session
    -- The session of a token's hash, when it has not ended.
    select ... from kernel.session where token_hash = %(token_hash)s

The line after the name is the statement's purpose, in one line. A statement is handed out as bytes,
the form that psycopg takes without copying, and the same object each time.
"""

import difflib
import functools
import re
from collections.abc import Iterator
from importlib import resources
from typing import NamedTuple

NAME_LINE = re.compile(r"^-- name: (.*)$", re.MULTILINE)
NAME = re.compile(r"[a-z][a-z0-9_]*")


class MalformedFile(ValueError):
    """A .sql file does not have the form that this module reads."""


class Statement(NamedTuple):
    """One named statement."""

    name: str
    purpose: str
    sql: bytes


class Statements:
    """The statements of one file, by name."""

    def __init__(self, source: str, statements: dict[str, Statement]) -> None:
        self.source = source
        self._statements = statements

    def __getitem__(self, name: str) -> bytes:
        """The SQL of one statement. Raises KeyError, naming the nearest, for an unknown name."""
        try:
            return self._statements[name].sql
        except KeyError:
            near = difflib.get_close_matches(name, self._statements, n=1)
            suffix = f"; nearest: {near[0]}" if near else ""
            raise KeyError(f"no statement {name} in {self.source}{suffix}") from None

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._statements.values())


@functools.cache
def load(package: str, file: str = "queries.sql") -> Statements:
    """The statements of a file that lies in a package, read once per process.

    Raises FileNotFoundError without such a file and MalformedFile when it can't be read.
    """
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    source = f"{package}/{file}"
    return Statements(source, parse(text, source=source))


def parse(text: str, *, source: str) -> dict[str, Statement]:
    """The statements of a file's text by name, in the order of the file.

    Raises MalformedFile for a bad or repeated name, a missing purpose, or an empty statement.
    """
    parts = NAME_LINE.split(text)
    statements: dict[str, Statement] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        statement = parse_one(name.strip(), body, source=source)
        if statement.name in statements:
            raise MalformedFile(f"{source}: two statements are named {statement.name}")
        statements[statement.name] = statement
    if not statements:
        raise MalformedFile(f"{source}: no statement")
    return statements


def parse_one(name: str, body: str, *, source: str) -> Statement:
    """One statement from its name and what follows the line with the name."""
    purpose, _, sql = body.strip().partition("\n")
    if not NAME.fullmatch(name):
        raise MalformedFile(
            f"{source}: {name!r} is not a statement's name (small letters, digits, _)"
        )
    if not purpose.startswith("-- ") or not purpose[3:].strip():
        raise MalformedFile(f"{source}: {name} does not say its purpose in the line below its name")
    if not sql.strip():
        raise MalformedFile(f"{source}: {name} is empty")
    return Statement(name=name, purpose=purpose[3:].strip(), sql=sql.strip().encode())
