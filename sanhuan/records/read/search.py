"""Finding records by what people type: Chinese words of two characters, pinyin, initials.

Texts are kept as pieces in a tsvector: a word of two characters is one lexeme, which trigram
indexes can't do; of letters and digits it takes four, since two occur in too many records (pinyin
took 50 ms in a million names). The index finds candidates; a comparison with the visible fields
themselves decides, so that the answer is exact and a field that the asker can't see does not match.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, cast, false, func, literal_column, or_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.types import Text

from sanhuan.catalog.fields import FieldDefinition
from sanhuan.records.read import composer

LONGEST = 100
MOST_PIECES = 400
LETTERS = frozenset(string.ascii_lowercase + string.digits)


def folded(text: str) -> str:
    """How texts are compared: NFKC, lower case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def pieces(text: str) -> list[str]:
    """The lexemes of a text: from each character on two, from a letter or digit on four.

    At its end they are shorter, so that the last character is one by itself.
    """
    plain = folded(text)
    found = [plain[at : at + (4 if one in LETTERS else 2)] for at, one in enumerate(plain)]
    return list(dict.fromkeys(found))[:MOST_PIECES]


def lexemes(texts: Iterable[str]) -> list[str]:
    """What a record is found by: the pieces of its texts."""
    return list(dict.fromkeys(piece for text in texts for piece in pieces(text)))


def vector(texts: Iterable[str]) -> str | None:
    """The tsvector text of a record's searchable texts; None when there is nothing."""
    found = lexemes(texts)
    if not found:
        return None
    joined = "' '".join(found)
    if joined.count("'") == 2 * (len(found) - 1) and "\\" not in joined:
        return f"'{joined}'"
    return " ".join(map(_quoted, found))


def asked(q: str) -> str:
    """The tsquery text of what a person typed: its whole pieces, and what they leave as a prefix.

    A record with the text has them all: its piece at each place begins as the asked one does.
    """
    plain = folded(q[:LONGEST])
    whole: dict[str, None] = {}
    covered, short = 0, None
    for start, one in enumerate(plain):
        end = start + (4 if one in LETTERS else 2)
        if end <= len(plain):
            whole[plain[start:end]] = None
            covered = end
        elif short is None:
            short = plain[start:]
    asked_for = [_quoted(piece) for piece in whole]
    if short is not None and covered < len(plain):
        asked_for.append(f"{_quoted(short)}:*")
    return " & ".join(asked_for)


def _quoted(lexeme: str) -> str:
    if "'" in lexeme or "\\" in lexeme:
        lexeme = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{lexeme}'"


def condition(here: composer.Composer, q: str) -> ColumnElement[bool]:
    """Records one of whose visible searchable fields, or the title's pinyin, holds `q`."""
    wanted = folded(q[:LONGEST])
    if not wanted or "search" not in here.table.c:
        return false()
    values = parameters(q)
    candidates = here.table.c.search.op("@@", is_comparison=True)(
        cast(bindparam("q_lexemes", values["q_lexemes"], type_=Text), TSQUERY)
    )
    like = bindparam("q_like", values["q_like"], type_=Text)
    return candidates & or_(false(), *_matches(here, like))


def _matches(here: composer.Composer, like: Any) -> Sequence[ColumnElement[bool]]:
    found = [
        plain(here.column((one.id,))).like(like)
        for one in here.item.searchable
        if here.readable(one)
    ]
    pinyin = here.clear(here.item.title, here.table.c.pinyin)
    if pinyin is not None:
        found.append(pinyin.like(like))
    return found


def parameters(q: str) -> dict[str, str]:
    """The values that `condition` binds for what a person typed."""
    wanted = folded(q[:LONGEST])
    return {"q_lexemes": asked(q), "q_like": f"%{_escaped(wanted)}%"}


def plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text as it is compared, like `folded`: NFKC, lower case, without blanks."""
    text = func.normalize(cast(column, Text), literal_column("NFKC"))
    return func.lower(func.replace(text, literal_column("' '"), literal_column("''")))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def texts_of(fields: Sequence[FieldDefinition], values: dict[str, Any]) -> list[str]:
    """The texts of the fields that search looks into, as the API writes them."""
    found = (one.to_json(values.get(one.id)) for one in fields)
    return [text for text in found if isinstance(text, str)]
