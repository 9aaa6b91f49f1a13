"""A file of 100,000 rows, imported, beside COPY of the same rows into the same table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import dataset, import_
from benchmarks.figures import Figure
from benchmarks.ground import Ground

TITLE = "Imports"
NOTES = (
    "Accounts of ten columns (required, unique credit code with its check digit, phone, e-mail,"
    " choices, money), with search keys and the change log, in one process as a worker runs it, on"
    " a PostgreSQL of its own; `python -m benchmarks.import_` takes other objects and profiles."
)
SMALL_ROWS = 5_000
PEER_PER_S = 477


def measure(ground: Ground) -> Sequence[Figure]:
    rows = 100_000 if ground.size == dataset.Size() else SMALL_ROWS
    asked = argparse.Namespace(rows=rows, object="account", profile=False)
    found = import_.taken(asked)
    return [
        Figure("rows imported", found.rate, "/s", 8_000, at_least=True),
        Figure("rows imported, beside a peer's", found.rate, "/s", 15 * PEER_PER_S, at_least=True),
        Figure("of COPY's rate", found.share * 100, "%", 25, at_least=True),
        Figure("memory of the importing process", found.memory_mib, "MiB", 300),
        Figure("CPU of Python a row", found.cpu_s / found.rows * 1e6, "µs"),
        Figure("CPU of PostgreSQL a row", found.database_cpu_s / found.rows * 1e6, "µs"),
    ]
