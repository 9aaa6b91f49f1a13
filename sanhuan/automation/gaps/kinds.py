"""The gaps of a catalog, ready to be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from weakref import WeakKeyDictionary

from sanhuan.automation.definitions import GapDefinition, gaps
from sanhuan.automation.gaps.deciding import Said
from sanhuan.automation.tasks import REMINDER
from sanhuan.automation.tools import reference
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.errors import SanhuanError, Text
from sanhuan.identity.access import system_caller
from sanhuan.records import Records, Transaction, evaluating
from sanhuan.records.evaluating import Evaluated, Formulas

PLATFORM = system_caller("flow")


class Undecided(SanhuanError):
    """A gap's formula does not say how long a record may wait."""

    code = "gap_undecided"

    def __init__(self, gap: GapDefinition) -> None:
        super().__init__(
            Text(
                f"缺口「{gap.label.zh}」算不出时限", f"The gap {gap.name} has no limit for a record"
            )
        )


@dataclass(frozen=True, eq=False)
class Kind:
    """A gap's definition with its formulas compiled."""

    definition: GapDefinition
    item: ObjectType
    formulas: Formulas

    @property
    def id(self) -> str:
        return self.definition.id

    @property
    def task_kinds(self) -> tuple[str, ...]:
        """The kinds of the tasks that a wait may have given."""
        task = self.definition.task
        return (REMINDER,) if task is None else (task.kind, REMINDER)

    async def judge(
        self, tx: Transaction, records: Records, ids: Sequence[UUID]
    ) -> dict[UUID, Evaluated]:
        """What the formulas give for records, with whom they belong to and what they are called."""
        fields = {"owner", "department", self.item.title.name}
        return await self.formulas.over(tx, records, PLATFORM, ids, fields)

    def said(self, now: Evaluated | None) -> Said:
        """What a record says of the gap; None is one that is gone."""
        if now is None:
            return Said(False)
        owner = reference(now.values["owner"])
        return Said(True, now.holds("waits"), now.holds("met"), owner, self.since(now))

    def title(self, now: Evaluated) -> str:
        return str(now.values.get(self.item.title.name) or "")

    def text(self, now: Evaluated, name: str) -> str | None:
        """What a text formula gave; None where it gave none."""
        value = now.results.get(name)
        return value if isinstance(value, str) else None

    def since(self, now: Evaluated) -> datetime | None:
        value = now.results.get("since")
        return value if isinstance(value, datetime) else None

    def hours(self, now: Evaluated) -> Decimal:
        """How long a record may wait. Raises `Undecided`."""
        value = now.results["hours"]
        if not isinstance(value, Decimal) or value < 0:
            raise Undecided(self.definition)
        return value

    def remind(self, now: Evaluated) -> Decimal | None:
        value = now.results.get("remind")
        return value if isinstance(value, Decimal) and value > 0 else None


class Kinds:
    """The gaps of one process, compiled once per catalog."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Catalog, Mapping[str, Kind]] = WeakKeyDictionary()

    def of(self, catalog: Catalog) -> Mapping[str, Kind]:
        """By the id of the definition."""
        if catalog not in self._kept:
            self._kept[catalog] = {one.id: compiled(catalog, one) for one in gaps(catalog)}
        return self._kept[catalog]

    def over(self, catalog: Catalog, object_id: str) -> list[Kind]:
        """The gaps of an object's records."""
        return [kind for kind in self.of(catalog).values() if kind.item.id == object_id]


def compiled(catalog: Catalog, definition: GapDefinition) -> Kind:
    """A gap ready to be judged in a catalog."""
    formulas = evaluating.formulas(catalog, definition.object, definition.formulas)
    return Kind(definition, catalog.object(definition.object), formulas)
