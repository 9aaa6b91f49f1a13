"""Web addresses."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from sqlalchemy import Column, Text

from sanhuan import expressions
from sanhuan.catalog.fields.base import FieldDefinition, Problem
from sanhuan.catalog.fields.text import TEXT_OPERATORS, clean
from sanhuan.expressions import types


class UrlField(FieldDefinition, kw_only=True, tag="url"):
    """http and https only, so that a link on a page can't carry a script."""

    operators: ClassVar[frozenset[str]] = TEXT_OPERATORS

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Text)]

    def parse(self, value: Any) -> str | None:
        text = None if value is None else clean(value, longest=2_000)
        if text is None or not text.strip():
            return None
        address = text.strip()
        try:
            parts = urlsplit(address)
        except ValueError:
            raise _not_an_address() from None
        if parts.scheme not in ("http", "https") or not parts.netloc or " " in address:
            raise _not_an_address()
        return address

    def expression_type(self) -> expressions.Type:
        return types.Text()


def _not_an_address() -> Problem:
    return Problem(
        "bad_url", "要填 http:// 或 https:// 开头的网址", "Expected an http or https address"
    )
