"""What keeps a file from being imported."""

from __future__ import annotations

from sanhuan.errors import Text
from sanhuan.touchpoints.errors import TouchpointError


class UnreadableFile(TouchpointError):
    """The file is none that can be imported: 422."""

    code = "unreadable_file"

    def __init__(self, zh: str, en: str, *, code: str = "unreadable_file") -> None:
        super().__init__(Text(zh, en), field="file")
        self.code = code


class BadMapping(TouchpointError):
    """The mapping names columns or fields that do not exist: 422."""

    code = "bad_mapping"

    def __init__(self, zh: str, en: str, *, field: str = "mapping") -> None:
        super().__init__(Text(zh, en), field=field)


class UnknownImport(TouchpointError):
    """There is no such import of this person."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__(Text("没有这次导入", "There is no such import"))


class NotNow(TouchpointError):
    """The import is in a state in which this can't be done: 409."""

    code = "wrong_state"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(Text(zh, en))


class SchemaChanged(TouchpointError):
    """The object was changed so that the mapping does not fit any more: 409."""

    code = "schema_changed"

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(f"{name} 已经没有了，重新对应字段", f"{name} is gone: map the columns again")
        )
