"""One customer on all channels: records join the record that agrees with them, or a new one.

Right under concurrency by a lock per value: who matches by a phone waits for whoever else does, and
then sees what that one made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from sanhuan import expressions
from sanhuan.catalog.fields import FieldDefinition
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.catalog.scope import scope_of
from sanhuan.database import queries
from sanhuan.identity import Caller
from sanhuan.records import Batch, Records, Transaction, Write
from sanhuan.touchpoints import mapping, sources
from sanhuan.touchpoints.definitions import MatchDefinition

log = structlog.get_logger(__name__)

MOST_AT_ONCE: Final = 500
Key = tuple[int, str]
"""The place of a group of fields, and their values as one text."""


@dataclass
class Joining:
    """A record that is to join another: its values by field id, and what it may be found by."""

    id: UUID
    values: Mapping[str, Any]
    owner: str | None
    department: str | None
    keys: Sequence[tuple[Key, Any]]
    target: UUID | None = None
    group: int | None = None
    created: bool = False
    also: Sequence[UUID] = field(default_factory=tuple)


@dataclass(frozen=True)
class JsonRecord:
    """A record's stored values by field id, as formulas read them."""

    values: Mapping[str, Any]

    def get(self, path: tuple[str, ...], /) -> object:
        value = self.values.get(path[0])
        if len(path) > 1:
            return value.get(path[1]) if isinstance(value, Mapping) else None
        return str(value) if isinstance(value, UUID) else value


async def join(
    tx: Transaction, records: Records, caller: Caller, object_name: str, ids: Sequence[UUID]
) -> int:
    """Let those of the records join that a match speaks of and that stand alone; how many did."""
    joined = 0
    for match in sources.matches(records.catalog, object_name):
        for start in range(0, len(ids), MOST_AT_ONCE):
            part = ids[start : start + MOST_AT_ONCE]
            joined += await _join(tx, records, caller, match, part)
    return joined


async def _join(
    tx: Transaction,
    records: Records,
    caller: Caller,
    match: MatchDefinition,
    ids: Sequence[UUID],
) -> int:
    catalog = records.catalog
    alone = await _alone(tx, records, caller, match, ids)
    if not alone:
        return 0
    locks = sorted({f"{match.target} {key[0]} {key[1]}" for one in alone for key, _ in one.keys})
    await tx.execute(queries.load("sanhuan.touchpoints")["lock_keys"], {"keys": locks})
    await _find(tx, records, caller, match, alone)
    if match.create is not None:
        await _create(tx, records, caller, match, catalog, alone)
    return await _write(tx, records, caller, match, catalog, alone)


async def _alone(
    tx: Transaction,
    records: Records,
    caller: Caller,
    match: MatchDefinition,
    ids: Sequence[UUID],
) -> list[Joining]:
    """The live records that refer to nothing yet and have something to be found by."""
    item = records.catalog.object(match.object)
    alive = await records.lock(tx, match.object, sorted(set(ids)))
    shown = await records.get_many(tx, caller, match.object, alive)
    found = []
    for record, body in sorted(shown.items()):
        values = msgspec.json.decode(body)
        if values.get(match.field) is not None:
            continue
        keys = list(keys_of(match, item, values))
        if keys:
            owner, department = (values.get(name) for name in ("owner", "department"))
            found.append(
                Joining(
                    record,
                    stored(item, values),
                    owner and owner["id"],
                    department and department["id"],
                    keys,
                )
            )
    return found


