"""The order in which formulas are computed, and cycles between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sanhuan.expressions.errors import refusal

LEVELS = 10


def order(formulas: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Formulas by level: each reads only plain fields and formulas of levels before.

    `formulas` maps each formula field to the fields that it reads. Raises `cycle`,
    whose `names` are the path, and `limit` beyond 10 levels.
    """
    reads = {
        name: [field for field in fields if field in formulas] for name, fields in formulas.items()
    }
    level: dict[str, int] = {}
    for name in reads:
        _visit(name, reads, level)
    levels: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for name, place in level.items():
        levels[place].append(name)
    if len(levels) > LEVELS:
        raise refusal(
            "limit", f"公式互相引用超过 {LEVELS} 层", f"Formulas are more than {LEVELS} levels deep"
        )
    return levels


def _visit(start: str, reads: Mapping[str, list[str]], level: dict[str, int]) -> None:
    path = [start]
    pending = [iter(reads[start])]
    while path:
        name = next(pending[-1], None)
        if name is None:
            done = path.pop()
            pending.pop()
            level[done] = max((level[field] + 1 for field in reads[done]), default=0)
        elif name in path:
            _refuse_cycle([*path[path.index(name) :], name])
        elif name not in level:
            path.append(name)
            pending.append(iter(reads[name]))


def _refuse_cycle(path: list[str]) -> None:
    shown = " → ".join(path)
    raise refusal(
        "cycle",
        f"公式互相引用:{shown}",
        f"The formulas read one another: {shown}",
        names=tuple(path),
    )
