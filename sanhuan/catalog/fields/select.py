"""One of a list of choices."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from sqlalchemy import Column, Text

from sanhuan import expressions
from sanhuan.catalog.fields.base import Choice as Colour
from sanhuan.catalog.fields.base import FieldDefinition, Label, Problem
from sanhuan.expressions import types


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One choice; `key` is what records hold, and stays when the label changes."""

    key: str
    label: Label
    color: Colour = "grey"
    hidden: bool = False
    """Kept for the records that hold it, no longer offered."""


class Transition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way from one state (or from a new record: None) to others, while `when` holds."""

    source: str | None = msgspec.field(name="from")
    to: list[str]
    when: str | None = None
    """A formula; None is always. Where it is not TRUE the change is refused with `message`."""
    message: Label | None = None


def known(choices: list[Choice], value: Any) -> str:
    """`value` when it is the key of a choice. Raises `Problem`."""
    if not isinstance(value, str):
        raise Problem("wrong_type", "要填一个选项", "Expected a choice")
    if not any(choice.key == value for choice in choices):
        shown = "、".join(choice.key for choice in choices if not choice.hidden)
        raise Problem("unknown_choice", f"没有这个选项，可选 {shown}", f"Not one of {shown}")
    return value


def by_label(choices: list[Choice], text: str) -> str:
    """The key of the choice that a person named by key or label, else the text itself."""
    for choice in choices:
        if text in (choice.key, choice.label.zh, choice.label.en):
            return choice.key
    return text


class SelectField(FieldDefinition, kw_only=True, tag="select"):
    """With `transitions`, the choices are states and only the ways named are open."""

    choices: list[Choice]
    transitions: list[Transition] | None = None
    operators: ClassVar[frozenset[str]] = frozenset({"=", "!=", "in", "notIn", "null", "notNull"})

    def columns(self) -> list[Column[Any]]:
        return [Column(self.column_name, Text)]

    def parse(self, value: Any) -> str | None:
        return None if value is None else known(self.choices, value)

    def parse_text(self, text: str) -> str | None:
        return self.parse(by_label(self.choices, text.strip()) or None)

    def expression_type(self) -> expressions.Type:
        return choice_type(self.choices)


def choice_type(choices: list[Choice]) -> types.Choice:
    """The type of one of these choices, in the order shown."""
    return types.Choice(
        tuple(types.Option(choice.key, choice.label.by_language) for choice in choices)
    )
