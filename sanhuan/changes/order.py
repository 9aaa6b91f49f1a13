"""Puts the entries of one record in the order of its versions.

The order of the log is that of transaction ids. When a transaction draws its id, then waits for a
record that another one with a higher id is changing, the log has the record's later version first.
Both may even fall to different sides of the horizon. So a reader looks, for the records in its
batch, whether an earlier version lies beyond the batch, and takes it along (`reader`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sanhuan.changes.entries import Entry, Record


def by_version(entries: Iterable[Entry], ahead: Iterable[Entry] = ()) -> list[Entry]:
    """The entries in log order, except that none comes after a later version of its record.

    `ahead` are earlier versions taken from further on in the log: each comes right before the
    first entry of its record that needs it. Each entry of either comes exactly once.
    """
    in_log_order = list(entries)
    steps = histories([*in_log_order, *ahead])
    ordered: list[Entry] = []
    for entry in in_log_order:
        waiting = steps[entry.record]
        while waiting and waiting[-1].step <= entry.step:
            ordered.append(waiting.pop())
    return ordered


def histories(entries: Iterable[Entry]) -> dict[Record, list[Entry]]:
    """The entries by record, the latest step first."""
    found: defaultdict[Record, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.record].append(entry)
    for history in found.values():
        history.sort(key=lambda entry: entry.step, reverse=True)
    return found


def first_steps(entries: Iterable[Entry]) -> list[Entry]:
    """The earliest entry of each record."""
    return [history[-1] for history in histories(entries).values()]


def last_steps(entries: Sequence[Entry]) -> list[Entry]:
    """The latest entry of each record."""
    return [history[0] for history in histories(entries).values()]
