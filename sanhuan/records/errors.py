"""What reading and saving records can answer instead of what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sanhuan.errors import SanhuanError, Text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with one value of one row.

    `field` is an API name (`lines[2].price` inside lines), None for the row as a whole; `index`
    the row's place in the batch; `rule` the name of the rule that says so, None where the field's
    own definition does.
    """

    code: str
    message: Text
    field: str | None = None
    index: int = 0
    rule: str | None = None
    token: str | None = None
    """For warnings: what consent has to name."""


class RecordsError(SanhuanError):
    """Base of all that records answer with."""


class BadRequest(RecordsError):
    """The request names what does not exist or can't be combined; `field` tells where."""

    code = "bad_request"

    def __init__(self, code: str, message: Text, *, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.code = code


class UnknownField(BadRequest):
    """A field that does not exist, or not for this asker: the two can't be told apart."""

    def __init__(self, name: str, nearest: str | None = None) -> None:
        shown = name[:60]
        hint = (f"，是 {nearest} 吗", f"; nearest: {nearest}") if nearest else ("", "")
        message = Text(f"没有字段 {shown}{hint[0]}", f"There is no field {shown}{hint[1]}")
        super().__init__("unknown_field", message, field=shown)


class BadCursor(RecordsError):
    """A page's cursor was altered, or is from another list or person."""

    code = "bad_cursor"

    def __init__(self) -> None:
        super().__init__(Text("翻页标记无效，从头再取", "The cursor is not valid, start again"))


class NotFound(RecordsError):
    """No such record, or not for this asker."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__(Text("没有这条记录，或你看不到它", "No such record, or you can't see it"))


class Forbidden(RecordsError):
    """The act is not allowed to this asker, on any record or on this one that he sees."""

    code = "forbidden"

    def __init__(self, act: str) -> None:
        super().__init__(Text(f"你没有权限：{_ACTS.get(act, act)}", f"You may not {act} here"))
        self.act = act


_ACTS = {
    "see": "查看",
    "create": "新建",
    "edit": "修改",
    "delete": "删除",
    "assign": "分配",
    "import": "导入",
    "export": "导出",
}


class VersionNeeded(RecordsError):
    """An update or delete did not say which version it was made from."""

    code = "version_needed"

    def __init__(self) -> None:
        super().__init__(Text("要写明依据的版本（If-Match）", "Say which version (If-Match)"))


class VersionConflict(RecordsError):
    """Someone was first; `current` is the record as the asker may see it now."""

    code = "version_conflict"

    def __init__(self, record: UUID, current: dict[str, Any] | None = None) -> None:
        super().__init__(Text("别人先改过了，看看最新的再改", "Someone changed it first"))
        self.record = record
        self.current = current


class Refused(RecordsError):
    """Rows of the batch can't be saved; nothing was. `faults` lists why, by row and field."""

    code = "refused"

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(first.message, field=first.field)
        self.faults = tuple(faults)
        self.code = first.code if len({fault.code for fault in faults}) == 1 else "invalid"


class NotUnique(Refused):
    """A value is taken by another record, which is not shown."""


class NeedsConsent(RecordsError):
    """A rule warns: saving again with consent and a reason goes through."""

    code = "needs_consent"

    def __init__(self, warnings: Sequence[Fault]) -> None:
        super().__init__(warnings[0].message, field=warnings[0].field)
        self.warnings = tuple(warnings)


class TooMany(RecordsError):
    """More rows, rules or steps than one request may hold."""

    code = "too_many"

    def __init__(self, most: int) -> None:
        super().__init__(Text(f"一次最多 {most} 条", f"At most {most} at once"))
