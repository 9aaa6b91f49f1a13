"""A transaction that PostgreSQL gave up runs again (TRUST F15, F16)."""

import random

import psycopg
import pytest

from sanhuan.database import errors, retry


class Attempts:
    """Fails with the errors given, one per try, then succeeds with the number of the try."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.count = 0

    async def __call__(self) -> int:
        self.count += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.count


class Pauses:
    """Notes how long it was asked to wait, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.mark.parametrize(
    "failure", [psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected]
)
async def test_succeeds_on_third_try(failure: type[psycopg.Error]) -> None:
    attempts = Attempts(failure(), failure())

    assert await retry.run(attempts, random=random.Random(1), sleep=Pauses()) == 3


async def test_gives_up_after_three_tries_with_code_retry() -> None:
    attempts = Attempts(*(psycopg.errors.DeadlockDetected() for _ in range(9)))

    with pytest.raises(errors.Conflict) as caught:
        await retry.run(attempts, random=random.Random(1), sleep=Pauses())

    assert attempts.count == 3
    assert caught.value.code == "retry"
    assert isinstance(caught.value.__cause__, psycopg.errors.DeadlockDetected)


async def test_other_errors_of_the_database_are_translated_and_not_retried() -> None:
    attempts = Attempts(psycopg.errors.UniqueViolation())

    with pytest.raises(errors.Conflict) as caught:
        await retry.run(attempts, random=random.Random(1), sleep=Pauses())

    assert (attempts.count, caught.value.code) == (1, "duplicate")


async def test_foreign_errors_pass_through() -> None:
    with pytest.raises(KeyError):
        await retry.run(Attempts(KeyError("x")), random=random.Random(1), sleep=Pauses())


async def test_pauses_are_random_and_their_bound_doubles() -> None:
    pauses = Pauses()
    attempts = Attempts(psycopg.errors.DeadlockDetected(), psycopg.errors.DeadlockDetected())

    await retry.run(attempts, random=random.Random(1), sleep=pauses)

    same = random.Random(1)
    assert pauses.seconds == [same.uniform(0, 0.02), same.uniform(0, 0.04)]
