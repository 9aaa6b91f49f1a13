"""Positions in the log as clients hold them: opaque, and signed so that they are ours."""

from __future__ import annotations

import itsdangerous

from sanhuan import errors
from sanhuan.changes.entries import Position

SALT = "sanhuan.changes"


class BadCursor(errors.SanhuanError):
    """A cursor that we did not write, or that was altered."""

    code = "bad_cursor"


class Cursors:
    """Writes and reads cursors. A cursor is a place, not a right: what is seen there is decided
    when it is read, so it names no person and one text serves every listener."""

    def __init__(self, secret: str) -> None:
        """`secret` is the installation's, the same on all its nodes."""
        self._signer = itsdangerous.Signer(secret, salt=SALT)

    def write(self, position: Position) -> str:
        """The text of a position: letters, digits, `-`, `_` and `.`."""
        text = "-".join(f"{number:x}" for number in position)
        return self._signer.sign(text).decode()

    def read(self, text: str) -> Position:
        """The position of a text. Raises BadCursor."""
        try:
            numbers = self._signer.unsign(text).decode().split("-")
        except itsdangerous.BadSignature:
            raise BadCursor(
                errors.Text("续传位置无效。", "The place to go on from is not valid."),
                hint=errors.Text("请重新载入。", "Load the page again."),
            ) from None
        generation, xid, entry = (int(number, 16) for number in numbers)
        return Position(generation, xid, entry)
