"""The types of the formula language.

Types are small frozen values: two are equal when they mean the same. What a
record holds for each (see `Record` in records' reading of them):

number      `Decimal` with at most 12 places
text        `str`, never empty (empty text is null)
boolean     `bool`
date        `datetime.date`, years 1900 to 9999
datetime    aware `datetime.datetime` in UTC
duration    whole milliseconds as `int`, or `datetime.timedelta`
choice      the option's key as `str`
user, department, reference   the id as `str`
list        a sequence of these; rows: a sequence of `Record`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Type:
    """Base of all types; `kind` is its name in the AST's JSON and in messages."""

    kind: ClassVar[str] = "null"


@dataclass(frozen=True, slots=True)
class Null(Type):
    """The type of a bare NULL that nothing gave a type."""

    kind: ClassVar[str] = "null"


@dataclass(frozen=True, slots=True)
class Number(Type):
    kind: ClassVar[str] = "number"


@dataclass(frozen=True, slots=True)
class Text(Type):
    kind: ClassVar[str] = "text"


@dataclass(frozen=True, slots=True)
class Boolean(Type):
    kind: ClassVar[str] = "boolean"


@dataclass(frozen=True, slots=True)
class Date(Type):
    kind: ClassVar[str] = "date"


@dataclass(frozen=True, slots=True)
class DateTime(Type):
    kind: ClassVar[str] = "datetime"


@dataclass(frozen=True, slots=True)
class Duration(Type):
    kind: ClassVar[str] = "duration"


@dataclass(frozen=True, slots=True)
class Opaque(Type):
    """File, image, json, geo, signature: only ISBLANK may look at it."""

    kind: ClassVar[str] = "opaque"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice: its stable key and its labels by language."""

    key: str
    labels: Mapping[str, str] = field(default_factory=dict, compare=False, hash=False)

    def label(self, language: str) -> str:
        """The label in `language`, else in any language, else the key."""
        return self.labels.get(language) or next(iter(self.labels.values()), self.key)


@dataclass(frozen=True, slots=True)
class Choice(Type):
    """One of `options`, in the order of the list."""

    options: tuple[Option, ...]
    kind: ClassVar[str] = "choice"

    @classmethod
    def of(cls, *keys: str) -> Choice:
        """A choice whose labels are its keys."""
        return cls(tuple(Option(key) for key in keys))

    def keys(self) -> tuple[str, ...]:
        return tuple(option.key for option in self.options)

    def find(self, text: str, language: str) -> Option | None:
        """The option of that key, else of that label in `language`, else in another."""
        for option in self.options:
            if option.key == text:
                return option
        for option in self.options:
            if option.labels.get(language) == text:
                return option
        return next((o for o in self.options if text in o.labels.values()), None)


@dataclass(frozen=True, slots=True)
class Reference(Type):
    """A record of the object named `object`; its value is the id."""

    object: str
    kind: ClassVar[str] = "reference"


@dataclass(frozen=True, slots=True)
class User(Reference):
    object: str = "user"
    kind: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True)
class Department(Reference):
    object: str = "department"
    kind: ClassVar[str] = "department"


@dataclass(frozen=True, slots=True)
class ListOf(Type):
    """Several values of one scalar type, in order; nulls may be among them."""

    item: Type
    kind: ClassVar[str] = "list"


@dataclass(frozen=True, slots=True)
class Rows(Type):
    """The rows of a sub-table, records of the object named `object`."""

    object: str
    kind: ClassVar[str] = "rows"


NULL = Null()
NUMBER = Number()
TEXT = Text()
BOOLEAN = Boolean()
DATE = Date()
DATETIME = DateTime()
DURATION = Duration()
OPAQUE = Opaque()
USER = User()
DEPARTMENT = Department()


def same(one: Type, other: Type) -> bool:
    """Whether values of the two types may be compared and mixed."""
    if isinstance(one, Reference) and isinstance(other, Reference):
        return one.object == other.object
    return one == other


NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "null": {"zh": "空值", "en": "null"},
        "number": {"zh": "数字", "en": "a number"},
        "text": {"zh": "文本", "en": "a text"},
        "boolean": {"zh": "是/否", "en": "true or false"},
        "date": {"zh": "日期", "en": "a date"},
        "datetime": {"zh": "时间", "en": "a date with time"},
        "duration": {"zh": "时长", "en": "a duration"},
        "choice": {"zh": "选项", "en": "a choice"},
        "user": {"zh": "人员", "en": "a user"},
        "department": {"zh": "部门", "en": "a department"},
        "reference": {"zh": "关联记录", "en": "a reference"},
        "list": {"zh": "列表", "en": "a list"},
        "rows": {"zh": "明细", "en": "rows"},
        "opaque": {"zh": "附件类字段", "en": "a file or the like"},
    }
)
