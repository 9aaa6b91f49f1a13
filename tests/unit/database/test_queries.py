"""Named statements in .sql files."""

import pytest

from sanhuan.database import queries

TEXT = """
-- name: find_person
-- One person by id.
select *
from kernel.person
where id = %(id)s

-- name: count_people
-- How many people there are.
select count(*) from kernel.person
"""


def test_statements_are_read_by_name_with_their_purpose() -> None:
    found = queries.parse(TEXT, source="x.sql")

    assert list(found) == ["find_person", "count_people"]
    assert found["find_person"].purpose == "One person by id."
    assert found["find_person"].sql == b"select *\nfrom kernel.person\nwhere id = %(id)s"


def test_unknown_name_is_refused_naming_the_nearest() -> None:
    statements = queries.Statements("x.sql", queries.parse(TEXT, source="x.sql"))

    with pytest.raises(KeyError, match="nearest: find_person"):
        statements["find_persons"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- name: a\nselect 1", "purpose"),
        ("-- name: a\n-- Why.\n", "empty"),
        ("-- name: A b\n-- Why.\nselect 1", "name"),
        ("-- name: a\n-- Why.\nselect 1\n-- name: a\n-- Why.\nselect 2", "two statements"),
        ("select 1", "no statement"),
    ],
)
def test_malformed_file_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(queries.MalformedFile, match=complaint):
        queries.parse(text, source="x.sql")


def test_file_is_read_once_and_its_statements_are_the_same_object() -> None:
    first = queries.load("sanhuan.database", "migrations.sql")
    second = queries.load("sanhuan.database", "migrations.sql")

    assert first is second
    assert first["lock"] is second["lock"]
