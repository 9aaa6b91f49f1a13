"""The way to an installation's database, embedded or external."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from sanhuan.database import folder as folders
from sanhuan.database import installation, migrations, roles, server
from sanhuan.database import settings as environment


@pytest.fixture
def settings() -> Iterator[environment.Settings]:
    """An installation with a data folder of its own."""
    data = Path(tempfile.mkdtemp(prefix="sanhuan-"))
    data.chmod(0o711)
    yield environment.read({"SANHUAN_DATA": str(data / "var")})
    shutil.rmtree(data)


@pytest.fixture
def external() -> Iterator[str]:
    """A PostgreSQL as a company runs it: its owner may make roles and is no superuser."""
    home = Path(tempfile.mkdtemp(prefix="sanhuan-"))
    home.chmod(0o711)
    running = server.Server(home / "pg")
    running.start()
    with psycopg.connect(running.superuser_conninfo(), autocommit=True) as admin:
        admin.execute("create role crm login createrole password 'crm'")
        admin.execute("create database crm owner crm")
    yield conninfo.make_conninfo(
        running.superuser_conninfo(), user="crm", password="crm", dbname="crm"
    )
    running.stop()
    shutil.rmtree(home)


def test_embedded_database_is_made_migrated_and_stopped(settings: environment.Settings) -> None:
    with installation.reached(settings) as found:
        installation.prepare(found)
        with psycopg.connect(found.app) as connection:
            assert connection.execute("select current_user").fetchone() == (roles.APP,)

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(found.app)


def test_running_server_is_used_by_others(settings: environment.Settings) -> None:
    folder = folders.Folder(settings.data)
    with folder.locked(), installation.started(folder, server.silent):
        with installation.reached(settings) as found:
            installation.prepare(found)
            assert found == installation.access(settings)
        with psycopg.connect(found.owner):
            pass


def test_database_that_was_never_made_is_told(settings: environment.Settings) -> None:
    with pytest.raises(installation.NotServed):
        installation.access(settings)


def test_external_database_is_set_up_by_an_owner_who_is_no_superuser(
    settings: environment.Settings, external: str
) -> None:
    with installation.reached(replace(settings, database_url=external)) as found:
        assert installation.prepare(found) == migrations.known()
        assert installation.prepare(found) == []

    with psycopg.connect(found.ddl) as ddl:
        ddl.execute("create table data.o_1 (f_1 text)")
    with psycopg.connect(found.app) as app:
        app.execute("insert into data.o_1 values ('a')")


def test_every_node_of_an_external_database_knows_the_same_passwords(
    settings: environment.Settings, external: str
) -> None:
    one = installation.access(replace(settings, database_url=external))
    other = installation.access(
        replace(settings, database_url=external, data=settings.data / "elsewhere")
    )

    assert one == other


def test_url_that_can_not_be_read_is_refused_without_showing_it(
    settings: environment.Settings,
) -> None:
    with pytest.raises(environment.InvalidSetting) as caught:
        installation.access(replace(settings, database_url="postgresql://a:secret@[b/c"))

    assert "secret" not in str(caught.value)


def test_database_that_does_not_answer_is_told(settings: environment.Settings) -> None:
    url = f"postgresql://a:b@/c?host={settings.data}"

    with (
        pytest.raises(installation.DatabaseUnreachable),
        installation.reached(replace(settings, database_url=url)) as found,
    ):
        installation.prepare(found)


def test_secret_is_drawn_once(settings: environment.Settings) -> None:
    folder = folders.Folder(settings.data)
    folder.make()

    assert folder.secret() == folder.secret()
    assert (settings.data / "secret").stat().st_mode & 0o777 == 0o600


def test_folder_is_held_by_one_at_a_time(settings: environment.Settings) -> None:
    folder = folders.Folder(settings.data)
    assert not folder.is_locked()

    with folder.locked():
        assert folder.is_locked()
        with pytest.raises(folders.AlreadyServed), folder.locked():
            pass

    assert not folder.is_locked()
