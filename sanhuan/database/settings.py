"""What the environment says about an installation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sanhuan import errors

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_DATA = "var"


class InvalidSetting(errors.SanhuanError):
    """An environment variable has a value that can't be used."""

    code = "invalid_setting"


@dataclass(frozen=True)
class Settings:
    """One installation.

    host, port     where the web process listens
    base_url       the address that people and mails use; without a closing slash
    data           folder of everything that lives; a new folder is a new installation
    database_url   an external PostgreSQL, None for the embedded one
    admin_password of `admin` at the first start, None to make one up
    sample         whether the first start loads the demo company
    """

    host: str
    port: int
    base_url: str
    data: Path
    database_url: str | None = field(repr=False)
    admin_password: str | None = field(repr=False)
    sample: bool


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings, from `environment` (None: that of this process).

    An empty variable counts as unset. Raises InvalidSetting.
    """
    found = os.environ if environment is None else environment
    values = {name: value for name, value in found.items() if value}
    host = values.get("SANHUAN_HOST", DEFAULT_HOST)
    port = parse_port(values.get("SANHUAN_PORT", str(DEFAULT_PORT)))
    return Settings(
        host=host,
        port=port,
        base_url=parse_base_url(values.get("SANHUAN_BASE_URL") or default_base_url(host, port)),
        data=Path(values.get("SANHUAN_DATA", DEFAULT_DATA)).absolute(),
        database_url=values.get("SANHUAN_DATABASE_URL"),
        admin_password=values.get("SANHUAN_ADMIN_PASSWORD"),
        sample=parse_sample(values.get("SANHUAN_SAMPLE", "demo")),
    )


def parse_port(text: str) -> int:
    """A TCP port from its decimal digits. Raises InvalidSetting."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise invalid(
        "SANHUAN_PORT", text, errors.Text("1 到 65535 的整数", "a whole number up to 65535")
    )


def parse_base_url(text: str) -> str:
    """An http(s) address without a closing slash. Raises InvalidSetting."""
    if text.startswith(("http://", "https://")) and not any(part in text for part in " ?#"):
        return text.rstrip("/")
    wanted = errors.Text("以 http:// 或 https:// 开头的地址", "an address with http:// or https://")
    raise invalid("SANHUAN_BASE_URL", text, wanted)


def parse_sample(text: str) -> bool:
    """Whether to load the demo company. Raises InvalidSetting."""
    if text in ("demo", "none"):
        return text == "demo"
    raise invalid("SANHUAN_SAMPLE", text, errors.Text("demo 或 none", "demo or none"))


def default_base_url(host: str, port: int) -> str:
    """The address of a server on this machine."""
    shown = DEFAULT_HOST if host in ("0.0.0.0", "::") else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def invalid(name: str, value: str, wanted: errors.Text) -> InvalidSetting:
    """The error about one variable."""
    return InvalidSetting(
        errors.Text(f"{name} 的值无效：{value}。", f"{name} has an invalid value: {value}."),
        hint=errors.Text(f"需要{wanted.zh}。", f"It takes {wanted.en}."),
    )
