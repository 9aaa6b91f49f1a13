"""Pinyin keys: by words, so that readings in phrases hold."""

from __future__ import annotations

import random
from typing import Any

import pytest
from pypinyin import lazy_pinyin
from pypinyin.constants import PHRASES_DICT

from sanhuan.records import pinyin


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("华为", "huawei hw"),
        ("重庆长江银行", "chongqingchangjiangyinhang cqcjyh"),
        ("单雄信", "shanxiongxin sxx"),
        ("A 座 3 号", "azuo3hao az3h"),
        ("plain", None),
        ("", None),
    ],
)
def test_key_of_a_title(title: str, key: str | None) -> None:
    assert pinyin.key(title) == key


def _each(text: str) -> Any:
    return list(text)


def test_titles_read_as_the_library_reads_them_whole() -> None:
    drawn = random.Random(7)
    phrases = list(PHRASES_DICT)
    for _ in range(2_000):
        title = "".join(
            drawn.choice([drawn.choice(phrases), chr(0x4E00 + drawn.randrange(8_000)), "a1（"])
            for _ in range(4)
        )[: pinyin.LONGEST]
        whole = lazy_pinyin("".join(title.lower().split()), errors=_each)
        key = pinyin.key(title)
        assert (key or "").partition(" ")[0] == ("".join(whole) if key else "")
