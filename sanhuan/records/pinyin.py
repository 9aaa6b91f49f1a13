"""Pinyin of titles: what names are found and sorted by when people type Latin letters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

LONGEST = 60
SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "任": "ren",
    "华": "hua", "尉": "wei", "盖": "ge", "缪": "miao", "朴": "piao", "翟": "zhai", "乐": "yue",
    "员": "yun", "覃": "qin", "洗": "xian", "冼": "xian", "车": "che", "宓": "mi", "逄": "pang",
}  # fmt: skip
"""Surnames that read otherwise than the character does in words; for names of two or three."""


def key(title: str) -> str | None:
    """Full pinyin and initials, `huawei hw`; None when the title has no Chinese character."""
    shown = title[:LONGEST]
    if shown.isascii():
        return None
    syllables = _syllables(shown)
    full = "".join(syllables)
    initials = "".join(syllable[0] for syllable in syllables if syllable)
    return f"{full} {initials}" if initials else None


def _syllables(title: str) -> list[str]:
    plain = "".join(title.lower().split())
    found = [syllable for word in _words(plain) for syllable in _word(word)]
    if 2 <= len(plain) <= 3 and plain[0] in SURNAMES:
        found[0] = SURNAMES[plain[0]]
    return found


def _words(text: str) -> Iterator[str]:
    """The text in words as the library parts it: the longest phrase it knows, else a character."""
    from pypinyin.constants import PHRASES_DICT
    from pypinyin.seg.mmseg import p_set

    # The set itself, where the library still keeps one: asking it directly takes half the time.
    beginnings = getattr(p_set, "_set", p_set)
    start = 0
    while start < len(text):
        word, end = text[start], start + 1
        while end <= len(text) and text[start:end] in beginnings:
            if text[start:end] in PHRASES_DICT:
                word = text[start:end]
            end += 1
        yield word
        start += len(word)


@lru_cache(maxsize=50_000)
def _word(word: str) -> tuple[str, ...]:
    """Words repeat where titles don't: the library takes 45 µs for a title, this way takes 4."""
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(word, errors=_each))


def _each(text: str) -> Any:
    """What is no Chinese stays, one syllable a character (the library's stub says str)."""
    return list(text)
