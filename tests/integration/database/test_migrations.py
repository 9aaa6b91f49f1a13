"""Migrations on a real database."""

import threading

import psycopg
import pytest

from sanhuan.database import migrations, roles
from tests import databases


@pytest.fixture
def empty(cluster: databases.TestCluster, template: str) -> databases.TestDatabase:
    """A database without any migration; the roles are there since the template was made."""
    return cluster.empty()


def tables(dsn: str) -> list[tuple[object, ...]]:
    """All columns of our schemas: what a second run must not change."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns where table_schema in ('kernel', 'jobs')"
            " order by 1, 2, ordinal_position"
        ).fetchall()


def test_all_are_applied_to_an_empty_database(empty: databases.TestDatabase) -> None:
    assert migrations.apply(empty.owner_dsn) == migrations.known()
    assert migrations.status(empty.owner_dsn) == []


def test_second_run_does_nothing(empty: databases.TestDatabase) -> None:
    migrations.apply(empty.owner_dsn)
    before = tables(empty.owner_dsn)

    assert migrations.apply(empty.owner_dsn) == []
    assert tables(empty.owner_dsn) == before


def test_status_of_an_empty_database_is_everything(empty: databases.TestDatabase) -> None:
    assert migrations.status(empty.owner_dsn) == migrations.known()


def test_failing_migration_leaves_nothing_and_stops(empty: databases.TestDatabase) -> None:
    broken = migrations.parse("9001_broken.sql", "create table kernel.half (); select 1/0")
    later = migrations.parse("9002_later.sql", "create table kernel.later ()")

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrations.apply(empty.owner_dsn, [*migrations.known(), broken, later])

    with psycopg.connect(empty.owner_dsn) as connection:
        row = connection.execute(
            "select to_regclass('kernel.half'), to_regclass('kernel.later')"
        ).fetchone()
    assert row == (None, None)
    assert migrations.status(empty.owner_dsn) == []


def test_two_migrators_at_once_apply_each_migration_once(empty: databases.TestDatabase) -> None:
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(len(migrations.apply(empty.owner_dsn))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [0, 0, len(migrations.known())]


def test_edited_migration_is_refused(empty: databases.TestDatabase) -> None:
    migrations.apply(empty.owner_dsn)
    first, *rest = migrations.known()

    with pytest.raises(migrations.MigrationChanged):
        migrations.apply(empty.owner_dsn, [first._replace(checksum="0" * 64), *rest])


def test_job_queue_sends_no_notification_from_a_transaction(
    database: databases.TestDatabase,
) -> None:
    with psycopg.connect(database.owner_dsn) as connection:
        enabled = connection.execute(
            "select tgname from pg_trigger"
            " where tgrelid = 'jobs.procrastinate_jobs'::regclass"
            " and tgname like '%notify%' and tgenabled <> 'D'"
        ).fetchall()
    assert enabled == []


def test_roles_can_be_provisioned_again(
    cluster: databases.TestCluster, database: databases.TestDatabase
) -> None:
    roles.provision(cluster.access(database.name))

    with psycopg.connect(database.app_dsn) as connection:
        assert connection.execute("select current_user").fetchone() == ("sanhuan_app",)
