"""Which migrations are to be applied."""

import pytest

from sanhuan.database import migrations

ONE = migrations.parse("0001_one.sql", "select 1")
TWO = migrations.parse("0002_two.sql", "select 2")
THREE = migrations.parse("0003_three.sql", "select 3")


def test_number_name_and_checksum_come_from_the_file() -> None:
    assert (ONE.number, ONE.name, len(ONE.checksum)) == (1, "one", 64)
    assert ONE.checksum != TWO.checksum


@pytest.mark.parametrize("name", ["1_one.sql", "0001-one.sql", "0001_One.sql", "0001_.sql"])
def test_misnamed_file_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="named like"):
        migrations.parse(name, "select 1")


def test_two_files_with_one_number_are_refused() -> None:
    with pytest.raises(ValueError, match="0001"):
        migrations.ordered([ONE, migrations.parse("0001_other.sql", "select 2")])


def test_all_are_pending_in_a_new_database() -> None:
    assert migrations.pending([ONE, TWO], []) == [ONE, TWO]


def test_nothing_is_pending_when_all_are_applied() -> None:
    assert migrations.pending([ONE, TWO], [ONE, TWO]) == []


def test_one_with_a_lower_number_is_still_applied() -> None:
    assert migrations.pending([ONE, TWO, THREE], [ONE, THREE]) == [TWO]


def test_edited_migration_is_refused() -> None:
    edited = ONE._replace(checksum="0" * 64)

    with pytest.raises(migrations.MigrationChanged, match="0001_one"):
        migrations.pending([ONE, TWO], [edited])


def test_database_of_a_newer_version_is_refused() -> None:
    with pytest.raises(migrations.DatabaseNewer, match="0003_three"):
        migrations.pending([ONE, TWO], [ONE, TWO, THREE])


def test_our_own_migrations_are_well_named_and_numbered() -> None:
    assert migrations.known()[0].name == "kernel"
