"""What people see and may do is what docs/permissions.md says: P01, P02, P04.

Hypothesis draws worlds: a tree of departments, people with several posts, roles with policies,
shares, records. In each, people go the paths that lead to records: list, count, sort, filter,
pages, get, search in one object and in all, reference picker, figures, timeline, stream, find;
create, update, delete, restore, lines, bulk. A model that knows no SQL says what each must answer
(TRUST.md G6, B01-B06). A case is a person of a world with his questions.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.permissions.proof import Examination

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
SEED = int(os.environ.get("SANHUAN_SEED", "20260331"))
SHARDS = 4 if PROVE else 1
CASES = 2_500 if PROVE else 150
READS, WRITES = 10, 8


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_path_answers_as_the_model_of_rights(
    examination: Examination, shard: int, record_property: Callable[[str, object], None]
) -> None:
    seed = SEED + shard
    print(f"seed {seed}")
    examination.run(cases=CASES, seed_=seed, reads=READS, writes=WRITES)

    record_property("figures", f"rights, seed {seed}: {examination.figures}")
    assert examination.cases >= CASES
