"""Cursors are opaque and ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanhuan.changes.cursors import BadCursor, Cursors
from sanhuan.changes.entries import Position

NUMBERS = st.integers(0, 2**63 - 1)


@given(st.builds(Position, st.integers(1, 1_000), NUMBERS, NUMBERS))
def test_cursor_reads_as_what_was_written(position: Position) -> None:
    cursors = Cursors("secret")
    assert cursors.read(cursors.write(position)) == position


@pytest.mark.parametrize("text", ["", "1-2-3", "1-2-3.abc", "é", "1-2-3." + "A" * 27])
def test_cursor_that_we_did_not_sign_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursors("secret").read(text)


def test_cursor_of_another_installation_is_refused() -> None:
    with pytest.raises(BadCursor):
        Cursors("secret").read(Cursors("other").write(Position(1, 2, 3)))
