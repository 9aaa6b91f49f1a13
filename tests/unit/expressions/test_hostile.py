"""Texts that try to get out of the language (E01, E02, E03, E07): nothing of them runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import string
import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sanhuan import expressions
from sanhuan.expressions import Context, ErrorValue, ExpressionError, errors
from tests.unit.expressions import cases

DATA = json.loads((Path(__file__).parent / "hostile.json").read_text("utf-8"))
LIMIT_S = 0.3
TYPES: dict[str, Any] = {
    "金额": "number",
    "客户名": "text",
    "签约日": "date",
    "客户": {"ref": {"行业": "text"}},
}
SCOPE = cases.scope_of(TYPES, {}, {})
RECORD = cases.Row(
    {
        "金额": Decimal(1),
        "客户名": "华为",
        "签约日": dt.date(2025, 1, 1),
        "客户": {"id": "a", "行业": "通信"},
    }
)
CONTEXT = Context(ZoneInfo("Asia/Shanghai"), dt.datetime(2025, 3, 31, tzinfo=dt.UTC))
SEED = int(os.environ.get("SANHUAN_SEED", "20250331"))


def corpus() -> list[str]:
    """At least 500 hostile texts."""
    made = [shape.replace("@", word) for shape in DATA["shapes"] for word in DATA["words"]]
    return [*made, *DATA["bodies"], "1+" * 500_000 + "1", '"' + "a" * 1_000_000 + '"']


def run(text: str) -> object:
    """What the text gives: a value, an error value, or the code of its refusal."""
    try:
        checked = expressions.check(text, SCOPE)
    except ExpressionError as error:
        refused = error
    else:
        return expressions.compile_python(checked)(RECORD, CONTEXT)
    assert refused.code in errors.SAVING_CODES
    assert 0 <= refused.start <= refused.end <= len(text)
    assert set(refused.message) == {"zh", "en"}
    return None


def test_corpus_has_at_least_500_texts() -> None:
    assert len(set(corpus())) >= 500


def test_hostile_texts_evaluate_to_nothing_within_the_time_limit() -> None:
    expressions.check("1", SCOPE)  # the parser is built once
    for text in corpus():
        start = time.perf_counter()
        found = run(text)
        assert time.perf_counter() - start < LIMIT_S, text[:80]
        assert found is None or isinstance(found, ErrorValue), (text[:80], found)


@pytest.mark.parametrize("shape", DATA["shapes"])
def test_hostile_text_as_a_text_stays_a_text(shape: str) -> None:
    text = shape.replace("@", "__class__")
    quoted = '"' + text.replace('"', '""') + '"'
    assert run(quoted) == text


def test_random_texts_are_refused_with_our_error_alone() -> None:
    chance = random.Random(SEED)
    pieces = [
        *string.printable,
        *"金额客户名签约日且或非“”‘’【】｛｝（），；。、×÷≠≤≥＝１２３万亿",
        "金额",
        "IF(",
        "SUM(",
        "客户.",
        "AND",
        " NOT ",
        " IN ",
        "#2025-01-01#",
        "/*",
        "*/",
        "//",
        "😀",
        "e\u0301",
        "\u200b",
        "TRUE",
    ]
    for _ in range(20_000 if os.environ.get("SANHUAN_PROVE") == "1" else 2_000):
        text = "".join(chance.choices(pieces, k=chance.randrange(1, 30)))
        run(text)


def test_changed_formulas_are_refused_with_our_error_alone() -> None:
    chance = random.Random(SEED)
    texts = [case.expr for case in cases.load() if case.kind == "formula" and case.expr]
    for _ in range(20_000 if os.environ.get("SANHUAN_PROVE") == "1" else 2_000):
        text = list(chance.choice(texts)[:200])
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(text) + 1)
            text[place : place + chance.randrange(2)] = chance.choice(
                ["", "(", ")", '"', ".", "，", "%", "-"]
            )
        run("".join(text))


def test_hostile_stored_forms_are_refused() -> None:
    """E01: the saved JSON is checked as text is."""
    forms: list[Any] = [
        {},
        [],
        None,
        1,
        {"call": "__class__", "args": []},
        {"call": "+", "args": "ab"},
        {"field": "f"},
        {"field": ["__class__"]},
        {"field": [1]},
        {"value": "NaN", "type": "number"},
        {"value": {}, "type": "text"},
        {"value": "1e999999", "type": "number"},
        {"call": ["+"], "args": []},
        {"rows": ["金额"]},
        {"up": 1},
        {"field": ["金额"], "up": 7},
        {"field": ["金额"], "up": True},
        {"column": ["a"], "of": {"field": ["金额"]}},
        {
            "call": "DATEADD",
            "args": [
                {"field": ["签约日"]},
                {"value": "1", "type": "number"},
                {"value": "x'; drop", "type": "text"},
            ],
        },
    ]
    deep: Any = {"value": "1", "type": "number"}
    for _ in range(3_000):
        deep = {"call": "neg", "args": [deep]}
    for form in [*forms, deep]:
        with pytest.raises(ExpressionError):
            expressions.from_json(form, SCOPE)
