"""What the edge itself refuses, before anything below it is asked."""

from __future__ import annotations

from sanhuan.errors import SanhuanError, Text


class Unparsable(SanhuanError):
    """The request can't be read at all (400)."""

    code = "bad_request"

    def __init__(self, code: str, message: Text, *, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.code = code


class Invalid(SanhuanError):
    """The request can be read, and a value in it is wrong (422)."""

    code = "invalid_value"

    def __init__(
        self, code: str, message: Text, *, field: str | None = None, hint: Text | None = None
    ) -> None:
        super().__init__(message, field=field, hint=hint)
        self.code = code


class WrongType(SanhuanError):
    """The body is of a kind that this route does not take (415)."""

    code = "wrong_content_type"

    def __init__(self, wanted: str) -> None:
        super().__init__(
            Text(f"请求体的类型应为 {wanted}。", f"The body has to be of type {wanted}.")
        )


class TooLarge(SanhuanError):
    """The body is larger than this route takes (413)."""

    code = "too_large"

    def __init__(self, most_bytes: int) -> None:
        size = f"{most_bytes // 1024 // 1024} MB" if most_bytes >= 1 << 20 else f"{most_bytes} B"
        super().__init__(
            Text(f"请求体超过上限 {size}。", f"The body is larger than the limit of {size}.")
        )


class TooSlow(SanhuanError):
    """The body did not arrive in time (408)."""

    code = "body_too_slow"

    def __init__(self) -> None:
        super().__init__(Text("请求体传输超时。", "The body did not arrive in time."))


class Disconnected(Exception):
    """The client went away while we were reading: nobody waits for an answer."""


class UnknownPage(SanhuanError):
    """There is no such page, or not for this asker (404)."""

    code = "unknown_page"

    def __init__(self, name: str) -> None:
        super().__init__(Text(f"没有页面 {name[:60]}。", f"There is no page {name[:60]}."))


class NoRoute(SanhuanError):
    """There is nothing at this address (404)."""

    code = "no_such_address"

    def __init__(self) -> None:
        super().__init__(Text("没有这个地址。", "There is nothing at this address."))


class WrongMethod(SanhuanError):
    """The address does not take this method (405)."""

    code = "method_not_allowed"

    def __init__(self) -> None:
        super().__init__(Text("这个地址不支持该方法。", "This address does not take the method."))


class CrossSite(SanhuanError):
    """A request with a cookie lacks the proof that our own page sent it (403)."""

    code = "csrf"

    def __init__(self) -> None:
        super().__init__(
            Text("请求缺少防伪标记。", "The request lacks the CSRF token."),
            hint=Text(
                "请刷新页面；程序请改用令牌。", "Reload the page; programs use a token instead."
            ),
        )


class StillRunning(SanhuanError):
    """The first request with this idempotency key has not ended (409)."""

    code = "still_running"

    def __init__(self) -> None:
        super().__init__(
            Text("同一请求正在处理中。", "The first request with this key is still running."),
            hint=Text("请稍后重试。", "Try again in a moment."),
        )


class AnsweredOnce(SanhuanError):
    """What a repeated request asks for was done, and its answer is shown once (409)."""

    code = "answered_once"

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这个请求已经完成，结果只显示一次。",
                "This was done already, and its result is shown only once.",
            ),
            hint=Text("需要时请重新创建。", "Make a new one if you need it."),
        )


class KeyReused(SanhuanError):
    """An idempotency key came with another body (422)."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这个幂等键已用于另一个请求。",
                "This idempotency key was used for another request.",
            ),
            field="Idempotency-Key",
        )


class NotReady(SanhuanError):
    """The database is not of this version, or not there (503)."""

    code = "not_ready"
