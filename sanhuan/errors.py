"""The base of every error that a person may come to read.

An error carries a stable code (what programs match on), one sentence in Chinese and one in English,
and the next step. It knows nothing of HTTP: the edge decides the status from the code's class.
"""

from typing import NamedTuple


class Text(NamedTuple):
    """One sentence in the two languages of the product."""

    zh: str
    en: str


class SanhuanError(Exception):
    """Something that went wrong and can be told in one sentence.

    Subclasses set `code` (snake_case, never changed once published). `field` is the name of the
    field at fault, None when the error is about the whole. `hint` names the next step, None when
    there is none to take.
    """

    code: str = "internal"

    def __init__(
        self,
        message: Text,
        *,
        hint: Text | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message.en)
        self.message = message
        self.hint = hint
        self.field = field

    def __str__(self) -> str:
        """Both languages, each with its hint: what the command line prints."""
        hint = self.hint or Text("", "")
        return f"{self.message.zh}{hint.zh}\n{self.message.en} {hint.en}".rstrip()
