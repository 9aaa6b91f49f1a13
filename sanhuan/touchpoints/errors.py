"""What a source's sender, or who mends its events, can be answered instead."""

from __future__ import annotations

from collections.abc import Sequence

from sanhuan.errors import SanhuanError, Text


class TouchpointError(SanhuanError):
    """Base of all that touchpoints answer with."""


class UnknownSource(TouchpointError):
    """There is no such source, or not one of this kind."""

    code = "unknown_source"

    def __init__(self, name: str) -> None:
        super().__init__(Text(f"没有数据源 {name[:60]}", f"There is no source {name[:60]}"))


class BadSignature(TouchpointError):
    """The message does not carry a signature by one of the source's secrets."""

    code = "bad_signature"

    def __init__(self) -> None:
        super().__init__(
            Text("签名不对", "The signature does not match"),
            hint=Text(
                "按 Standard Webhooks 签名：webhook-id、webhook-timestamp、webhook-signature",
                "Sign as Standard Webhooks says: webhook-id, webhook-timestamp, webhook-signature",
            ),
        )


class Stale(TouchpointError):
    """The message was signed more than five minutes ago, or in the future."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__(
            Text("签名时间和现在差了五分钟以上", "Signed more than five minutes from now"),
            hint=Text("对时后用新的时间重新签名", "Set the clock and sign again with a new time"),
        )


class BadMessage(TouchpointError):
    """The body is not a message; nothing of it was stored."""

    code = "bad_message"

    def __init__(self, zh: str, en: str, *, code: str = "bad_message") -> None:
        super().__init__(Text(zh, en))
        self.code = code


class TooLarge(TouchpointError):
    """More bytes than one message, or one file, may have."""

    code = "too_large"

    def __init__(self, most: int) -> None:
        shown = f"{most / 1_048_576:g} MB"
        super().__init__(Text(f"最多 {shown}", f"At most {shown}"))


class EventConflict(TouchpointError):
    """Events whose id came before with another body. The others of the message were stored."""

    code = "event_conflict"

    def __init__(self, ids: Sequence[str]) -> None:
        shown = ", ".join(ids[:10])
        super().__init__(
            Text(f"这些事件的 id 以前来过，内容不同：{shown}", f"Other bodies came as {shown}")
        )
        self.ids = tuple(ids)


class NoSuchEvent(TouchpointError):
    """There is no such event of the source, or it is not one that can be applied again."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__(Text("没有这条待处理的事件", "There is no such event to apply again"))
