"""Finding records by what people type: Chinese words of two characters, pinyin, initials.

Texts are kept as bigrams in a tsvector: a word of two characters is one lexeme, which trigram
indexes can't do. The index finds candidates; a comparison with the visible fields themselves
decides, so that the answer is exact and a field that the asker can't see does not match.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, bindparam, cast, false, func, literal_column, or_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.types import Text

from sanhuan.catalog.fields import FieldDefinition
from sanhuan.records.read import composer

LONGEST = 100
MOST_BIGRAMS = 400


def folded(text: str) -> str:
    """How texts are compared: NFKC, lower case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def bigrams(text: str) -> list[str]:
    """The lexemes of a text: each pair of neighbours, and a single character as itself."""
    plain = folded(text)
    if len(plain) < 2:
        return [plain] if plain else []
    return list(dict.fromkeys(map(add, plain, plain[1:])))[:MOST_BIGRAMS]


def lexemes(texts: Iterable[str]) -> list[str]:
    """What a record is found by: bigrams, and the last character of each text alone.

    Any other character begins a bigram, so that a search of one character asks by prefix.
    """
    found: list[str] = []
    for text in texts:
        pairs = bigrams(text)
        if pairs:
            found += pairs
            found.append(pairs[-1][-1])
    return list(dict.fromkeys(found))


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
    """The tsquery text of what a person typed: all of its bigrams."""
    pairs = bigrams(q[:LONGEST])
    if len(pairs) == 1 and len(pairs[0]) == 1:
        return f"{_quoted(pairs[0])}:*"
    return " & ".join(_quoted(lexeme) for lexeme in pairs)


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
