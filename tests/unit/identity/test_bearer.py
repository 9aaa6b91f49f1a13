"""Opaque tokens, and the CSRF token of a session (C12)."""

import pytest

from sanhuan.identity import bearer


@pytest.mark.parametrize("kind", ["s", "t", "i"])
def test_token_tells_its_kind(kind: bearer.Kind) -> None:
    token = bearer.make(kind)

    assert bearer.kind_of(token) == kind
    assert token.startswith(f"sh_{kind}_")
    assert len(bearer.digest(token)) == 32


def test_tokens_differ() -> None:
    assert len({bearer.make("s") for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize(
    "text",
    ["", "sh_s_", "sh_x_" + "a" * 43, "sh_s_" + "a" * 42, "sh_s_" + "a" * 44, "sh_s_" + "中" * 43,
     "sh_s_" + "a" * 43 + "\n", "sh_s_" + "\0" * 43, "'; drop table", "\ud800", "a" * 1_000_000],
)  # fmt: skip
def test_what_is_no_token_has_no_kind(text: str) -> None:
    assert bearer.kind_of(text) is None


def test_csrf_token_holds_for_its_session_only() -> None:
    one, other = bearer.make("s"), bearer.make("s")

    assert bearer.csrf_holds(one, bearer.csrf(one))
    assert not bearer.csrf_holds(other, bearer.csrf(one))
    assert not bearer.csrf_holds(one, one)
    for presented in ("", "\ud800", "中", bearer.csrf(one) + "="):
        assert not bearer.csrf_holds(one, presented)