def stored(item: ObjectType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values by field id, from a record's JSON; what is computed is left out."""
    return {
        one.id: stored_value(one, values[one.name])
        for one in item.own_fields
        if one.stored and not one.computed and values.get(one.name) is not None
    }


def stored_value(one: FieldDefinition, value: Any) -> Any:
    """The stored value of a field's JSON, as reading answers it."""
    if isinstance(value, dict) and "id" in value:
        value = value["id"]
    return one.from_json(value)


def keys_of(
    match: MatchDefinition, item: ObjectType, values: Mapping[str, Any]
) -> Sequence[tuple[Key, Any]]:
    """By what a record may be found: for each group of fields that are all filled, the values."""
    found = []
    for place, group in enumerate(match.by):
        stored_values = [
            stored_value(item.fields[name], values[name])
            for name in group
            if values.get(name) is not None
        ]
        if len(stored_values) == len(group):
            found.append(((place, "\0".join(map(str, stored_values))), stored_values))
    return found


async def _find(
    tx: Transaction,
    records: Records,
    caller: Caller,
    match: MatchDefinition,
    alone: Sequence[Joining],
) -> None:
    """Note for each record the first group that finds something, and what else agrees."""
    known: dict[Key, Sequence[UUID]] = {}
    for place, group in enumerate(match.by):
        known |= await _known(tx, records, caller, match, place, group, alone)
    for one in alone:
        agreeing = [(key, known[key]) for key, _ in one.keys if known.get(key)]
        if agreeing:
            (one.group, _), hits = agreeing[0]
            one.target = hits[0]
            others = {hit for _, ids in agreeing for hit in ids} - {hits[0]}
            one.also = tuple(sorted(others))


async def _known(
    tx: Transaction,
    records: Records,
    caller: Caller,
    match: MatchDefinition,
    place: int,
    group: Sequence[str],
    alone: Sequence[Joining],
) -> dict[Key, Sequence[UUID]]:
    """Who agrees in one group of fields, by key: found by each field, kept where all agree."""
    wanted = {key: values for one in alone for key, values in one.keys if key[0] == place}
    if not wanted:
        return {}
    by_field = [
        await records.find(
            tx, caller, match.target, name, list({values[i] for values in wanted.values()})
        )
        for i, name in enumerate(group)
    ]
    found: dict[Key, Sequence[UUID]] = {}
    for key, values in wanted.items():
        hits = [by_field[i].get(value, ()) for i, value in enumerate(values)]
        rest = set(hits[0]).intersection(*hits[1:])
        found[key] = [hit for hit in hits[0] if hit in rest]
    return found


async def _create(
    tx: Transaction,
    records: Records,
    caller: Caller,
    match: MatchDefinition,
    catalog: Catalog,
    alone: Sequence[Joining],
) -> None:
    """Make what is missing; records that agree with one another share what is made."""
    item = catalog.object(match.object)
    context = records.context(caller)
    made: dict[Key, int] = {}
    writes: list[Write] = []
    waiting: list[tuple[Joining, int]] = []
    formulas = compiled(match, catalog)
    for one in alone:
        if one.target is not None:
            continue
        place = next((made[key] for key, _ in one.keys if key in made), None)
        if place is None:
            place = len(writes)
            writes.append(Write("create", _values(formulas, one, item, context)))
        for key, _ in one.keys:
            made.setdefault(key, place)
        waiting.append((one, place))
    if not writes:
        return
    saved = await records.save(tx, caller, Batch(match.target, writes, mode="each"))
    for result in saved.results:
        if result.status == "refused":
            codes = [fault.code for fault in (*result.faults, *result.warnings)]
            log.warning("a record for a match was refused", match=match.name, codes=codes)
    for one, place in waiting:
        one.target = saved.results[place].id
        one.created = True


def compiled(match: MatchDefinition, catalog: Catalog) -> Mapping[str, Any]:
    """The formulas for the values of a new target, by field name."""
    scope = scope_of(catalog, catalog.object(match.object))
    return {
        name: expressions.compile_python(expressions.check(formula, scope))
        for name, formula in (match.create or {}).items()
    }


def _values(
    formulas: Mapping[str, Any], one: Joining, item: ObjectType, context: expressions.Context
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, run in formulas.items():
        value = run(JsonRecord(one.values), context)
        if value is not None and not isinstance(value, expressions.ErrorValue):
            found[name] = mapping.plain(value)
    if item.owned:
        found |= {
            name: value
            for name, value in (("owner", one.owner), ("department", one.department))
            if value is not None
        }
    return found


async def _write(
    tx: Transaction,
    records: Records,
    caller: Caller,
    match: MatchDefinition,
    catalog: Catalog,
    alone: Sequence[Joining],
) -> int:
    """Write the references, and keep why."""
    found = [one for one in alone if one.target is not None]
    if not found:
        return 0
    writes = [Write("update", {match.field: str(one.target)}, id=one.id) for one in found]
    saved = await records.save(tx, caller, Batch(match.object, writes, mode="each"))
    done = [
        one for one, result in zip(found, saved.results, strict=True) if result.status == "updated"
    ]
    await tx.execute(
        queries.load("sanhuan.touchpoints")["note_matches"],
        {
            "object": catalog.object(match.object).id,
            "target_object": catalog.object(match.target).id,
            "now": records.time.now(),
            "records": [one.id for one in done],
            "targets": [one.target for one in done],
            "created": [one.created for one in done],
            "by": [",".join(match.by[one.group]) if one.group is not None else "" for one in done],
            "also": [",".join(map(str, one.also)) for one in done],
        },
    )
    return len(done)
