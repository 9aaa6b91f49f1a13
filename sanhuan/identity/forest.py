"""Trees given by parents: departments, and who reports to whom.

What people typed may hold cycles. Whoever's chain of parents never ends stands alone: nothing is
above or below it. So a mistake in the tree takes sight away, and never gives any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID


class Forest:
    """Trees over ids. A parent that is not itself in the forest counts as none."""

    def __init__(self, parents: Mapping[UUID, UUID | None]) -> None:
        """`parents` gives the parent of each id, None for a root."""
        self._parents = {
            each: parent if parent in parents else None for each, parent in parents.items()
        }
        self._children: dict[UUID, list[UUID]] = {}
        for each, parent in self._parents.items():
            if parent is not None:
                self._children.setdefault(parent, []).append(each)
        roots = [each for each, parent in self._parents.items() if parent is None]
        self._rooted = frozenset(self._descend(roots))

    def path(self, node: UUID) -> tuple[UUID, ...]:
        """From the root down to the node; just itself when it stands alone, () when unknown."""
        if node not in self._parents:
            return ()
        upwards = [node]
        if node in self._rooted:
            parent = self._parents[node]
            while parent is not None:
                upwards.append(parent)
                parent = self._parents[parent]
        return tuple(reversed(upwards))

    def below(self, node: UUID) -> tuple[UUID, ...]:
        """The node and all below it; just itself when it stands alone, () when unknown."""
        if node in self._rooted:
            return tuple(self._descend([node]))
        return (node,) if node in self._parents else ()

    def alone(self) -> frozenset[UUID]:
        """Those whose chain of parents never ends: the mistakes."""
        return frozenset(self._parents) - self._rooted

    def _descend(self, roots: Iterable[UUID]) -> list[UUID]:
        found = list(roots)
        for each in found:  # grows while it is walked
            found.extend(self._children.get(each, ()))
        return found
