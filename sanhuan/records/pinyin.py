"""Pinyin of titles: what names are found and sorted by when people type Latin letters."""

from __future__ import annotations

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


@lru_cache(maxsize=20_000)
def _syllables(title: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    plain = "".join(title.lower().split())
    found = list(lazy_pinyin(plain, errors=_each))
    if 2 <= len(plain) <= 3 and plain[0] in SURNAMES:
        found[0] = SURNAMES[plain[0]]
    return tuple(found)


def _each(text: str) -> Any:
    """What is no Chinese stays, one syllable a character (the library's stub says str)."""
    return list(text)
