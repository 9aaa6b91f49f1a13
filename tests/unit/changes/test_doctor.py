"""What `sanhuan doctor` says of readers of the change log."""

import datetime

import pytest

from sanhuan.changes.lag import Lag
from sanhuan.serving import doctor

FINE = Lag(name="spans", handled=9, waiting=0, seconds=0, incidents=0, failed_at=None, failure=None)


def lag(**changes: object) -> Lag:
    names = ("name", "handled", "waiting", "seconds", "incidents", "failed_at", "failure")
    return Lag(**{**{name: getattr(FINE, name) for name in names}, **changes})


def test_reader_that_is_up_to_date_is_no_finding() -> None:
    assert list(doctor.reader(FINE)) == []


@pytest.mark.parametrize(
    ("found", "grade"),
    [
        (lag(failure="KeyError", failed_at=datetime.datetime.now(datetime.UTC)), doctor.Grade.BAD),
        (lag(incidents=2), doctor.Grade.WARNING),
        (lag(waiting=5, seconds=61.0), doctor.Grade.WARNING),
    ],
)
def test_reader_in_trouble_is_told(found: Lag, grade: doctor.Grade) -> None:
    (finding,) = doctor.reader(found)
    assert finding.grade is grade
    assert "spans" in finding.message.en
