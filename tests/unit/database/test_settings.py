"""Settings from the environment."""

from pathlib import Path

import pytest

from sanhuan.database import settings


def test_defaults_are_those_of_make_run() -> None:
    found = settings.read({})

    assert (found.host, found.port) == ("127.0.0.1", 8000)
    assert found.base_url == "http://127.0.0.1:8000"
    assert found.data == Path("var").absolute()
    assert found.database_url is None
    assert found.admin_password is None
    assert found.sample


def test_environment_is_read() -> None:
    found = settings.read(
        {
            "SANHUAN_HOST": "0.0.0.0",
            "SANHUAN_PORT": "9001",
            "SANHUAN_BASE_URL": "https://crm.example.com/",
            "SANHUAN_DATA": "/srv/sanhuan",
            "SANHUAN_DATABASE_URL": "postgresql://db/sanhuan",
            "SANHUAN_ADMIN_PASSWORD": "a long one",
            "SANHUAN_SAMPLE": "none",
        }
    )

    assert (found.host, found.port) == ("0.0.0.0", 9001)
    assert found.base_url == "https://crm.example.com"
    assert found.data == Path("/srv/sanhuan")
    assert found.database_url == "postgresql://db/sanhuan"
    assert found.admin_password == "a long one"
    assert not found.sample


def test_empty_variable_counts_as_unset() -> None:
    assert settings.read({"SANHUAN_PORT": ""}).port == 8000


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("192.168.1.5", "http://192.168.1.5:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_base_url_follows_host(host: str, url: str) -> None:
    assert settings.read({"SANHUAN_HOST": host}).base_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANHUAN_PORT", "0"),
        ("SANHUAN_PORT", "65536"),
        ("SANHUAN_PORT", "８０００"),
        ("SANHUAN_PORT", "http"),
        ("SANHUAN_BASE_URL", "crm.example.com"),
        ("SANHUAN_BASE_URL", "javascript:alert(1)"),
        ("SANHUAN_BASE_URL", "https://crm.example.com/?a=b"),
        ("SANHUAN_SAMPLE", "maybe"),
    ],
)
def test_unusable_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(settings.InvalidSetting) as caught:
        settings.read({name: value})

    assert name in caught.value.message.zh
    assert name in caught.value.message.en


def test_secrets_stay_out_of_the_representation() -> None:
    found = settings.read(
        {"SANHUAN_ADMIN_PASSWORD": "hidden", "SANHUAN_DATABASE_URL": "postgresql://a:hidden@b/c"}
    )

    assert "hidden" not in repr(found)
