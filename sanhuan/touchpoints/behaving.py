"""Keeping what people did, and the heat it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sanhuan.database import queries
from sanhuan.records import Records
from sanhuan.touchpoints import heat
from sanhuan.touchpoints.batches import Applying, Stored
from sanhuan.touchpoints.mapping import BehaviourIntent
from sanhuan.touchpoints.sources import Source


class Behaving:
    """The part of applying events that is about behaviour."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._statements = queries.load("sanhuan.touchpoints")

    async def keep(self, batch: Applying) -> None:
        """Keep what people did, and give records behaviour that came before them."""
        warm: dict[tuple[str, str], set[UUID]] = {}
        acts = [
            (work.event, behaviour)
            for work in batch.works
            if work.state == "applied" and (behaviour := work.behaviour) is not None
        ]
        if acts:
            await self._add_behaviour(batch, acts)
        for _, act in acts:
            item = self._records.catalog.object(act.effect.object)
            known = batch.known.get((item.id, act.about))
            if known is not None and act.effect.heat is not None:
                warm.setdefault((item.name, act.effect.heat), set()).add(known.record)
        for object_id, record in await self._adopt(batch):
            for name, heat_field in self._heated(batch.source, object_id):
                warm.setdefault((name, heat_field), set()).add(record)
        for (name, heat_field), chosen in warm.items():
            item = self._records.catalog.object(name)
            await heat.renew(
                batch.tx, self._records, batch.caller, item, heat_field, sorted(chosen)
            )

    async def _add_behaviour(
        self, batch: Applying, acts: Sequence[tuple[Stored, BehaviourIntent]]
    ) -> None:
        names = [(self._records.catalog.object(act.effect.object).id, act.about) for _, act in acts]
        known = [batch.known.get(name) for name in names]
        await batch.tx.execute(
            self._statements["add_behaviour"],
            {
                "source": batch.source.id,
                "ats": [event.occurred_at for event, _ in acts],
                "events": [event.id for event, _ in acts],
                "kinds": [act.effect.kind for _, act in acts],
                "objects": [object_id for object_id, _ in names],
                "ids": [outside for _, outside in names],
                "records": [None if one is None else one.record for one in known],
                "points": [act.points for _, act in acts],
            },
        )

    async def _adopt(self, batch: Applying) -> list[tuple[str, UUID]]:
        """Behaviour and events that were here before the records they are about."""
        if not batch.arrived:
            return []
        arrived = sorted(batch.arrived)
        cursor = await batch.tx.execute(
            self._statements["adopt_behaviour"],
            {
                "source": batch.source.id,
                "objects": [object_id for object_id, _ in arrived],
                "ids": [outside for _, outside in arrived],
                "records": [batch.known[name].record for name in arrived],
            },
        )
        adopted = await cursor.fetchall()
        await batch.tx.execute(
            self._statements["wake"],
            {"source": batch.source.id, "waits": [" ".join(name) for name in arrived]},
        )
        return [(object_id, record) for object_id, record in adopted]

    def _heated(self, source: Source, object_id: str) -> Iterator[tuple[str, str]]:
        """The heat fields that a source's behaviour raises on an object."""
        catalog = self._records.catalog
        for event in source.events.values():
            effect = event.definition.behaviour
            if effect is None or effect.heat is None:
                continue
            if catalog.object(effect.object).id == object_id:
                yield effect.object, effect.heat
