"""YAML of packages may come from strangers (I11)."""

from __future__ import annotations

import pytest

from sanhuan.catalog import yaml

BOMB = "a: &a [1]\n" + "\n".join(f"k{n}: *a" for n in range(60))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        "!!python/object/apply:os.system ['id']",
        "a: !!python/name:os.system",
        BOMB,
        "[" * 60 + "]" * 60,
        "a: [",
        "a: \x00",
    ],
)
def test_what_is_not_plain_data_is_refused(text: str) -> None:
    with pytest.raises(yaml.BadYaml):
        yaml.load(text.encode(), source="x.yaml")


def test_file_over_two_megabytes_is_refused_unread() -> None:
    with pytest.raises(yaml.BadYaml):
        yaml.load(b"#" * (yaml.MOST_BYTES + 1), source="x.yaml")


def test_dates_stay_text() -> None:
    assert yaml.load(b"a: 2026-03-31", source="x.yaml") == {"a": "2026-03-31"}
