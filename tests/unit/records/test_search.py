"""What search finds records by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanhuan.records.read import search

texts = st.text(alphabet="ab1区域湖 '\\", min_size=1, max_size=12)


def found_by(asked: str, lexemes: set[str]) -> bool:
    """Whether PostgreSQL would take a record with these lexemes for a candidate."""
    return all(_is_there(part, lexemes) for part in asked.split(" & "))


def _is_there(part: str, lexemes: set[str]) -> bool:
    prefix = part.endswith(":*")
    written = part.removesuffix(":*")[1:-1].replace("''", "'").replace("\\\\", "\\")
    if prefix:
        return any(lexeme.startswith(written) for lexeme in lexemes)
    return written in lexemes


@given(texts, st.data())
def test_every_part_of_a_text_finds_it(text: str, data: st.DataObject) -> None:
    plain = search.folded(text)
    if not plain:
        return
    start = data.draw(st.integers(0, len(plain) - 1))
    end = data.draw(st.integers(start + 1, len(plain)))

    assert found_by(search.asked(plain[start:end]), set(search.lexemes([text])))


def test_word_of_two_characters_is_one_lexeme() -> None:
    assert search.asked("防水") == "'防水'"
    assert "防水" in search.lexemes(["镜湖防水工程"])


def test_letters_are_looked_up_by_four() -> None:
    assert search.asked("jinghu") == "'jing' & 'ingh' & 'nghu'"
    assert search.asked("jh") == "'jh':*"
