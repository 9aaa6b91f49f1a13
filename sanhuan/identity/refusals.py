"""The errors of this package: what a person may read when identity says no."""

from __future__ import annotations

from sanhuan import errors


class Forbidden(errors.SanhuanError):
    """The act is not allowed to this caller."""

    code = "forbidden"

    def __init__(
        self,
        message: errors.Text | None = None,
        *,
        hint: errors.Text | None = None,
        field: str | None = None,
    ) -> None:
        text = message or errors.Text("您没有权限这样做。", "You are not allowed to do this.")
        super().__init__(text, hint=hint, field=field)


class WrongCredentials(errors.SanhuanError):
    """No such login, a wrong password, someone who may not sign in: always the same answer."""

    code = "wrong_credentials"

    def __init__(self) -> None:
        super().__init__(
            errors.Text("登录名或密码不对。", "The login or the password is wrong."),
            hint=errors.Text(
                "请重新输入；忘记密码时请管理员发送新的链接。",
                "Type them again, or ask an administrator for a new link.",
            ),
        )


class TooManyAttempts(errors.SanhuanError):
    """Too many attempts to sign in; `retry_after` is in whole seconds, at least 1."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        minutes = -(-retry_after // 60)
        super().__init__(
            errors.Text("登录尝试次数过多。", "Too many attempts to sign in."),
            hint=errors.Text(f"请在 {minutes} 分钟后再试。", f"Try again in {minutes} minute(s)."),
        )


class SessionEnded(errors.SanhuanError):
    """No session or API token is behind what the request carries, or no longer."""

    code = "session_ended"

    def __init__(self) -> None:
        super().__init__(
            errors.Text("尚未登录，或登录已失效。", "Not signed in, or no longer."),
            hint=errors.Text("请重新登录。", "Sign in again."),
        )


class WeakPassword(errors.SanhuanError):
    """A new password that is too easy to guess."""

    code = "weak_password"

    def __init__(self) -> None:
        super().__init__(
            errors.Text("这个密码太容易被猜到。", "This password is too easy to guess."),
            hint=errors.Text(
                "请用更长的密码，例如几个不相关的词，不要包含姓名和登录名。",
                "Take a longer one, such as several unrelated words, without names or logins.",
            ),
            field="password",
        )


class PasswordTooLong(errors.SanhuanError):
    """A password beyond the limit, which no password here can have."""

    code = "password_too_long"

    def __init__(self, most: int) -> None:
        super().__init__(
            errors.Text(f"密码最长 {most} 字节。", f"A password has at most {most} bytes."),
            field="password",
        )


class InvitationEnded(errors.SanhuanError):
    """A link that was used, has run out, was replaced, or never existed."""

    code = "invitation_ended"

    def __init__(self) -> None:
        super().__init__(
            errors.Text("链接已失效。", "This link is no longer valid."),
            hint=errors.Text("请管理员发送新的链接。", "Ask an administrator for a new one."),
        )


class InvalidScope(errors.SanhuanError):
    """A scope that can't be read, or none at all."""

    code = "invalid_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(
            errors.Text(f"无法识别的权限范围：{scope}。", f"Not a scope: {scope}."),
            hint=errors.Text(
                "可以写 *、lead:see、lead:*、*:see，或一项全局权限的名称。",
                "Write *, lead:see, lead:*, *:see, or the name of a right.",
            ),
            field="scopes",
        )


class ScopeBeyondRights(errors.SanhuanError):
    """A scope for what its maker may not do."""

    code = "scope_beyond_rights"

    def __init__(self, scope: str) -> None:
        super().__init__(
            errors.Text(
                f"您自己没有 {scope} 的权限，不能授予令牌。",
                f"You don't have {scope} yourself, so a token can't.",
            ),
            field="scopes",
        )


class InvalidExpiry(errors.SanhuanError):
    """An end that has passed already, or lies beyond a hundred years."""

    code = "invalid_expiry"

    def __init__(self, field: str) -> None:
        super().__init__(
            errors.Text(
                "截止时间必须在将来，且在一百年以内。",
                "The end must lie in the future, within a hundred years.",
            ),
            field=field,
        )


class InvalidName(errors.SanhuanError):
    """A name that is empty or too long."""

    code = "invalid_name"

    def __init__(self, most: int) -> None:
        super().__init__(
            errors.Text(f"名称须有 1 到 {most} 个字符。", f"A name has 1 to {most} characters."),
            field="name",
        )


class UnknownPrincipal(errors.SanhuanError):
    """A share names nobody: no live user, department or role has this id."""

    code = "not_found"

    def __init__(self, field: str = "principal") -> None:
        super().__init__(
            errors.Text(
                "没有这个人员、部门或角色。", "There is no such person, department or role."
            ),
            field=field,
        )


class UnknownPerson(errors.SanhuanError):
    """No active person has this id or login."""

    code = "not_found"

    def __init__(self, field: str = "user") -> None:
        super().__init__(
            errors.Text("没有这个在职人员。", "There is no such active person."), field=field
        )


class CannotGrant(errors.SanhuanError):
    """Someone would give a role that allows more than he may do himself."""

    code = "cannot_grant"

    def __init__(self) -> None:
        super().__init__(
            errors.Text(
                "不能授予超出您自己权限的角色。",
                "This role allows more than you may do yourself.",
            ),
            hint=errors.Text("请系统管理员来做。", "Ask an administrator to do it."),
            field="roles",
        )
